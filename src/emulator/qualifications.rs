//! The qualifications of a customer: reading them, and the rules by which one can be had.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};

use super::Config;
use super::audit::AuditRecord;
use super::customers::Customer;
use super::journal::Effect;
use super::model::{Qualification, QualificationType, VettingStatus, same_name};
use super::refusals;
use super::request::{CustomerId, HttpRequest};
use super::seed::{ValidationCode, guid};
use super::state::State;
use super::token::Claims;
use super::wire::{Answer, Reply, header_text};

/// How often a customer's Education can be asked for in all.
const EDUCATION_REQUESTS: u32 = 3;

/// The body of a request, checked as far as that is possible without knowing the customer.
#[derive(Debug)]
struct Wanted {
    qualification: QualificationType,
    validation_code: Option<String>,
}

impl Wanted {
    fn of(request: &HttpRequest) -> Result<Self, Reply> {
        let members = request.members()?;
        let name = members
            .text("qualification")?
            .ok_or_else(|| refusals::invalid_property("qualification: required"))?;
        let qualification = match name.parse() {
            Ok(QualificationType::Nonprofit) | Err(_) => {
                return Err(refusals::not_in_enum(&format!("qualification: {name}")));
            }
            Ok(qualification) => qualification,
        };
        let segment = members.text("educationSegment")?;
        members.text("website")?;
        if qualification == QualificationType::Education {
            check_segment(segment.as_deref())?;
        }
        // The query is where the code stood before 2022.
        let body_code = members.text("validationCode")?;
        let validation_code = body_code.map(String::from).or_else(|| request.query("code"));
        Ok(Self { qualification, validation_code })
    }
}

fn check_segment(segment: Option<&str>) -> Result<(), Reply> {
    match segment {
        None => Err(refusals::invalid_property("educationSegment: required with Education")),
        Some(segment) if ["K12", "HigherEducation"].iter().any(|name| same_name(segment, name)) => Ok(()),
        Some(segment) => Err(refusals::not_in_enum(&format!("educationSegment: {segment}"))),
    }
}

/// Whether the customer may have it, whatever code comes along.
fn check_customer(customer: &Customer, wanted: QualificationType) -> Result<(), Reply> {
    use QualificationType::{Education, GovernmentCommunityCloud};
    let has = |kind| {
        customer.qualification(kind).is_some_and(|held| held.vetting_status != Some(VettingStatus::Denied))
    };
    if has(wanted) {
        return Err(refusals::already_requested(wanted.as_str()));
    }
    let clashes = match wanted {
        Education => has(GovernmentCommunityCloud),
        GovernmentCommunityCloud => has(Education),
        _ => false,
    };
    if clashes {
        return Err(refusals::cannot_combine());
    }
    if wanted == Education && customer.education_requests >= EDUCATION_REQUESTS {
        return Err(refusals::tagging_denied());
    }
    Ok(())
}

/// The validation code that the request names, if it can still be used.
fn usable_code<'a>(
    codes: &'a mut [ValidationCode],
    wanted: &Wanted,
) -> Result<&'a mut ValidationCode, Reply> {
    let code = wanted.validation_code.as_deref().ok_or_else(|| {
        refusals::invalid_property("validationCode: required with GovernmentCommunityCloud")
    })?;
    codes
        .iter_mut()
        .find(|known| known.validation_id == code && known.remaining_creates > 0)
        .ok_or_else(|| refusals::code_not_usable(code))
}

/// Education as it stands right after it was asked for.
fn in_review(customer: &mut Customer, config: &Config, now: DateTime<Utc>) -> Qualification {
    customer.education_requests += 1;
    let attempt = customer.education_requests;
    let kind = QualificationType::Education;
    Qualification {
        decision: config.vetting.decision(config.seed, customer.id, attempt, now),
        ..Qualification::vetted(kind, VettingStatus::InReview, now)
    }
}

impl State {
    pub(super) fn get_qualifications(&mut self, id: CustomerId, now: DateTime<Utc>) -> Answer {
        let customer = self.customers.find(id)?;
        customer.settle(now);
        Ok(Reply::json(StatusCode::OK, &customer.qualifications))
    }

    pub(super) fn list_validation_codes(&self) -> Reply {
        Reply::json(StatusCode::OK, &self.partner.codes)
    }

    /// Answers the request, or repeats the first answer to the same `MS-RequestId`.
    pub(super) fn request_qualification(
        &mut self,
        request: &HttpRequest,
        id: CustomerId,
        caller: &Claims,
        now: DateTime<Utc>,
    ) -> Answer {
        if caller.is_app_only() {
            return Err(refusals::app_only_not_supported());
        }
        let remembered = self.config.dedupe && request.ids.repeatable;
        let request_id = header_text(&request.ids.request_id);
        if remembered && let Some(first) = self.answered.get(&request_id) {
            return Ok(first);
        }
        let (Ok(reply) | Err(reply)) = self.grant(request, id, now);
        if remembered {
            self.answered.remember(request_id, reply.clone());
        }
        Ok(reply)
    }

    /// Checks everything, and only then changes anything.
    fn grant(&mut self, request: &HttpRequest, id: CustomerId, now: DateTime<Utc>) -> Answer {
        let customer = self.customers.find(id)?;
        let wanted = Wanted::of(request)?;
        customer.settle(now);
        check_customer(customer, wanted.qualification)?;
        let granted = match wanted.qualification {
            QualificationType::Education => in_review(customer, &self.config, now),
            QualificationType::GovernmentCommunityCloud => {
                usable_code(&mut self.partner.codes, &wanted)?.redeem(now);
                Qualification::vetted(wanted.qualification, VettingStatus::Approved, now)
            }
            kind => Qualification::unvetted(kind),
        };
        let reply = Reply::json(StatusCode::CREATED, &granted);
        let id = guid(&mut self.rng);
        let record = AuditRecord::of(id, &self.partner, customer, &granted, request, now);
        self.audit.push(record);
        self.effects.push(Effect {
            customer_id: customer.id,
            qualification: wanted.qualification,
            request_id: header_text(&request.ids.request_id),
            at: now,
        });
        customer.hold(granted);
        Ok(reply)
    }
}
