//! Access tokens: shaped like JWTs, checked without a memory of what was issued.

use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::refusals;
use super::clock::after;
use super::json::seconds;
use super::numeric_date::NumericDate;
use super::seed::{Partner, digest};
use super::wire::Reply;

/// The audience that the API accepts, as does [`AUDIENCE_CHINA`].
pub const AUDIENCE: &str = "https://api.partnercenter.microsoft.com";

/// The audience of the cloud that 21Vianet operates in China.
pub const AUDIENCE_CHINA: &str = "https://partner.partnercenterapi.microsoftonline.cn";

/// The domain of the partner's tenant.
pub(super) const DOMAIN: &str = "partner.example";

/// Who signs in where the application acts for a user.
pub(super) const USER_PRINCIPAL_NAME: &str = "admin@partner.example";

/// What kind of token to issue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenOptions {
    /// App-only, without a user: enough to read, not to request a qualification.
    pub app_only: bool,
    /// Whether the user passed multifactor authentication; nothing to an app-only token.
    pub mfa: bool,
    /// For whom the token is meant; [`AUDIENCE`] unless a wrong one is wanted.
    pub audience: String,
    /// How long it is valid, in virtual time; parts of a second count.
    #[serde(with = "seconds")]
    pub lifetime: Duration,
}

impl Default for TokenOptions {
    fn default() -> Self {
        Self {
            app_only: false,
            mfa: true,
            audience: AUDIENCE.to_owned(),
            lifetime: Duration::from_secs(3600),
        }
    }
}

/// Which of Entra's endpoints a token is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// What the API looks at in a token.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    aud: String,
    exp: NumericDate,
    idtyp: String,
    #[serde(default)]
    amr: Vec<String>,
}

impl Claims {
    pub(super) fn is_app_only(&self) -> bool {
        self.idtyp == "app"
    }
}

/// Issues tokens and knows its own again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issuer {
    seed: u64,
    /// Goes into all marks: emulators of one seed are the same but for their tokens, so that whoever
    /// mistakes one for the other is told.
    salt: Uuid,
    tenant_id: Uuid,
    application_id: Uuid,
    principal_id: Uuid,
    user_id: Uuid,
    issued: u64,
}

impl Issuer {
    pub(super) fn new(seed: u64, salt: Uuid, partner: &Partner) -> Self {
        let &Partner { tenant_id, application_id, principal_id, user_id, .. } = partner;
        Self { seed, salt, tenant_id, application_id, principal_id, user_id, issued: 0 }
    }

    pub(super) fn issue(&mut self, options: &TokenOptions, version: Version, now: DateTime<Utc>) -> String {
        self.issued = self.issued.wrapping_add(1);
        let mut claims = json!({
            "aud": options.audience,
            "iat": NumericDate(now),
            "nbf": NumericDate(now),
            "exp": NumericDate(after(now, options.lifetime)),
            "appid": self.application_id,
            "tid": self.tenant_id,
            // Makes each token differ from the one before.
            "uti": format!("{:016x}", digest(self.seed, &[b"uti", &self.issued.to_le_bytes()])),
        });
        self.name_version(&mut claims, version);
        if options.app_only {
            self.name_application(&mut claims);
        } else {
            self.name_user(&mut claims, options.mfa);
        }
        self.sign(&claims)
    }

    fn name_version(&self, claims: &mut Value, version: Version) {
        let tenant_id = self.tenant_id;
        match version {
            Version::V1 => {
                claims["ver"] = "1.0".into();
                claims["iss"] = format!("https://sts.windows.net/{tenant_id}/").into();
            }
            Version::V2 => {
                claims["ver"] = "2.0".into();
                claims["iss"] = format!("https://login.microsoftonline.com/{tenant_id}/v2.0").into();
                claims["azp"] = json!(self.application_id);
            }
        }
    }

    fn name_application(&self, claims: &mut Value) {
        claims["idtyp"] = "app".into();
        claims["oid"] = json!(self.principal_id);
        claims["sub"] = json!(self.principal_id);
    }

