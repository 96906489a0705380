//! The page on which a user enters the code that a device shows. Programs can post its form, too.

use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};

use super::super::request::HttpRequest;
use super::super::state::State;
use super::super::wire::{HTML, Reply};
use super::Form;
use super::device_codes::Decision;

const QUESTION: &str = "<form method=\"post\">\
    <p><label>Code <input name=\"user_code\" required autofocus></label></p>\
    <p><label><input type=\"checkbox\" name=\"mfa\" value=\"false\"> without multifactor authentication</label></p>\
    <p><button>Sign in</button> <button name=\"decline\" value=\"true\">Decline</button></p>\
    </form>";

impl State {
    /// `user_code` approves; `mfa=false` does so without multifactor authentication, and `decline`
    /// declines.
    pub(super) fn device_login(&mut self, request: &HttpRequest, now: DateTime<Utc>) -> Reply {
        if request.method != Method::POST {
            return page(StatusCode::OK, QUESTION);
        }
        let form = Form::of(request);
        let (decision, done) = if form.get("decline").is_some() {
            (Decision::Declined, "<p>You declined. The device will be told.</p>")
        } else {
            let mfa = form.get("mfa") != Some("false");
            (Decision::Approved { mfa }, "<p>You are signed in on the device.</p>")
        };
        let user_code = form.get("user_code").unwrap_or_default();
        match self.entra.device_codes.decide(user_code, decision, now) {
            Some(()) => page(StatusCode::OK, done),
            None => page(StatusCode::BAD_REQUEST, "<p>No device waits for this code.</p>"),
        }
    }
}

fn page(status: StatusCode, body: &str) -> Reply {
    let html =
        format!("<!DOCTYPE html><html lang=\"en\"><title>Device login</title><body>{body}</body></html>\n");
    Reply::text(status, HTML, html)
}
