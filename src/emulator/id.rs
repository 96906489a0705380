//! The ids by which requests are told apart: `MS-RequestId` and `MS-CorrelationId`.

use std::fmt;

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::wire::header_text;

/// An id that was sent or made up. Nearly all are GUIDs, which take less room than their text;
/// that of whatever else was sent is kept, and its case with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(super) enum Id {
    Guid(Uuid),
    Text(Box<str>),
}

impl Id {
    pub(super) fn of(header: &HeaderValue) -> Self {
        match header.to_str() {
            Ok(text) => text.into(),
            Err(_) => Self::Text(header_text(header).into()),
        }
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        let mut buffer = Uuid::encode_buffer();
        match Uuid::try_parse(text) {
            Ok(guid) if guid.hyphenated().encode_lower(&mut buffer) == text => Self::Guid(guid),
            _ => Self::Text(text.into()),
        }
    }
}

impl From<String> for Id {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guid(guid) => guid.fmt(out),
            Self::Text(text) => out.write_str(text),
        }
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_guid_is_kept_as_one_only_where_its_text_comes_back() {
        let guid = Uuid::from_u128(0xABCD << 100);
        assert_eq!(Id::from(guid.to_string()), Id::Guid(guid));
        let upper = guid.to_string().to_uppercase();
        for text in [upper, guid.simple().to_string(), guid.braced().to_string(), String::new()] {
            assert_eq!(Id::from(text.clone()), Id::Text(text.into()));
        }
    }

    proptest! {
        #[test]
        fn every_id_keeps_its_text(bytes in prop::collection::vec(0x20u8..=0xff, 0..40), guid: u128) {
            let header = HeaderValue::from_bytes(&bytes).unwrap_or(HeaderValue::from_static(""));
            prop_assert_eq!(Id::of(&header).to_string(), header_text(&header));
            let text = Uuid::from_u128(guid).to_string();
            prop_assert_eq!(Id::from(text.as_str()).to_string(), text);
        }
    }
}
