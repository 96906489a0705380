//! The certificates registered for the application.

use aws_lc_rs::digest::{self, Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Header};
use serde::{Deserialize, Serialize};
use x509_parser::parse_x509_certificate;
use x509_parser::pem::Pem;
use x509_parser::public_key::PublicKey;

/// A certificate by its thumbprints, as assertions name it.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    der: Vec<u8>,
    x5t: String,
    x5t_s256: String,
    pub(super) key: DecodingKey,
}

impl Certificate {
    /// Reads X.509 with an RSA key: DER, or the first certificate of a PEM file.
    fn read(bytes: &[u8]) -> Option<Self> {
        let pem = Pem::iter_from_buffer(bytes).filter_map(Result::ok).find(|pem| pem.label == "CERTIFICATE");
        let der = pem.as_ref().map_or(bytes, |pem| &pem.contents);
        let (rest, certificate) = parse_x509_certificate(der).ok()?;
        let key = certificate.public_key();
        if !rest.is_empty() || !matches!(key.parsed(), Ok(PublicKey::RSA(_))) {
            return None;
        }
        Some(Self {
            der: der.to_vec(),
            x5t: thumbprint(&SHA1_FOR_LEGACY_USE_ONLY, der),
            x5t_s256: thumbprint(&SHA256, der),
            key: DecodingKey::from_rsa_der(&key.subject_public_key.data),
        })
    }

    fn is_named_by(&self, header: &Header) -> bool {
        // Some write base64url with its padding.
        let named = |name: &Option<String>| name.as_ref().map(|name| name.trim_end_matches('=').to_owned());
        match (named(&header.x5t_s256), named(&header.x5t)) {
            (Some(name), _) => name == self.x5t_s256,
            (None, Some(name)) => name == self.x5t,
            (None, None) => false,
        }
    }
}

fn thumbprint(algorithm: &'static Algorithm, der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(algorithm, der))
}

/// The certificates; as JSON, their DER in base64url.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub(super) struct Certificates(Vec<Certificate>);

impl Certificates {
    /// Registers a certificate; `None` where it is none with an RSA key.
    pub(super) fn register(&mut self, bytes: &[u8]) -> Option<()> {
        self.0.push(Certificate::read(bytes)?);
        Some(())
    }

    /// The certificate that an assertion's header names.
    pub(super) fn find(&self, header: &Header) -> Option<&Certificate> {
        self.0.iter().find(|certificate| certificate.is_named_by(header))
    }
}

impl From<Certificates> for Vec<String> {
    fn from(certificates: Certificates) -> Self {
        certificates.0.iter().map(|certificate| URL_SAFE_NO_PAD.encode(&certificate.der)).collect()
    }
}

impl TryFrom<Vec<String>> for Certificates {
    type Error = &'static str;

    fn try_from(encoded: Vec<String>) -> Result<Self, Self::Error> {
        let read = |text: String| Certificate::read(&URL_SAFE_NO_PAD.decode(text).ok()?);
        let certificates: Option<_> = encoded.into_iter().map(read).collect();
        certificates.map(Self).ok_or("pass X.509 certificates with RSA keys, as DER in base64url")
    }
}
