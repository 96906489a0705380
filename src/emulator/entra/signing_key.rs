//! The key that id tokens are signed with: clients of `OpenID` Connect check who signed. Access tokens
//! are no business of theirs, and keep the emulator's own mark.

use std::sync::OnceLock;

use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use super::refusals::{self, Refusal};

const ALGORITHM: Algorithm = Algorithm::RS256;

/// An RSA key takes some tenths of a second to make: it is made when it is first asked for, and serves
/// all emulators of the process.
static KEY: OnceLock<SigningKey> = OnceLock::new();

pub(super) struct SigningKey {
    private: EncodingKey,
    public: Jwk,
}

impl SigningKey {
    pub(super) fn get() -> Result<&'static Self, Refusal> {
        if let Some(key) = KEY.get() {
            return Ok(key);
        }
        let made = Self::make().ok_or_else(refusals::no_signing_key)?;
        Ok(KEY.get_or_init(|| made))
    }

    fn make() -> Option<Self> {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).ok()?;
        let private = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).ok()?;
        let mut public = Jwk::from_encoding_key(&private, ALGORITHM).ok()?;
        public.common.key_id = Some(public.thumbprint(ThumbprintHash::SHA256).ok()?);
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Some(Self { private, public })
    }

    /// The claims as a signed token.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, Refusal> {
        let header = Header { kid: self.public.common.key_id.clone(), ..Header::new(ALGORITHM) };
        encode(&header, claims, &self.private).map_err(|_| refusals::no_signing_key())
    }

    /// The document from which clients learn the public key.
    pub(super) fn document(&self) -> Value {
        json!({"keys": [self.public]})
    }
}
