//! What an access token says of itself. Nobody here checks its signature, so it is told to people and
//! decides nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, Utc};
use serde_json::Value;

use crate::model::json::Members;

/// Far above any token: no server takes headers that long.
const LONGEST_TOKEN: usize = 64 * 1024;

/// On whose behalf a token speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of the application itself.
    AppOnly,
    /// Of a user who signed in to the application.
    AppAndUser,
}

impl Kind {
    /// The documents' own term.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppOnly => "App-only",
            Self::AppAndUser => "App+User",
        }
    }
}

/// The claims of a token. What it does not say, or not in a form that can be read, is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// `aud`: for whom it is meant.
    pub audience: Vec<String>,
    /// `tid`.
    pub tenant_id: Option<String>,
    /// `appid`, or `azp` in a token of version 2.
    pub client_id: Option<String>,
    /// `upn`, or another name of the user.
    pub user: Option<String>,
    /// On whose behalf it speaks.
    pub kind: Option<Kind>,
    /// Whether the user passed multi-factor authentication.
    pub mfa: Option<bool>,
    /// `iat`.
    pub issued_at: Option<DateTime<Utc>>,
    /// `nbf`.
    pub not_before: Option<DateTime<Utc>>,
    /// `exp`.
    pub expires_on: Option<DateTime<Utc>>,
}

impl Claims {
    /// Reads the middle part of a signed JWT; any other token, such as an encrypted one, is opaque.
    pub(crate) fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (Some(_), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let Value::Object(object) = serde_json::from_slice(&payload).ok()? else {
            return None;
        };
        Some(Self::from_members(Members::new(object)))
    }

    fn from_members(mut members: Members) -> Self {
        let user = first(&mut members, &["upn", "unique_name", "preferred_username"]);
        let kind = kind(&mut members, user.is_some());
        let methods = members.take("amr", texts);
        let methods = methods.filter(|_| kind != Some(Kind::AppOnly));
        Self {
            audience: members.take("aud", texts).unwrap_or_default(),
            tenant_id: members.text("tid"),
            client_id: first(&mut members, &["appid", "azp"]),
            user,
            kind,
            mfa: methods.as_deref().and_then(second_factor),
            issued_at: members.take("iat", moment),
            not_before: members.take("nbf", moment),
            expires_on: members.take("exp", moment),
        }
    }
}

/// Whether there was a second factor, as far as the names of the methods tell.
fn second_factor(methods: &[String]) -> Option<bool> {
    let is = |method: &String, name| method.eq_ignore_ascii_case(name);
    if methods.iter().any(|method| is(method, "mfa")) {
        return Some(true);
    }
    methods.iter().all(|method| is(method, "pwd")).then_some(false)
}

fn first(members: &mut Members, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| members.text(name).filter(|text| !text.is_empty()))
}

/// `idtyp` is an optional claim; without it, only a user has a name and delegated permissions.
fn kind(members: &mut Members, has_name: bool) -> Option<Kind> {
    let [idtyp, scopes, object, subject] = ["idtyp", "scp", "oid", "sub"].map(|name| members.text(name));
    match idtyp.as_deref() {
        Some("app") => return Some(Kind::AppOnly),
        Some("user") => return Some(Kind::AppAndUser),
        _ => {}
    }
    let has_roles = members.take("roles", texts).is_some_and(|roles| !roles.is_empty());
    if has_name || scopes.is_some() {
        Some(Kind::AppAndUser)
    } else if has_roles || (object.is_some() && object == subject) {
        Some(Kind::AppOnly)
    } else {
        None
    }
}

