//! Audit records: what partners did, and when. Wire names of `auditrecords`.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::json::{Members, Unreadable};
use super::page::Page;
use super::{Undecodable, date};

/// One recorded action.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// Id of the record.
    pub id: Option<String>,
    /// Tenant of the partner.
    pub partner_id: Option<String>,
    /// Tenant of the customer.
    pub customer_id: Option<String>,
    /// Name of the customer.
    pub customer_name: Option<String>,
    /// Who did it.
    pub user_principal_name: Option<String>,
    /// With which application.
    pub application_id: Option<String>,
    /// `customer` for qualifications.
    pub resource_type: Option<String>,
    /// The resource before: JSON inside a string, kept so.
    pub resource_old_value: Option<String>,
    /// The resource after: JSON inside a string, kept so.
    pub resource_new_value: Option<String>,
    /// `update_customer_qualification` for qualifications.
    pub operation_type: Option<String>,
    /// The `MS-CorrelationId` of the call.
    pub original_correlation_id: Option<String>,
    /// When, UTC.
    pub operation_date: Option<DateTime<Utc>>,
    /// `succeeded`, `failed`, `progress` or `decline`.
    pub operation_status: Option<String>,
    /// Further facts, as `key` and `value`.
    pub customized_data: Map<String, Value>,
    /// Members that no document lists.
    pub extra: Map<String, Value>,
}

impl AuditRecord {
    /// Reads a page of records.
    pub(crate) fn page(body: &[u8]) -> Result<Page<Self>, Unreadable> {
        Page::decode(body, Self::from_value)
    }

    /// Reads one item of a page.
    pub(crate) fn from_value(value: Value) -> Result<Self, Undecodable> {
        let Value::Object(object) = value else {
            return Err(Undecodable::expected("an audit record object", &value));
        };
        let mut members = Members::new(object);
        Ok(Self {
            id: members.text("id"),
            partner_id: members.text("partnerId"),
            customer_id: members.text("customerId"),
            customer_name: members.text("customerName"),
            user_principal_name: members.text("userPrincipalName"),
            application_id: members.text("applicationId"),
            resource_type: members.text("resourceType"),
            resource_old_value: members.text("resourceOldValue"),
            resource_new_value: members.text("resourceNewValue"),
            operation_type: members.text("operationType"),
            original_correlation_id: members.text("originalCorrelationId"),
            operation_date: members.take("operationDate", |value| date::parse(value.as_str()?)),
            operation_status: members.text("operationStatus"),
            customized_data: members.take("customizedData", pairs).unwrap_or_default(),
            extra: members.rest(),
        })
    }
}

/// `[{"key": k, "value": v}]` as one object.
fn pairs(value: &Value) -> Option<Map<String, Value>> {
    let pair = |item: &Value| {
        let mut members = Members::new(item.as_object()?.clone());
        Some((members.text("key")?, members.take("value", |value| Some(value.clone()))?))
    };
    value.as_array()?.iter().map(pair).collect()
}
