//! Validation codes: the partner's, and the one that a customer's Government Community Cloud came by.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::seed::ValidationCode;
use super::super::state::State;
use super::super::wire::{Answer, Reply};
use super::refusals;
use super::route::CustomerId;
use super::wanted::Wanted;

/// The code that a customer redeemed, as it was right after that.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::emulator) struct Redeemed {
    validation_id: String,
    organization_name: String,
    e_tag: String,
}

impl From<&ValidationCode> for Redeemed {
    fn from(code: &ValidationCode) -> Self {
        Self {
            validation_id: code.validation_id.clone(),
            organization_name: code.organization_name.clone(),
            e_tag: code.e_tag.clone(),
        }
    }
}

/// The validation code that the request names, if it can still be used.
pub(in crate::emulator) fn usable_code<'a>(
    codes: &'a mut [ValidationCode],
    wanted: &Wanted,
) -> Result<&'a mut ValidationCode, Reply> {
    let code = wanted.validation_code.as_deref().unwrap_or_default();
    codes
        .iter_mut()
        .find(|known| known.validation_id == code && known.remaining_creates > 0)
        .ok_or_else(|| refusals::code_not_usable(code))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GccValidation<'a> {
    partner_id: Uuid,
    organization_name: &'a str,
    validation_id: &'a str,
    max_creates: u32,
    remaining_creates: u32,
    e_tag: &'a str,
}

impl<'a> From<&'a ValidationCode> for GccValidation<'a> {
    fn from(code: &'a ValidationCode) -> Self {
        Self {
            partner_id: code.partner_id,
            organization_name: &code.organization_name,
            validation_id: &code.validation_id,
            max_creates: code.max_creates,
            remaining_creates: code.remaining_creates,
            e_tag: &code.e_tag,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GccValidationRelationship<'a> {
    partner_id: Uuid,
    customer_id: Uuid,
    validation_id: &'a str,
    organization_name: &'a str,
    e_tag: &'a str,
}

impl State {
    pub(in crate::emulator) fn list_validation_codes(&self) -> Reply {
        let codes: Vec<_> = self.partner.codes.iter().map(GccValidation::from).collect();
        Reply::json(StatusCode::OK, &codes)
    }

    pub(in crate::emulator) fn get_validation(&mut self, id: CustomerId) -> Answer {
        let customer = self.customers.find(id)?;
        let redeemed = customer.redeemed.as_ref().ok_or_else(|| refusals::no_validation(customer.id))?;
        let body = GccValidationRelationship {
            partner_id: self.partner.tenant_id,
            customer_id: customer.id,
            validation_id: &redeemed.validation_id,
            organization_name: &redeemed.organization_name,
            e_tag: &redeemed.e_tag,
        };
        Ok(Reply::json(StatusCode::OK, &body))
    }
}
