//! Assertions by which an application proves that it holds the key of a registered certificate.

use std::slice;

use chrono::{DateTime, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use uuid::Uuid;

use super::super::numeric_date::NumericDate;
use super::authority::Authority;
use super::certificates::Certificates;
use super::refusals::{self, Refusal};

/// One or several, as RFC 7519 has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self) -> &[String] {
        match self {
            Self::One(name) => slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    aud: Audience,
    iss: Uuid,
    sub: Uuid,
    exp: NumericDate,
    nbf: Option<NumericDate>,
}

/// Checks an assertion of the application that was sent to the authority.
pub(super) fn check(
    assertion: &str,
    certificates: &Certificates,
    application_id: Uuid,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let claims = verified(assertion, certificates)?;
    if (claims.iss, claims.sub) != (application_id, application_id) {
        return Err(refusals::assertion_issuer());
    }
    let audiences = authority.audiences();
    let is_meant = |name: &String| audiences.iter().any(|audience| audience.eq_ignore_ascii_case(name));
    if !claims.aud.names().iter().any(is_meant) {
        return Err(refusals::assertion_audience());
    }
    if now >= claims.exp.0 || claims.nbf.is_some_and(|nbf| now < nbf.0) {
        return Err(refusals::assertion_out_of_time());
    }
    Ok(())
}

/// The claims of an assertion that a registered certificate's key has signed.
fn verified(assertion: &str, certificates: &Certificates) -> Result<Claims, Refusal> {
    let header = decode_header(assertion).map_err(|_| refusals::malformed_assertion())?;
    let certificate = certificates.find(&header).ok_or_else(refusals::unknown_key)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.algorithms = vec![Algorithm::RS256, Algorithm::PS256];
    // The library knows the real clock only, and not which endpoint was asked: both are checked above.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    match decode(assertion, &certificate.key, &validation) {
        Ok(token) => Ok(token.claims),
        Err(error) if *error.kind() == ErrorKind::InvalidSignature => Err(refusals::invalid_signature()),
        Err(_) => Err(refusals::malformed_assertion()),
    }
}