    fn name_user(&self, claims: &mut Value, mfa: bool) {
        claims["idtyp"] = "user".into();
        claims["oid"] = json!(self.user_id);
        claims["sub"] = json!(self.user_id);
        claims["upn"] = USER_PRINCIPAL_NAME.into();
        claims["unique_name"] = USER_PRINCIPAL_NAME.into();
        claims["scp"] = "user_impersonation".into();
        claims["amr"] = if mfa { json!(["pwd", "mfa"]) } else { json!(["pwd"]) };
    }

    pub(super) fn salt(&self) -> Uuid {
        self.salt
    }

    /// The claims as a token of this issuer.
    fn sign(&self, claims: &Value) -> String {
        let header = URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"emulator"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.signature(&signed);
        format!("{signed}.{signature}")
    }

    /// The claims of the request's token, or the 401 that it deserves.
    pub(super) fn authenticate(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<Claims, Reply> {
        let token = headers.get(AUTHORIZATION).and_then(bearer).ok_or_else(refusals::token_missing)?;
        let claims =
            self.verify(token).filter(|claims| now < claims.exp.0).ok_or_else(refusals::access_denied)?;
        if ![AUDIENCE, AUDIENCE_CHINA].contains(&claims.aud.as_str()) {
            return Err(refusals::wrong_audience());
        }
        if !claims.is_app_only() && !claims.amr.iter().any(|method| method == "mfa") {
            return Err(refusals::mfa_required());
        }
        Ok(claims)
    }

    /// The claims of a token that was issued here and not altered since.
    fn verify(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        if signature != self.signature(signed) {
            return None;
        }
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
        serde_json::from_slice(&claims).ok()
    }

    /// No secret, only a mark by which an emulator tells its own tokens from foreign ones.
    fn signature(&self, signed: &str) -> String {
        let mark = digest(self.seed, &[b"signature", self.salt.as_bytes(), signed.as_bytes()]);
        URL_SAFE_NO_PAD.encode(mark.to_be_bytes())
    }
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::seed::partner;
    use super::*;

    fn issuer(seed: u64) -> Issuer {
        Issuer::new(seed, Uuid::nil(), &partner(seed))
    }

    fn status(issuer: &Issuer, authorization: &str, now: DateTime<Utc>) -> Option<u16> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization.parse().unwrap())]);
        issuer.authenticate(&headers, now).err().map(|reply| reply.status.as_u16())
    }

    #[test]
    fn a_token_holds_until_its_expiry_and_only_where_it_was_issued() {
        let (mut issuer, now) = (issuer(1), Utc::now());
        let token = issuer.issue(&TokenOptions::default(), Version::V1, now);
        let bearer = format!("bearer {token}");
        assert_eq!(status(&issuer, &bearer, now), None);
        assert_eq!(status(&issuer, &bearer, now + TimeDelta::seconds(3600)), Some(401));
        let salted = Issuer { salt: Uuid::from_u128(1), ..issuer.clone() };
        for other in [self::issuer(2), salted] {
            assert_eq!(status(&other, &bearer, now), Some(401));
        }
        assert_eq!(status(&issuer, &token, now), Some(401));
        assert_ne!(issuer.issue(&TokenOptions::default(), Version::V1, now), token);
    }

    #[test]
    fn half_a_second_is_half_a_second() {
        let (mut issuer, now) = (issuer(1), Utc::now());
        let options = TokenOptions { lifetime: Duration::from_millis(500), ..TokenOptions::default() };
        let bearer = format!("Bearer {}", issuer.issue(&options, Version::V2, now));
        assert_eq!(status(&issuer, &bearer, now + TimeDelta::milliseconds(499)), None);
        assert_eq!(status(&issuer, &bearer, now + TimeDelta::milliseconds(501)), Some(401));
    }

    #[test]
    fn an_altered_token_is_foreign() {
        let (mut issuer, now) = (issuer(1), Utc::now());
        let token =
            issuer.issue(&TokenOptions { app_only: true, ..TokenOptions::default() }, Version::V1, now);
        let [header, claims, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert!(text.contains(r#""idtyp":"app""#) && !text.contains("amr"), "{text}");
        let forged = URL_SAFE_NO_PAD.encode(text.replace("app\"", "user\""));
        assert_eq!(status(&issuer, &format!("Bearer {header}.{forged}.{signature}"), now), Some(401));
    }
}
