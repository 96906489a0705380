//! What a token is asked for.

use serde::{Deserialize, Serialize};

use super::super::token::Version;
use super::form::Form;
use super::refusals::{self, Refusal};

const OPENID_CONNECT: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// One resource, and what `OpenID` Connect has beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scope {
    /// The audience of the token.
    pub(super) resource: String,
    /// Whether `.default` was asked for: all that the application may do.
    pub(super) default: bool,
    /// An id token was asked for.
    pub(super) openid: bool,
    /// A refresh token was asked for.
    pub(super) offline_access: bool,
}

impl Scope {
    /// Reads `resource` and `scope` in version 1, `scope` alone in version 2. A request that names no
    /// resource means the one that was `granted` before.
    pub(super) fn of(form: &Form, version: Version, granted: Option<&str>) -> Result<Self, Refusal> {
        let scope = form.get("scope").unwrap_or_default();
        let words: Vec<&str> = scope.split(' ').filter(|word| !word.is_empty()).collect();
        let named = match version {
            Version::V1 => form.get("resource").map(|resource| (resource, false)),
            Version::V2 => the_resource(&words)?,
        };
        let granted = granted.map(|resource| (resource, false));
        let (resource, default) = named.or(granted).ok_or_else(no_resource)?;
        Ok(Self {
            resource: resource.to_owned(),
            default,
            openid: words.contains(&"openid"),
            offline_access: words.contains(&"offline_access"),
        })
    }

    /// The `scope` of a version 2 answer to a user's sign-in.
    pub(super) fn granted(&self) -> String {
        let resource = &self.resource;
        if self.default {
            format!("{resource}/user_impersonation {resource}/.default")
        } else {
            format!("{resource}/user_impersonation")
        }
    }
}

/// The one resource that the scopes are of, if any, and whether `.default` is among them.
fn the_resource<'a>(words: &[&'a str]) -> Result<Option<(&'a str, bool)>, Refusal> {
    let mut found: Option<(&str, bool)> = None;
    for word in words.iter().filter(|word| !OPENID_CONNECT.contains(word)) {
        let (resource, permission) = word
            .rsplit_once('/')
            .filter(|(resource, _)| resource.contains("://") && is_plain(word))
            .ok_or_else(|| refusals::invalid_scope("A scope is a resource's URI and a permission of it."))?;
        let default = permission == ".default" || found.is_some_and(|(_, default)| default);
        if found.is_some_and(|(other, _)| other != resource) {
            return Err(refusals::invalid_scope("The scopes are of more than one resource."));
        }
        found = Some((resource, default));
    }
    Ok(found)
}

/// RFC 6749 knows no other characters in a scope.
fn is_plain(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_graphic())
}

fn no_resource() -> Refusal {
    refusals::invalid_scope("The request names no resource.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_of_one_resource_name_it() {
        let words = ["openid", "https://a.example/.default", "https://a.example/user_impersonation"];
        assert_eq!(the_resource(&words).unwrap(), Some(("https://a.example", true)));
        assert_eq!(the_resource(&words[2..]).unwrap(), Some(("https://a.example", false)));
        assert_eq!(the_resource(&words[..1]).unwrap(), None);
    }

    #[test]
    fn two_and_half_a_resource_are_refused() {
        for words in [
            &["User.Read"][..],
            &["https://a.example"],
            &["https://a.example/.default", "https://b.example/.default"],
        ] {
            assert!(the_resource(words).is_err(), "{words:?}");
        }
    }
}
