//! What to do about the errors people get stuck on. One sentence each.

mod entra;

use super::Fault;

pub(crate) use entra::{aadsts_code, for_oauth};

const LATER: &str = "try again later; if it lasts, give the ids of this error to Microsoft's support";

/// The cure for an error answer, when we know one.
pub(crate) fn for_fault(status: u16, fault: &Fault) -> Option<&'static str> {
    let by_code = fault.code.as_deref().and_then(for_code);
    let by_entra = || for_oauth(fault.code.as_deref(), aadsts_code(&fault.message));
    by_code.or_else(|| for_text(&fault.message)).or_else(by_entra).or_else(|| for_status(status))
}

/// For what was seen to be answered without a code.
fn for_text(message: &str) -> Option<&'static str> {
    let has = |text| message.contains(text);
    if has("(10001)") || has("MFA required") {
        for_code("900421")
    } else if has("accessed by application credentials") {
        for_code("900329")
    } else if has("tagging denied") {
        Some(
            "check that the customer is eligible and was not asked for three times before: trying again is no help",
        )
    } else {
        None
    }
}

fn for_code(code: &str) -> Option<&'static str> {
    Some(match code {
        "900420" => {
            "get a token for the audience https://api.partnercenter.microsoft.com (China: https://partner.partnercenterapi.microsoftonline.cn), as our credentials do: graph.windows.net is no longer accepted"
        }
        "900421" | "10001" => {
            "sign the user in again with multi-factor authentication, as DeviceCodeCredential lets you: the token was issued without it"
        }
        "900329" => {
            "use RefreshTokenCredential or DeviceCodeCredential: this operation takes App+User credentials only"
        }
        "20002" | "1002" => {
            "check the customer's tenant id and that the customer has a reseller relationship with your partner tenant"
        }
        "1000" => "check the ids; an address of your own making may have /v1 twice",
        "2000" => "search by the beginning of the name, as list_customers(name_prefix=...) does",
        "2055" => "read the record again, and repeat the change",
        "3000" => "correct what data names",
        "60002" => "check the user's id; calls of this package send none",
        "60003" => "check the customer's tenant id: no such tenant is known",
        "600002" | "600049" | "600050" | "600051" => {
            "correct the organization's registration in the customer's profile"
        }
        "600061" => "there is nothing to do: what was asked for is so already",
        "600074" => "ask again later",
        "600901" => "read the customer's qualifications first, as apply does",
        "600902" => "ask for one of the two",
        "600903" => "take a code of list_validation_codes() whose remaining_creates is not 0",
        "600904" => "nothing: there is no code to be read",
        "800002" => "look at data and message for what is meant",
        "800018" => "delete customers of the sandbox that are not needed",
        "800036" => {
            "look at message and data; if they do not help, give the ids of the error to Microsoft's support"
        }
        "800086" => "ask for the qualification with update_qualification, and wait until it is approved",
        "900118" => "pass the customer's tenant id as a GUID",
        "900308" | "900150" | "2032" => {
            "give the user a GDAP role for this customer (Directory Reader or Writer, License or User Administrator) and an agent role in Partner Center"
        }
        "900309" | "90000" => {
            "let the partner tenant's Conditional Access admit this sign-in, then sign in again"
        }
        "900149" | "800039" => "check in Partner Center that your reseller program status is active",
        "900416" => "unlock the account, then sign in again",
        "800001" => "send a current token of the partner tenant",
        "800073" | "800074" | "800075" => "wait until Microsoft has approved the customer's account",
        "900126" => "ask for Education, GovernmentCommunityCloud or StateOwnedEntity",
        "900127" => "use a production tenant: the sandbox does not support this operation",
        _ => return None,
    })
}

fn for_status(status: u16) -> Option<&'static str> {
    Some(match status {
        500..600 => LATER,
        401 => {
            "get a new token of the partner tenant; client.check_credentials() says what is wrong with this one"
        }
        403 => {
            "check the reseller relationship with the customer, the user's roles, and that the call takes the kind of token you use"
        }
        429 => "wait for retry_after, or set requests_per_minute to stay under the limit",
        _ => return None,
    })
}

/// For an answer that says yes in a body which cannot be read.
pub(super) fn for_body(body: &str) -> &'static str {
    match body.trim_start() {
        "" => LATER,
        page if page.starts_with('<') => {
            "look at body: a proxy's page of HTML is the usual case, so check base_url and the network's proxy"
        }
        _ => {
            "look at body: if the service answers with something new, a report with that body helps everybody"
        }
    }
}

/// A redirect is never followed: the token would go along.
pub(crate) fn for_redirect(setting: &str, location: Option<&str>) -> String {
    let target = location.map_or_else(|| "an unnamed address".to_owned(), bare);
    format!(
        "the service redirects to {target}: redirects are not followed, so set {setting} to the right address if you trust it"
    )
}

/// An address without what may be secret in it: user, password, query and fragment.
fn bare(address: &str) -> String {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    match address[..end].split_once("//") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("{scheme}//{}{path}", host.rsplit('@').next().unwrap_or_default())
        }
        None => address[..end].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(status: u16, code: &str, message: &str) -> Option<&'static str> {
        let fault = Fault { code: Some(code.to_owned()), message: message.to_owned(), ..Fault::default() };
        for_fault(status, &fault)
    }

    #[test]
    fn the_code_decides_before_the_text_and_the_status() {
        assert!(hint(401, "900420", "").unwrap().contains("audience"));
        assert!(hint(401, "900421", "").unwrap().contains("multi-factor"));
        assert!(
            hint(401, "x", "Authentication failed. MFA required. (10001)").unwrap().contains("multi-factor")
        );
        assert!(hint(400, "invalid_grant", "AADSTS65001: x").unwrap().contains("consent"));
        assert!(hint(403, "900329", "").unwrap().contains("App+User"));
        let text = "This resource can't be accessed by application credentials.";
        assert!(hint(500, "x", text).unwrap().contains("App+User"));
        assert!(hint(403, "", "Customer tagging denied.").unwrap().contains("eligible"));
        assert!(hint(400, "invalid_client", "").unwrap().contains("client_secret"));
        assert!(hint(403, "20002", "").unwrap().contains("relationship"));
        assert!(hint(429, "x", "").unwrap().contains("retry_after"));
        assert!(hint(500, "x", "").unwrap().contains("later"));
        assert!(hint(400, "900126", "").unwrap().contains("StateOwnedEntity"));
        assert!(hint(409, "600901", "").unwrap().contains("first"));
        assert_eq!(hint(412, "x", ""), None);
    }

    #[test]
    fn a_redirect_names_where_it_led_and_no_secret() {
        let hint = for_redirect("base_url", Some("https://user:word@evil.example/there?access_token=x#y"));
        assert!(hint.contains("redirects to https://evil.example/there: "), "{hint}");
        assert!(for_redirect("base_url", Some("/there?x")).contains("redirects to /there: "));
        assert!(for_redirect("base_url", None).contains("unnamed"));
    }
}
