//! The grant types of the token endpoints, and the device authorization.

use serde_json::json;

use super::super::state::State;
use super::super::token::Version;
use super::super::wire::Reply;
use super::Asked;
use super::answer::{self, Granted, User};
use super::device_codes::{INTERVAL, LIFETIME};
use super::form::DEVICE_CODE_GRANT;
use super::refusals::{self, Refusal};
use super::scope::Scope;

impl State {
    pub(super) fn token(&mut self, asked: &Asked) -> Result<Reply, Refusal> {
        let grant_type = asked.form.required("grant_type")?;
        self.check_application(&asked.form)?;
        let granted = match grant_type {
            "client_credentials" => self.client_credentials(asked),
            "refresh_token" => self.refresh(asked),
            "device_code" | DEVICE_CODE_GRANT => self.redeem_device_code(asked),
            _ => Err(refusals::unsupported_grant_type()),
        }?;
        self.answer_token(asked, &granted)
    }

    fn client_credentials(&self, asked: &Asked) -> Result<Granted, Refusal> {
        if !self.authenticate_client(asked)? {
            return Err(refusals::no_client_credential());
        }
        let scope = Scope::of(&asked.form, asked.version, None)?;
        if asked.version == Version::V2 && !scope.default {
            return Err(refusals::invalid_scope("An application asks for a resource's .default."));
        }
        Ok(Granted { scope, user: None })
    }

    fn refresh(&mut self, asked: &Asked) -> Result<Granted, Refusal> {
        let token = asked.form.required("refresh_token")?;
        self.authenticate_client(asked)?;
        let granted = self.entra.refresh_tokens.resource(token)?;
        let scope = Scope::of(&asked.form, asked.version, Some(granted))?;
        let (successor, mfa) = self.entra.refresh_tokens.redeem(token, asked.now)?;
        Ok(Granted { scope, user: Some(User { mfa, refresh_token: Some(successor) }) })
    }

    fn redeem_device_code(&mut self, asked: &Asked) -> Result<Granted, Refusal> {
        self.authenticate_client(asked)?;
        let form = &asked.form;
        // Version 1 calls it `code`.
        let device_code = form.get("code").map_or_else(|| form.required("device_code"), Ok)?;
        let (scope, mfa) = self.entra.device_codes.redeem(device_code, asked.now)?;
        let lasting = asked.version == Version::V1 || scope.offline_access;
        let start = || self.entra.refresh_tokens.start(&scope.resource, mfa, asked.now);
        let refresh_token = lasting.then(start);
        Ok(Granted { scope, user: Some(User { mfa, refresh_token }) })
    }

    pub(super) fn device_code(&mut self, asked: &Asked) -> Result<Reply, Refusal> {
        self.check_application(&asked.form)?;
        let scope = Scope::of(&asked.form, asked.version, None)?;
        let (device_code, user_code) = self.entra.device_codes.start(scope, asked.now);
        let url = asked.authority.device_login();
        let mut body = json!({
            "message": format!("To sign in, open {url} in a browser and enter the code {user_code}."),
            "user_code": user_code,
            "device_code": device_code.as_str(),
            "expires_in": LIFETIME,
            "interval": INTERVAL,
        });
        let url_name = if asked.version == Version::V1 { "verification_url" } else { "verification_uri" };
        body[url_name] = url.into();
        Ok(answer::versioned(asked.version, body))
    }
}
