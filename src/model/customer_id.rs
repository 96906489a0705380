//! The id of a customer: the GUID of its tenant.

use uuid::Uuid;

use crate::error::{Error, Refusal};

/// A customer's tenant id, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CustomerId(Uuid);

impl CustomerId {
    /// Reads a GUID: any case, with or without hyphens and braces, spaces around it allowed.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when it is none, or the nil GUID.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let cure = "pass the customer's tenant id, a GUID such as 11111111-2222-3333-4444-555555555555";
        guid("customer_id", text, cure).map(Self)
    }
}

/// Reads a GUID that a user passed as `field`; the nil one is refused, for it names nothing.
pub(crate) fn guid(field: &'static str, text: &str, cure: &'static str) -> Result<Uuid, Error> {
    match Uuid::try_parse(text.trim()) {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(Refusal::argument(field, text, cure)),
    }
}

impl std::fmt::Display for CustomerId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}
