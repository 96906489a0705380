//! Tokens and codes that mean nothing but to their issuer.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// A refresh token or a device code; `Debug` does not show it.
pub(super) struct Opaque(String);

impl Opaque {
    /// A fresh one. Chance does not come from the seed here: what was issued before a reset must not
    /// be issued again after it.
    pub(super) fn random() -> Self {
        let bytes = [fastrand::u128(..), fastrand::u128(..), fastrand::u128(..)].map(u128::to_be_bytes);
        Self(format!("0.{}", URL_SAFE_NO_PAD.encode(bytes.as_flattened())))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// By which a token or code is known again. Nobody keeps the token itself, so that a saved state
/// holds none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Fingerprint(String);

impl Fingerprint {
    pub(super) fn of(text: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes())))
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[redacted]")
    }
}
