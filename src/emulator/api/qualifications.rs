//! The qualifications of a customer: reading them, and the rules by which one can be had.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};

use super::super::Config;
use super::super::id::Id;
use super::super::journal::Effect;
use super::super::model::{Qualification, QualificationType, VettingStatus};
use super::super::request::HttpRequest;
use super::super::seed::{digest, guid};
use super::super::state::State;
use super::super::token::Claims;
use super::super::wire::{Answer, Reply, header_text};
use super::super::wire_switches::Created;
use super::audit::AuditRecord;
use super::customers::Customer;
use super::qualification_body::{Held, Item, Wrapper};
use super::refusals;
use super::route::{CustomerId, Resource};
use super::validation_codes::{Redeemed, usable_code};
use super::wanted::Wanted;

/// How often a customer's Education can be asked for in all.
const EDUCATION_REQUESTS: u32 = 3;

/// Whether the customer may have what it does not have yet, whatever code comes along.
fn check_customer(customer: &Customer, wanted: QualificationType) -> Result<(), Reply> {
    if wanted.excludes().is_some_and(|other| customer.holds(other)) {
        return Err(refusals::cannot_combine());
    }
    if wanted == QualificationType::Education && customer.education_requests >= EDUCATION_REQUESTS {
        return Err(refusals::tagging_denied());
    }
    Ok(())
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
    pub(in crate::emulator) fn get_qualifications(&mut self, id: CustomerId, now: DateTime<Utc>) -> Answer {
        let wire = self.config.wire;
        let qualifications = self.customers.find(id)?.read(now);
        Ok(Reply::json(StatusCode::OK, &Held { qualifications, wire }))
    }

    pub(in crate::emulator) fn request_qualification(
        &mut self,
        request: &HttpRequest,
        id: CustomerId,
        now: DateTime<Utc>,
    ) -> Answer {
        self.customers.find(id)?;
        let wanted = Wanted::of(request)?;
        let qualification = &self.grant(request, id, &wanted, now)?;
        let wire = self.config.wire;
        Ok(match wire.created {
            Created::Object => Reply::json(StatusCode::CREATED, &Item { qualification, wire }),
            Created::Wrapper => Reply::json(StatusCode::OK, &Wrapper::of(qualification, wire)),
        })
    }

    /// Answers what only a user may ask for, or repeats the first answer to the same `MS-RequestId`
    /// for the same resource.
    pub(in crate::emulator) fn once(
        &mut self,
        (request, resource): (&HttpRequest, Resource),
        caller: &Claims,
        now: DateTime<Utc>,
        answer: impl FnOnce(&mut Self) -> Answer,
    ) -> Answer {
        if caller.is_app_only() {
            return Err(refusals::app_only_not_supported());
        }
        if !request.ids.repeatable {
            return answer(self);
        }
        let key = (Id::of(&request.ids.request_id), resource);
        self.answered.note(&key, (request.method.as_str(), request.target()), now);
        if let Some(first) = self.answered.get(&key) {
            return Ok(first);
        }
        let (Ok(reply) | Err(reply)) = answer(self);
        self.answered.remember(key, self.config.dedupe.then(|| reply.clone()));
        Ok(reply)
    }

    /// Gives the customer what is wanted: checks everything, and only then changes anything.
    pub(in crate::emulator) fn grant(
        &mut self,
        request: &HttpRequest,
        id: CustomerId,
        wanted: &Wanted,
        now: DateTime<Utc>,
    ) -> Result<Qualification, Reply> {
        let customer = self.customers.find(id)?;
        customer.settle(now);
        if customer.holds(wanted.qualification) {
            let request_id = Id::of(&request.ids.request_id);
            self.posts.again(customer.id, wanted.qualification, request_id);
            return Err(refusals::already_requested(wanted.qualification.as_str()));
        }
        check_customer(customer, wanted.qualification)?;
        let granted = match wanted.qualification {
            QualificationType::Education => in_review(customer, &self.config, now),
            QualificationType::GovernmentCommunityCloud => {
                let code = usable_code(&mut self.partner.codes, wanted)?;
                code.redeem(now);
                customer.redeemed = Some(Redeemed::from(&*code));
                Qualification::vetted(wanted.qualification, VettingStatus::Approved, now)
            }
            kind => Qualification::unvetted(kind),
        };
        let drawn = digest(self.config.seed, &[b"audit", &self.audit.len().to_le_bytes()]);
        let id = guid(&mut fastrand::Rng::with_seed(drawn));
        self.audit.push(AuditRecord::of(id, &self.partner, customer, &granted, request, now));
        let effect = Effect {
            customer_id: customer.id,
            qualification: wanted.qualification,
            request_id: header_text(&request.ids.request_id),
            at: now,
        };
        self.posts.took_effect(&effect);
        self.effects.push(effect);
        customer.hold(granted.clone());
        Ok(granted)
    }
}
