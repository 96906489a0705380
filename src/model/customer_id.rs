//! The id of a customer: the GUID of its tenant.

use uuid::Uuid;

use crate::error::{Error, Refusal};

/// A customer's tenant id, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerId(Uuid);

impl CustomerId {
    /// Reads a GUID: any case, with or without hyphens, with or without braces, spaces around it allowed.
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
    let trimmed = text.trim();
    let bare = trimmed.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(trimmed);
    match Uuid::try_parse(bare) {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(Refusal::argument(field, text, cure)),
    }
}

impl std::fmt::Display for CustomerId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_form_of_a_guid_is_the_same_customer(number in 1_u128..) {
            let id = Uuid::from_u128(number);
            let (hyphenated, simple) = (id.hyphenated().to_string(), id.simple().to_string());
            for text in [
                hyphenated.clone(),
                simple.clone(),
                hyphenated.to_uppercase(),
                format!("{{{hyphenated}}}"),
                format!("{{{simple}}}"),
                format!(" \t{hyphenated}\r\n"),
                id.urn().to_string(),
            ] {
                prop_assert_eq!(CustomerId::parse(&text).unwrap().to_string(), hyphenated.as_str(), "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = CustomerId::parse(&text);
        }
    }

    #[test]
    fn what_names_no_customer_is_refused() {
        for text in [
            "",
            "{}",
            "00000000-0000-0000-0000-000000000000",
            "{00000000000000000000000000000000}",
            "11111111-2222-3333-4444-55555555555",
            "11111111-2222-3333-4444-5555555555555",
            "g1111111-2222-3333-4444-555555555555",
            "11111111-2222-3333-4444-555555555555}",
        ] {
            let error = CustomerId::parse(text).unwrap_err();
            assert!(
                matches!(&error, Error::InvalidArgument(refusal) if refusal.value.as_deref() == Some(text)),
                "{error}"
            );
        }
    }
}
