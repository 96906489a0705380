//! Which operation a request is for.

use chrono::{DateTime, Utc};

use super::super::request::HttpRequest;
use super::super::state::State;
use super::super::token::Claims;
use super::super::wire::Answer;
use super::refusals;
use super::route::{Resource, operation};

impl State {
    pub(in crate::emulator) fn operate(
        &mut self,
        request: &HttpRequest,
        resource: Resource,
        caller: &Claims,
        now: DateTime<Utc>,
    ) -> Answer {
        if matches!(resource, Resource::Qualification(_)) && !self.config.wire.retired_pair {
            return Err(refusals::no_such_resource());
        }
        match (operation(&request.method), resource) {
            ("GET", Resource::Customers) => self.list_customers(request, now),
            ("GET", Resource::Customer(id)) => self.get_customer(id),
            ("GET", Resource::Qualifications(id)) => self.get_qualifications(id, now),
            ("GET", Resource::Qualification(id)) => self.get_qualification(id, now),
            ("GET", Resource::Validation(id)) => self.get_validation(id),
            ("GET", Resource::ValidationCodes) => Ok(self.list_validation_codes()),
            ("GET", Resource::AuditRecords) => self.list_audit_records(request, now),
            ("POST", Resource::Qualifications(id)) => self.once((request, resource), caller, now, |state| {
                state.request_qualification(request, id, now)
            }),
            ("PUT", Resource::Qualification(id)) => {
                self.once((request, resource), caller, now, |state| state.put_qualification(request, id, now))
            }
            _ => Err(refusals::method_not_allowed(resource.methods())),
        }
    }
}
