//! A decision as the service's own vetting system reports it to the service.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::super::Emulator;
use super::super::error::InvalidArgument;
use super::super::json;
use super::super::model::{Qualification, QualificationType, VettingStatus};
use super::super::text::{optional_guid, optional_moment};
use super::{Decision, levers};

/// The body, as far as it is used. The shape is the service's: members that we do not know are no
/// mistake.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    request_status: Option<RequestStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestStatus {
    status: Option<VettingStatus>,
    metadata: Option<Vec<Metadata>>,
    stack_services: Option<Vec<StackService>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default, deserialize_with = "optional_guid")]
    customer_id: Option<Uuid>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct StackService {
    status: Option<VettingStatus>,
    sub_status: Option<String>,
    #[serde(default, deserialize_with = "optional_moment")]
    completed_date_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "optional_moment")]
    expiration_date_time: Option<DateTime<Utc>>,
    is_duplicate: Option<bool>,
}

/// A decision on a customer's Education.
struct Report {
    customer_id: Uuid,
    status: VettingStatus,
    service: StackService,
}

impl Emulator {
    /// Decides a customer's Education by the body that the service's vetting system calls back with;
    /// gives the customer's id. It is decided at `completedDateTime`, without it at once; an approval
    /// ends at `expirationDateTime`.
    ///
    /// # Errors
    /// [`InvalidArgument`] for a part that is missing or cannot be read, an unknown customer, and a
    /// duplicate, which changes nothing.
    pub fn vetting_callback(&self, body: &Value) -> Result<Uuid, InvalidArgument> {
        const EDUCATION: QualificationType = QualificationType::Education;
        let report = Report::of(json::read(body)?)?;
        let mut state = self.state();
        let now = state.clock.now();
        let decision = report.decision(now)?;
        let customer = levers::customer(&mut state, report.customer_id)
            .map_err(|error| InvalidArgument { field: CUSTOMER_ID.to_owned(), ..error })?;
        customer.settle(now);
        levers::check(customer, EDUCATION, report.status)
            .map_err(|error| InvalidArgument { field: STATUS.to_owned(), ..error })?;
        let held = customer.qualification(EDUCATION).cloned();
        let held = held.unwrap_or_else(|| Qualification::vetted(EDUCATION, VettingStatus::InReview, now));
        customer.hold(Qualification { decision: Some(decision), ..held });
        customer.settle(now);
        Ok(report.customer_id)
    }
}

const CUSTOMER_ID: &str = "requestStatus.metadata[0].customerId";
const STATUS: &str = "requestStatus.status";
const SERVICE: &str = "requestStatus.stackServices[0]";

impl Report {
    fn of(body: Body) -> Result<Self, InvalidArgument> {
        let request = body.request_status.ok_or_else(|| missing("requestStatus"))?;
        let mut metadata = request.metadata.unwrap_or_default().into_iter();
        let customer_id = metadata.find_map(|entry| entry.customer_id).ok_or_else(|| missing(CUSTOMER_ID))?;
        let service = request.stack_services.unwrap_or_default().into_iter().next().unwrap_or_default();
        if service.is_duplicate == Some(true) {
            let cure = "nothing was changed: a duplicate is decided with its original";
            return Err(InvalidArgument::new(format!("{SERVICE}.isDuplicate"), "true", cure));
        }
        let status = request.status.or(service.status).ok_or_else(|| missing(STATUS))?;
        Ok(Self { customer_id, status, service })
    }

    fn decision(&self, now: DateTime<Utc>) -> Result<Decision, InvalidArgument> {
        let decision = Decision::new(self.service.completed_date_time.unwrap_or(now), self.status);
        Ok(match self.status {
            VettingStatus::InReview => decision,
            VettingStatus::Denied => Decision { reason: self.service.sub_status.clone(), ..decision },
            VettingStatus::Approved => Decision { lasts: self.lasts(decision.at)?, ..decision },
        })
    }

    fn lasts(&self, approved: DateTime<Utc>) -> Result<Option<Duration>, InvalidArgument> {
        let Some(expires) = self.service.expiration_date_time else {
            return Ok(None);
        };
        (expires - approved).to_std().map(Some).map_err(|_| {
            let cure = format!("pass a time after the approval, which is at {approved}");
            InvalidArgument::new(format!("{SERVICE}.expirationDateTime"), &expires, cure)
        })
    }
}

fn missing(field: &str) -> InvalidArgument {
    InvalidArgument::new(field, "missing", "pass it as the service's vetting system does")
}
