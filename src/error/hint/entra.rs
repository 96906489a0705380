//! What to do when Entra gives no token. Its numbers say more than OAuth's words, except where the user
//! is the one who said no.

/// The cure for a refused token request: that of the `AADSTS` number, else that of OAuth's `error`.
pub(crate) fn for_oauth(error: Option<&str>, aadsts: Option<u32>) -> Option<&'static str> {
    let by_word = error.and_then(for_error);
    if matches!(error, Some("authorization_declined" | "expired_token")) {
        return by_word;
    }
    aadsts.and_then(for_aadsts).or(by_word)
}

/// The number of the `AADSTS` message in `text`.
pub(crate) fn aadsts_code(text: &str) -> Option<u32> {
    let (_, after) = text.split_once("AADSTS")?;
    let end = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
    after[..end].parse().ok()
}

fn for_aadsts(code: u32) -> Option<&'static str> {
    for_sign_in(code)
        .or_else(|| for_policy(code))
        .or_else(|| for_application(code))
        .or_else(|| for_request(code))
}

fn for_error(error: &str) -> Option<&'static str> {
    Some(match error {
        "invalid_grant" | "login_required" => {
            "sign the user in again with DeviceCodeCredential: the refresh token or code is no longer accepted"
        }
        "interaction_required" => {
            "sign the user in again with DeviceCodeCredential, so that the user can answer what Entra asks"
        }
        "consent_required" => CONSENT,
        "invalid_client" => {
            "check client_id, and that client_secret or the certificate belongs to it and has not expired"
        }
        "unauthorized_client" => {
            "check that the application is registered and enabled in this tenant and may sign in this way"
        }
        "invalid_scope" => {
            "ask for one resource, by a scope that ends in /.default; for Partner Center itself, set cloud to that of your tenant"
        }
        "invalid_resource" => RESOURCE,
        "access_denied" | "authorization_declined" => {
            "sign in again and accept what is asked: the sign-in was declined"
        }
        "expired_token" => {
            "sign in again, and enter the new code before it expires: this one was not used in time"
        }
        "temporarily_unavailable" | "server_error" => LATER,
        _ => return None,
    })
}

const CONSENT: &str = "have an administrator of the partner tenant consent to the application";
const RESOURCE: &str = "check tenant_id; if it is right, add Microsoft Partner Center to that tenant: az ad sp create --id fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd";
const LATER: &str = "try again later: the trouble is Entra's and passes";

/// About the user, and what is left of an earlier sign-in.
fn for_sign_in(code: u32) -> Option<&'static str> {
    Some(match code {
        50020 | 50034 | 51004 => {
            "check tenant_id, or sign in with an account of the partner tenant: this one is not in it"
        }
        50053 => "look into the tenant's sign-in logs for why this account or address is locked out",
        50055 => "set a new password for the user, then sign in again: the old one has expired",
        50057 => "enable the user's account, or sign in with another one of the partner tenant",
        50126 => "sign in again: the name or the password was wrong",
        50074 | 50076 => {
            "sign the user in again with multi-factor authentication, as DeviceCodeCredential lets you"
        }
        50072 | 50079 => {
            "sign the user in with DeviceCodeCredential and register for multi-factor authentication there"
        }
        50078 => {
            "sign the user in again with DeviceCodeCredential: the multi-factor authentication has expired"
        }
        50132 | 50133 => {
            "sign the user in again with DeviceCodeCredential: the password changed or the sign-in was revoked"
        }
        50173 => {
            "sign the user in again with DeviceCodeCredential, and keep new refresh tokens with store=: this one was revoked, or replaced by one that was not kept"
        }
        65004 => "sign in again and accept what is asked: the user declined to consent",
        70000 => {
            "check that the refresh token is whole and this application's own, else sign in again with DeviceCodeCredential"
        }
        70008 | 700_082 => {
            "sign the user in again with DeviceCodeCredential: the refresh token has expired, as one does after 90 days without use"
        }
        70019 | 70020 => return for_error("expired_token"),
        700_084 => {
            "obtain the refresh token under a web or native redirect URI: a single-page app's ends for good after a day"
        }
        _ => return None,
    })
}

