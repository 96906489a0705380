//! Tokens and codes that mean nothing but to their issuer.

use std::borrow::Borrow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A refresh token or a device code, by which things are found again; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
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

impl Borrow<str> for Opaque {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[redacted]")
    }
}
