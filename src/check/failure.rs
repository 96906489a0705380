//! Why there is no token, or no good answer, in the words of a report.

use super::Problem;
use crate::error::Error;

/// What is wrong, and the cure that the error brings along, or one for its kind.
pub(super) fn problem(error: &Error) -> Problem {
    match error {
        Error::Authentication(error) => {
            let said = with_cure(&error.message, "look at the error: it has all that the credential said");
            Problem { problem: format!("there is no token: {}", said.problem), ..said }
                .or(error.hint.as_ref())
        }
        Error::Configuration(refusal) => Problem::new(
            format!(
                "there is no token: {} {:?} was refused",
                refusal.field,
                refusal.value.as_deref().unwrap_or_default()
            ),
            &refusal.cure,
        ),
        Error::Api(error) => {
            let code = error.fault.code.as_ref().map_or_else(String::new, |code| format!(", code {code}"));
            let said = first_line(&error.fault.message);
            let problem = format!("the service answered HTTP {}{code}: {said}", error.status_code);
            Problem::new(problem, "look at the error: it has all that the service said")
                .or(error.hint.as_ref())
        }
        Error::Transport(error) => {
            with_cure(&error.message, "try again, and check the network, the proxy and base_url")
        }
        Error::Decode(error) => {
            let problem = format!("the service's answer cannot be read: {}", first_line(&error.message));
            Problem::new(problem, error.hint())
        }
        other => {
            Problem::new(other.to_string(), "check base_url, and what stands between here and the service")
        }
    }
}

impl Problem {
    /// With a better cure, if there is one.
    fn or(self, cure: Option<&String>) -> Self {
        Self { cure: cure.cloned().unwrap_or(self.cure), ..self }
    }
}

/// A message that may bring its cure along.
fn with_cure(message: &str, cure: &str) -> Problem {
    let (problem, cure) = message.split_once(" -> ").unwrap_or((message, cure));
    Problem::new(first_line(problem), cure)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{AuthenticationError, Refusal};

    fn told(error: &Error) -> (String, String) {
        let Problem { problem, cure } = problem(error);
        (problem, cure)
    }

    fn without_token(message: &str) -> (String, String) {
        told(&Error::Authentication(Box::new(AuthenticationError::new(message.to_owned(), None))))
    }

    #[test]
    fn no_token_for_a_reason_that_is_known_or_not() {
        let (problem, cure) = without_token("AADSTS90002: no such tenant\r\nTrace ID: 1");
        assert_eq!(problem, "there is no token: AADSTS90002: no such tenant");
        assert!(cure.contains("tenant id"));
        assert!(without_token("it raised").1.contains("look at the error"));
    }

    #[test]
    fn a_message_may_bring_its_cure() {
        let (problem, cure) = without_token("nobody there -> check the network");
        assert_eq!(
            (problem.as_str(), cure.as_str()),
            ("there is no token: nobody there", "check the network")
        );
    }

    #[test]
    fn what_a_credential_is_made_of_may_be_refused() {
        let (problem, cure) = told(&Refusal::option("store", "/a/file", "make it yours alone"));
        assert_eq!(problem, "there is no token: store \"/a/file\" was refused");
        assert_eq!(cure, "make it yours alone");
    }
}