/// One text, or a list of them.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Seconds since 1970, whole or not, as a number or as digits; cut to the second.
fn moment(value: &Value) -> Option<DateTime<Utc>> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let since = std::time::Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
    DateTime::from_timestamp(i64::try_from(since.as_secs()).ok()?, 0).filter(|moment| moment.year() <= 9999) // no datetime of Python's goes further
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arbitrary;
    use proptest::prelude::*;
    use serde_json::json;

    fn token(payload: &[u8]) -> String {
        format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload))
    }

    fn read(claims: &Value) -> Claims {
        Claims::read(&token(claims.to_string().as_bytes())).unwrap()
    }

    #[test]
    fn only_what_is_known_of_the_factors_is_told() {
        let mfa = |methods: Value| read(&json!({"scp": "x", "amr": methods})).mfa;
        assert_eq!(mfa(json!(["pwd", "MFA"])), Some(true));
        assert_eq!(mfa(json!(["pwd"])), Some(false));
        assert_eq!(mfa(json!(["fido"])), None);
        assert_eq!(mfa(json!(["ngcmfa", "rsa"])), None);
    }

    #[test]
    fn a_token_of_a_user() {
        let claims = read(&json!({
            "aud": "https://api.partnercenter.microsoft.com", "tid": "t", "appid": "a", "scp": "user_impersonation",
            "upn": "alice@contoso.example", "amr": ["pwd", "mfa"], "iat": 1_700_000_000, "nbf": 1_699_999_700,
            "exp": 1_700_003_600, "ver": "1.0",
        }));
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        let expected = Claims {
            audience: vec!["https://api.partnercenter.microsoft.com".to_owned()],
            tenant_id: Some("t".to_owned()),
            client_id: Some("a".to_owned()),
            user: Some("alice@contoso.example".to_owned()),
            kind: Some(Kind::AppAndUser),
            mfa: Some(true),
            issued_at: at(1_700_000_000),
            not_before: at(1_699_999_700),
            expires_on: at(1_700_003_600),
        };
        assert_eq!(claims, expected);
    }

    #[test]
    fn whose_token_it_is() {
        let kind = |claims: Value| read(&claims).kind;
        assert_eq!(kind(json!({"idtyp": "app", "scp": "x"})), Some(Kind::AppOnly));
        assert_eq!(kind(json!({"idtyp": "user"})), Some(Kind::AppAndUser));
        assert_eq!(kind(json!({"roles": ["a"]})), Some(Kind::AppOnly));
        assert_eq!(kind(json!({"oid": "1", "sub": "1"})), Some(Kind::AppOnly));
        assert_eq!(kind(json!({"oid": "1", "sub": "1", "scp": "x"})), Some(Kind::AppAndUser));
        assert_eq!(kind(json!({"roles": ["a"], "unique_name": "x"})), Some(Kind::AppAndUser));
        assert_eq!(kind(json!({"oid": "1", "sub": "2"})), None);
        assert_eq!(kind(json!({"roles": [], "upn": ""})), None);
    }

    #[test]
    fn whether_the_user_passed_multi_factor_authentication() {
        let mfa = |claims: Value| read(&claims).mfa;
        assert_eq!(mfa(json!({"scp": "x", "amr": ["pwd", "mfa"]})), Some(true));
        assert_eq!(mfa(json!({"scp": "x", "amr": "mfa"})), Some(true));
        assert_eq!(mfa(json!({"scp": "x", "amr": ["pwd"]})), Some(false));
        assert_eq!(mfa(json!({"scp": "x"})), None);
        assert_eq!(mfa(json!({"idtyp": "app", "amr": ["pwd"]})), None);
    }

    #[test]
    fn members_of_version_2_and_of_odd_types() {
        let claims =
            read(&json!({"aud": ["a", "b"], "azp": "c", "preferred_username": "u", "tid": 5, "amr": [1]}));
        assert_eq!(claims.audience, ["a", "b"]);
        assert_eq!((claims.client_id.as_deref(), claims.user.as_deref()), (Some("c"), Some("u")));
        assert_eq!((claims.tenant_id, claims.mfa), (None, None));
    }

    #[test]
    fn moments_in_every_form() {
        let expiry = |value: Value| read(&json!({"exp": value})).expires_on.map(|at| at.timestamp());
        for value in [json!(1_700_000_000), json!("1700000000"), json!(1_700_000_000.9), json!(1.7e9)] {
            assert_eq!(expiry(value.clone()), Some(1_700_000_000), "{value}");
        }
        for value in
            [json!(-1), json!(1e300), json!("soon"), json!("NaN"), json!(null), json!(400_000_000_000_u64)]
        {
            assert_eq!(expiry(value.clone()), None, "{value}");
        }
    }

    #[test]
    fn what_is_no_signed_jwt_is_opaque() {
        assert!(Claims::read(&token(b"{}").replace("e30.", "e30.e30.")).is_none());
        for opaque in ["", "..", "opaque", "a.b", "a.!!.c", "a.e30.c.d.e", &token(b"[1]"), &token(b"\xFF")] {
            assert!(Claims::read(opaque).is_none(), "{opaque}");
        }
        assert!(Claims::read(&token(&b" ".repeat(LONGEST_TOKEN))).is_none());
        assert_eq!(Claims::read("a.e30=.c"), Some(Claims::default()), "padding is harmless");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_opaque(text in r"[\PC.]{0,60}", bytes in any::<Vec<u8>>()) {
            let _ = Claims::read(&text);
            let _ = Claims::read(&token(&bytes));
        }

        #[test]
        fn any_claims_are_read(value in arbitrary::json(), name in "aud|tid|appid|upn|amr|iat|nbf|exp|roles|idtyp") {
            read(&json!({name: value}));
        }
    }
}
