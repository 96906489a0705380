//! Values as `samples.json` writes them: wire names, what is absent left out.

use chrono::{DateTime, SecondsFormat, Utc};
use partnercenter_qual::Fault;
use partnercenter_qual::model::{AuditRecord, Customer, Qualification, ValidationCode};
use serde_json::{Map, Value, json};

pub(crate) fn qualification(item: &Qualification) -> Value {
    object([
        ("qualification", Some(item.qualification.as_str().into())),
        ("vettingStatus", item.vetting_status.as_ref().map(|status| status.as_str().into())),
        ("vettingReason", text(item.vetting_reason.as_ref())),
        ("vettingCreateDate", item.vetting_created_date.map(date)),
        ("extra", filled(&item.extra)),
    ])
}

pub(crate) fn validation_code(code: &ValidationCode) -> Value {
    object([
        ("validationId", Some(code.validation_id.as_str().into())),
        ("partnerId", text(code.partner_id.as_ref())),
        ("organizationName", text(code.organization_name.as_ref())),
        ("maxCreates", code.max_creates.map(Value::from)),
        ("remainingCreates", code.remaining_creates.map(Value::from)),
        ("eTag", text(code.etag.as_ref())),
        ("extra", filled(&code.extra)),
    ])
}

pub(crate) fn customer(customer: &Customer) -> Value {
    object([
        ("customerId", Some(customer.customer_id.as_str().into())),
        ("companyName", text(customer.company_name.as_ref())),
        ("domain", text(customer.domain.as_ref())),
        ("relationshipToPartner", text(customer.relationship_to_partner.as_ref())),
        ("extra", filled(&customer.extra)),
    ])
}

pub(crate) fn audit_record(record: &AuditRecord) -> Value {
    object([
        ("id", text(record.id.as_ref())),
        ("partnerId", text(record.partner_id.as_ref())),
        ("customerId", text(record.customer_id.as_ref())),
        ("customerName", text(record.customer_name.as_ref())),
        ("userPrincipalName", text(record.user_principal_name.as_ref())),
        ("applicationId", text(record.application_id.as_ref())),
        ("resourceType", text(record.resource_type.as_ref())),
        ("resourceOldValue", text(record.resource_old_value.as_ref())),
        ("resourceNewValue", text(record.resource_new_value.as_ref())),
        ("operationType", text(record.operation_type.as_ref())),
        ("originalCorrelationId", text(record.original_correlation_id.as_ref())),
        ("operationDate", record.operation_date.map(date)),
        ("operationStatus", text(record.operation_status.as_ref())),
        ("customizedData", filled(&record.customized_data)),
        ("extra", filled(&record.extra)),
    ])
}

pub(crate) fn fault(fault: &Fault) -> Value {
    let data = (!fault.data.is_empty()).then(|| json!(fault.data));
    object([
        ("code", text(fault.code.as_ref())),
        ("message", Some(fault.message.as_str().into())),
        ("data", data),
        ("source", text(fault.source.as_ref())),
        ("error_name", text(fault.error_name.as_ref())),
        ("is_retryable", fault.is_retryable.map(Value::from)),
    ])
}

fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

fn text(text: Option<&String>) -> Option<Value> {
    text.map(|text| text.as_str().into())
}

fn filled(members: &Map<String, Value>) -> Option<Value> {
    (!members.is_empty()).then(|| members.clone().into())
}

fn date(date: DateTime<Utc>) -> Value {
    // As Python's `isoformat` writes it: six digits of a second, or none.
    let whole = date.timestamp_subsec_micros() == 0;
    let digits = if whole { SecondsFormat::Secs } else { SecondsFormat::Micros };
    date.to_rfc3339_opts(digits, false).into()
}