/// About what the tenant demands of any sign-in.
fn for_policy(code: u32) -> Option<&'static str> {
    Some(match code {
        70043 => {
            "sign the user in again with DeviceCodeCredential: Conditional Access limits how long a sign-in lasts"
        }
        50105 => "assign the user to the application in the partner tenant",
        50158 => {
            "sign the user in again with DeviceCodeCredential and pass the check that Conditional Access adds there"
        }
        50097 | 53000 | 53001 | 530_003 => {
            "sign in from a device that Conditional Access takes, or have an administrator exempt the application"
        }
        50131 | 53003 | 530_032 => {
            "have an administrator find the Conditional Access policy in the sign-in logs, and let it admit this sign-in"
        }
        _ => return None,
    })
}

/// About the application: its registration, its secret or certificate, its consent.
fn for_application(code: u32) -> Option<&'static str> {
    Some(match code {
        65001 | 90094 => CONSENT,
        65002 => "register an application of your own: one of Microsoft's cannot be used for this",
        50001 | 500_011 => RESOURCE,
        650_057 => {
            "add Microsoft Partner Center (fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd) to the API permissions of the application"
        }
        70001 | 7_000_112 => "enable the application in the partner tenant",
        700_011 | 700_016 => "check client_id, and that the application is registered in this tenant",
        700_024 => {
            "set this machine's clock: the assertion was signed outside of the time in which it is valid"
        }
        700_025 => "leave out client_secret: the application is registered as a public client",
        700_027 => "upload the certificate that belongs to the private key to the application's registration",
        7_000_215 => "pass the value of the client secret, not its id",
        7_000_218 => "pass client_secret, or allow public client flows in the application's registration",
        7_000_222 => "create a new client secret: this one has expired",
        7_000_229 => {
            "have an administrator consent to the application: it has no service principal in this tenant yet"
        }
        _ => return None,
    })
}

/// About the request itself, and where it went.
fn for_request(code: u32) -> Option<&'static str> {
    Some(match code {
        70011 => return for_error("invalid_scope"),
        90002 | 900_023 => "check the tenant id and cloud: no such tenant exists there",
        50059 | 50194 => "pass the id of your tenant as tenant_id, not common or organizations",
        7_000_012 => "check tenant_id: the refresh token was issued in another tenant",
        90038 => "set cloud to that of your tenant: it belongs to another one",
        9_002_313 => {
            "check ids, secret and refresh token for missing or added characters: Entra cannot read the request"
        }
        50033 | 90006 | 90012 | 90024 | 90033 => LATER,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_entra_message() {
        assert_eq!(aadsts_code("AADSTS7000215: Invalid client secret"), Some(7_000_215));
        assert_eq!(aadsts_code("AADSTS"), None);
        assert_eq!(aadsts_code("AADSTS99999999999999"), None);
    }

    #[test]
    fn the_number_decides_before_the_word() {
        assert!(for_oauth(Some("invalid_grant"), Some(65001)).unwrap().contains("consent"));
        assert!(for_oauth(Some("invalid_grant"), Some(1)).unwrap().contains("DeviceCodeCredential"));
        assert!(for_oauth(None, Some(90002)).unwrap().contains("tenant id"));
        assert_eq!(for_oauth(Some("invalid_thing"), Some(1)), None);
        assert_eq!(for_oauth(None, None), None);
    }

    #[test]
    fn each_is_one_sentence_that_says_what_to_do() {
        let numbers = (0..10_000_000).filter_map(for_aadsts);
        let words = ["invalid_grant", "invalid_client", "expired_token", "server_error"];
        for hint in numbers.chain(words.into_iter().filter_map(for_error)) {
            assert!(!hint.contains(". ") && !hint.ends_with('.'), "{hint}");
            assert!(hint.starts_with(|letter: char| letter.is_ascii_lowercase()), "{hint}");
        }
    }
}
