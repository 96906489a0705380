//! A certificate and its key, by which an application proves itself: it signs an assertion for each request.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, crypto, encode};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use pem::Pem;
use pkcs8::EncryptedPrivateKeyInfoRef;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::error::{AuthenticationError, Error, REDACTED, Refusal};

const ALGORITHM: Algorithm = Algorithm::PS256;
/// How long an assertion can be used.
const LIFE: Duration = Duration::from_secs(600);

/// A certificate with its RSA key.
pub struct Certificate {
    key: EncodingKey,
    /// SHA-256 of the certificate, by which the authority finds it.
    thumbprint: String,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads PEM (certificate and key in one text) or PFX, with the password of the key if it has one.
    ///
    /// # Errors
    /// [`Error::Configuration`] naming `certificate` or `password`.
    pub fn read(content: &[u8], password: Option<&str>) -> Result<Self, Error> {
        let (key, certificates) = if content.windows(10).any(|window| window == b"-----BEGIN") {
            from_pem(content, password)?
        } else {
            from_pfx(content, password.unwrap_or_default())?
        };
        let encoded = SecretString::from(pem::encode(&key));
        let key = EncodingKey::from_rsa_pem(encoded.expose_secret().as_bytes())
            .map_err(|_| refuse("pass a certificate with an RSA key: others are not taken"))?;
        let own = certificates.into_iter().find(|certificate| belong_together(&key, certificate));
        let own = own.ok_or_else(|| refuse("pass the certificate that belongs to the private key, too"))?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, own.contents()));
        Ok(Self { key, thumbprint })
    }

    /// A statement by `client_id`, signed, that `audience` takes for a proof. `now` counts from 1970 UTC.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: Duration,
    ) -> Result<SecretString, Error> {
        let header = Header { x5t_s256: Some(self.thumbprint.clone()), ..Header::new(ALGORITHM) };
        let claims = json!({
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": uuid::Uuid::new_v4(),
            "iat": now.as_secs(),
            "nbf": now.as_secs(),
            "exp": (now + LIFE).as_secs(),
        });
        encode(&header, &claims, &self.key).map(SecretString::from).map_err(|error| {
            let message = format!("the certificate's key cannot sign: {error}");
            Error::Authentication(Box::new(AuthenticationError::new(message, None)))
        })
    }
}

/// Whether what the key signs is signed by the certificate.
fn belong_together(key: &EncodingKey, certificate: &Pem) -> bool {
    let check = || {
        let public = DecodingKey::from_rsa_pem(pem::encode(certificate).as_bytes())?;
        crypto::verify(&crypto::sign(b"check", key, ALGORITHM)?, b"check", &public, ALGORITHM)
    };
    check().unwrap_or(false)
}

/// A private key, and certificates of which one is its own.
type Parts = (Pem, Vec<Pem>);

fn from_pem(content: &[u8], password: Option<&str>) -> Result<Parts, Error> {
    let parts = pem::parse_many(content).map_err(|_| refuse("pass PEM text that is whole"))?;
    let (certificates, rest): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|part| part.tag() == "CERTIFICATE");
    let key = rest
        .into_iter()
        .find(|part| part.tag().ends_with("PRIVATE KEY"))
        .ok_or_else(|| refuse("pass the private key, too: PEM with both, or PFX"))?;
    if key.headers().get("Proc-Type").is_some() {
        return Err(refuse("encrypt the private key as PKCS #8 does (openssl pkcs8 -topk8)"));
    }
    Ok((if key.tag() == "ENCRYPTED PRIVATE KEY" { decrypt(&key, password)? } else { key }, certificates))
}

fn decrypt(key: &Pem, password: Option<&str>) -> Result<Pem, Error> {
    let password = password.ok_or_else(|| wrong_password("pass the password of the private key"))?;
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(key.contents())
        .map_err(|_| refuse("pass a private key that can be read"))?;
    let decrypted = encrypted.decrypt(password).map_err(|_| wrong_password("pass the right password"))?;
    Ok(Pem::new("PRIVATE KEY", decrypted.as_bytes()))
}

fn from_pfx(content: &[u8], password: &str) -> Result<Parts, Error> {
    let store =
        KeyStore::from_pkcs12(content, password, Pkcs12ImportPolicy::Relaxed).map_err(
            |error| match error {
                p12_keystore::error::Error::MacError(_) => {
                    wrong_password("pass the password of the PFX file")
                }
                _ => refuse("pass a PEM or PFX file, with its password if it has one"),
            },
        )?;
    let (_, chain) = store.private_key_chain().ok_or_else(|| refuse("pass a PFX file with a private key"))?;
    let certificates = chain.certs().iter().map(|one| Pem::new("CERTIFICATE", one.as_der())).collect();
    Ok((Pem::new("PRIVATE KEY", chain.key().as_der()), certificates))
}

fn refuse(cure: &str) -> Error {
    Refusal::option("certificate", REDACTED, cure)
}

fn wrong_password(cure: &str) -> Error {
    Refusal::option("password", REDACTED, cure)
}
