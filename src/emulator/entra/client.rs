//! How an application proves who it is.

use secrecy::ExposeSecret;
use uuid::Uuid;

use super::super::state::State;
use super::refusals::{self, Refusal};
use super::{Asked, Form, assertion};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl State {
    pub(super) fn check_application(&self, form: &Form) -> Result<(), Refusal> {
        let client_id = Uuid::try_parse(form.required("client_id")?);
        if client_id == Ok(self.partner.application_id) {
            Ok(())
        } else {
            Err(refusals::unknown_application())
        }
    }

    /// Checks the secret or the assertion of a request, and says whether it has one: a public client
    /// sends neither.
    pub(super) fn authenticate_client(&self, asked: &Asked) -> Result<bool, Refusal> {
        let form = &asked.form;
        if form.get("client_assertion_type").or(form.get("client_assertion")).is_some() {
            return self.check_assertion(asked).map(|()| true);
        }
        match form.get("client_secret") {
            None => Ok(false),
            Some(secret) if secret == self.partner.client_secret.expose_secret() => Ok(true),
            Some(_) => Err(refusals::wrong_secret()),
        }
    }

    fn check_assertion(&self, asked: &Asked) -> Result<(), Refusal> {
        let Asked { form, authority, now, .. } = asked;
        if form.required("client_assertion_type")? != JWT_BEARER {
            return Err(refusals::no_client_credential());
        }
        let assertion = form.required("client_assertion")?;
        let application_id = self.partner.application_id;
        assertion::check(assertion, &self.entra.certificates, application_id, authority, *now)
    }
}
