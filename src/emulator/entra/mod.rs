//! Entra, as far as a partner's application meets it: the token endpoints of both versions, the
//! device authorization with its page, and the documents by which clients find them. Interactive
//! sign-in is not among it: a refresh token comes from [`Emulator::issue_refresh_token`], or from a
//! device code that was approved.
//!
//! [`Emulator::issue_refresh_token`]: super::Emulator::issue_refresh_token

mod answer;
mod assertion;
mod authority;
mod certificates;
mod client;
mod device_codes;
mod device_login;
mod endpoint;
mod form;
mod grants;
mod levers;
mod load;
mod opaque;
mod refresh_tokens;
mod refusals;
mod scope;
mod signing_key;

use std::mem;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use self::authority::Authority;
use self::certificates::Certificates;
use self::device_codes::DeviceCodes;
use self::form::Form;
use self::refresh_tokens::RefreshTokens;
use self::refusals::Refusal;
use self::signing_key::SigningKey;
use super::request::HttpRequest;
use super::state::State;
use super::token::Version;
use super::wire::{Answer, Reply};

pub(super) use self::answer::headers;
pub(super) use self::endpoint::Endpoint;
pub(super) use self::load::Load;
pub(super) use self::refusals::documented;

/// What Entra remembers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Entra {
    refresh_tokens: RefreshTokens,
    device_codes: DeviceCodes,
    certificates: Certificates,
}

impl Entra {
    /// What a reset leaves: the certificates, which belong to the application as its secret does.
    pub(super) fn lasting(&mut self) -> Self {
        Self { certificates: mem::take(&mut self.certificates), ..Self::default() }
    }
}

/// A request to the token endpoint or for a device code.
#[derive(Debug)]
struct Asked {
    form: Form,
    authority: Authority,
    version: Version,
    now: DateTime<Utc>,
}

impl State {
    pub(super) fn serve_entra(
        &mut self,
        request: &HttpRequest,
        endpoint: Endpoint,
        now: DateTime<Utc>,
    ) -> Answer {
        self.ask_entra(request, endpoint, now).map_err(|refusal| refusal.reply(&request.ids, now))
    }

    fn ask_entra(
        &mut self,
        request: &HttpRequest,
        endpoint: Endpoint,
        now: DateTime<Utc>,
    ) -> Result<Reply, Refusal> {
        endpoint.check_method(&request.method)?;
        if endpoint == Endpoint::DeviceLogin {
            return Ok(self.device_login(request, now));
        }
        let authority = Authority::of(request, self.partner.tenant_id)?;
        let asked = |version| Asked { form: Form::of(request), authority: authority.clone(), version, now };
        match endpoint {
            Endpoint::Token(version) => self.token(&asked(version)),
            Endpoint::DeviceCode(version) => self.device_code(&asked(version)),
            Endpoint::Configuration(version) => Ok(answer::json(&authority.configuration(version))),
            Endpoint::Instance => Ok(answer::json(&authority.instance(request)?)),
            Endpoint::Keys | Endpoint::DeviceLogin => Ok(answer::json(&SigningKey::get()?.document())),
        }
    }
}
