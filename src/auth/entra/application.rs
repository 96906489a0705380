//! The application that asks for tokens, and how it proves that it is the one.

use secrecy::{ExposeSecret, SecretString};

use super::certificate::Certificate;
use crate::error::{Error, REDACTED, Refusal};

/// An application registered in Entra, and the tenant it asks in.
#[derive(Debug)]
pub struct Application {
    pub(super) tenant_id: String,
    pub(super) client_id: String,
    pub(super) proof: Proof,
}

/// How an application proves itself.
#[derive(Debug)]
pub enum Proof {
    /// Not at all: a public client.
    None,
    /// By a client secret.
    Secret(SecretString),
    /// By assertions signed with the key of a certificate.
    Certificate(Box<Certificate>),
}

impl Proof {
    /// Checks and keeps a client secret.
    ///
    /// # Errors
    /// [`Error::Configuration`] when it cannot be a client secret.
    pub fn secret(text: String) -> Result<Self, Error> {
        let secret = SecretString::from(text);
        let text = secret.expose_secret();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let cure = "pass the value of the client secret: visible ASCII without spaces or line ends";
            return Err(Refusal::option("client_secret", REDACTED, cure));
        }
        Ok(Self::Secret(secret))
    }
}

impl Application {
    /// Checks the ids.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a tenant that is neither GUID nor domain, and a client id that is no GUID.
    pub fn new(tenant_id: &str, client_id: &str, proof: Proof) -> Result<Self, Error> {
        let client = uuid::Uuid::try_parse(client_id.trim()).map_err(|_| {
            let cure = "pass the application (client) id of the app registration, a GUID";
            Refusal::option("client_id", shown(client_id), cure)
        })?;
        Ok(Self { tenant_id: tenant(tenant_id)?, client_id: client.to_string(), proof })
    }

    /// The application's id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

/// Checks a tenant, which becomes a part of an address.
///
/// # Errors
/// [`Error::Configuration`].
pub(super) fn tenant(text: &str) -> Result<String, Error> {
    let trimmed = text.trim();
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let guid = uuid::Uuid::try_parse(trimmed).is_ok();
    let domain = trimmed.contains('.') && !trimmed.starts_with('.');
    let named = matches!(trimmed, "common" | "organizations");
    if trimmed.bytes().all(letters) && (guid || domain || named) {
        return Ok(trimmed.to_owned());
    }
    let cure = "pass the tenant id of the partner, a GUID, or a domain of the tenant";
    Err(Refusal::option("tenant_id", shown(text), cure))
}

/// A refused id, unless it may be a secret that was passed in its place.
fn shown(id: &str) -> &str {
    const LONGEST: usize = 24; // of all secrets the shortest is longer
    let is_guid_like = |byte: u8| byte.is_ascii_hexdigit() || b"-{} ".contains(&byte);
    if id.len() <= LONGEST || id.bytes().all(is_guid_like) { id } else { REDACTED }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "11111111-2222-3333-4444-555555555555";

    #[test]
    fn ids_are_checked() {
        for good in [ID, "partner.example", "contoso.onmicrosoft.com", " organizations "] {
            Application::new(good, ID, Proof::None).unwrap();
        }
        for bad in ["", "contoso", "a/b.c", "..", "a b.example", "partner.example?x", "{}"] {
            let error = Application::new(bad, ID, Proof::None).unwrap_err();
            assert!(error.to_string().starts_with("tenant_id: "), "{error}");
        }
        for bad in ["", "app", "11111111-2222"] {
            let error = Application::new(ID, bad, Proof::None).unwrap_err();
            assert!(error.to_string().starts_with("client_id: "), "{error}");
        }
    }

    #[test]
    fn a_secret_is_refused_without_being_shown() {
        for bad in ["", " ", "s3cr3t-value\n", " s3cr3t-value", "s3cr3t-value\0"] {
            let error = Proof::secret(bad.to_owned()).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr3t"));
        }
        let proof = Proof::secret("s3cr3t-value".to_owned()).unwrap();
        assert!(!format!("{proof:?}").contains("s3cr3t"));
    }
}
