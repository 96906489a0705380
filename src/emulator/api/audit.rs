//! Audit records: one for each request for a qualification that took effect.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::model::{Qualification, same_name};
use super::super::request::HttpRequest;
use super::super::seed::Partner;
use super::super::state::State;
use super::super::text::required_moment;
use super::super::token::USER_PRINCIPAL_NAME;
use super::super::wire::{Answer, Reply, header_text};
use super::super::wire_date::WireDate;
use super::super::wire_switches::Wire;
use super::collection::{Attributes, collection};
use super::customers::Customer;
use super::filter::Filter;
use super::paging::Page;
use super::qualification_body::Item;
use super::refusals;

/// How far back records can be asked for.
const KEPT_DAYS: u64 = 90;
/// How far back records go when no start is given.
const DEFAULT_DAYS: u64 = 30;

/// A request for a qualification that took effect.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::emulator) struct AuditRecord {
    id: Uuid,
    partner_id: Uuid,
    customer_id: Uuid,
    customer_name: String,
    application_id: Uuid,
    /// JSON; absent where the customer had no such qualification before.
    resource_old_value: Option<String>,
    resource_new_value: String,
    original_correlation_id: String,
    #[serde(deserialize_with = "required_moment")]
    operation_date: DateTime<Utc>,
}

const RESOURCE_TYPE: &str = "customer";

impl AuditRecord {
    /// The record of `customer` being about to hold `new`.
    pub(in crate::emulator) fn of(
        id: Uuid,
        partner: &Partner,
        customer: &Customer,
        new: &Qualification,
        request: &HttpRequest,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            partner_id: partner.tenant_id,
            customer_id: customer.id,
            customer_name: customer.company_name.clone(),
            application_id: partner.application_id,
            resource_old_value: customer.qualification(new.kind).map(resource_value),
            resource_new_value: resource_value(new),
            original_correlation_id: header_text(&request.ids.correlation_id),
            operation_date: now,
        }
    }

    fn item(&self) -> AuditItem<'_> {
        AuditItem {
            id: self.id,
            partner_id: self.partner_id,
            customer_id: self.customer_id,
            customer_name: &self.customer_name,
            user_principal_name: USER_PRINCIPAL_NAME,
            application_id: self.application_id,
            resource_type: RESOURCE_TYPE,
            resource_old_value: self.resource_old_value.as_deref(),
            resource_new_value: &self.resource_new_value,
            operation_type: "update_customer_qualification",
            original_correlation_id: &self.original_correlation_id,
            operation_date: WireDate::new(self.operation_date),
            operation_status: "succeeded",
            customized_data: [],
            attributes: Attributes::of("AuditRecord"),
        }
    }
}

/// A qualification as an audit record shows it: in the form of today, whatever the switches say, because
/// what is on record does not change its form.
fn resource_value(qualification: &Qualification) -> String {
    // Strings alone: this always serialises.
    serde_json::to_string(&Item { qualification, wire: Wire::default() }).unwrap_or_default()
}

/// A record as answers show it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuditItem<'a> {
    id: Uuid,
    partner_id: Uuid,
    customer_id: Uuid,
    customer_name: &'a str,
    user_principal_name: &'static str,
    application_id: Uuid,
    resource_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_old_value: Option<&'a str>,
    resource_new_value: &'a str,
    operation_type: &'static str,
    original_correlation_id: &'a str,
    operation_date: WireDate,
    operation_status: &'static str,
    customized_data: [(); 0],
    attributes: Attributes,
}

impl State {
    pub(in crate::emulator) fn list_audit_records(
        &self,
        request: &HttpRequest,
        now: DateTime<Utc>,
    ) -> Answer {
        let page = Page::of(request, "auditrecords", self, now)?;
        let (start, end) = period(request, now)?;
        let filter = Filter::of(request)?.map(Matcher::of).transpose()?;
        let (found, next) = page.cut(&self.audit, |record| {
            (start..=end).contains(&record.operation_date)
                && filter.as_ref().is_none_or(|filter| filter.matches(record))
        });
        let items: Vec<_> = found.into_iter().map(AuditRecord::item).collect();
        Ok(collection(request, &page, (items, next), &["startDate", "endDate", "filter"]))
    }
}

/// The first and the last moment asked for.
fn period(request: &HttpRequest, now: DateTime<Utc>) -> Result<(DateTime<Utc>, DateTime<Utc>), Reply> {
    let today = now.date_naive();
    let days_ago = |days| midnight(today.checked_sub_days(Days::new(days)).unwrap_or(today));
    let start = match request.query("startDate") {
        None => days_ago(DEFAULT_DAYS),
        Some(text) => moment(&text, "startDate")?.0,
    };
    let end = match request.query("endDate") {
        None => now,
        Some(text) => moment(&text, "endDate")?.1,
    };
    if start < days_ago(KEPT_DAYS) {
        return Err(refusals::invalid_property("startDate: more than 90 days ago"));
    }
    if end < start {
        return Err(refusals::invalid_property("endDate: before startDate"));
    }
    Ok((start, end))
}

/// A day's first and last moment; a date with a time is both.
fn moment(text: &str, name: &str) -> Result<(DateTime<Utc>, DateTime<Utc>), Reply> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
        let last = midnight(next) - chrono::TimeDelta::nanoseconds(1);
        return Ok((midnight(day), last));
    }
    DateTime::parse_from_rfc3339(text)
        .map(|at| (at.to_utc(), at.to_utc()))
        .map_err(|_| refusals::invalid_property(&format!("{name}: not a date")))
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// The documented filters.
enum Matcher {
    Customer(String),
    CompanyName(String),
    Resource(String),
}

impl Matcher {
    fn of(filter: Filter) -> Result<Self, Reply> {
        match filter.field.to_ascii_lowercase().as_str() {
            "customerid" => Ok(Self::Customer(filter.value)),
            "companyname" => Ok(Self::CompanyName(filter.value.to_lowercase())),
            "resourcetype" => Ok(Self::Resource(filter.value)),
            _ => Err(refusals::invalid_property("filter: by CustomerId, CompanyName or ResourceType")),
        }
    }

    fn matches(&self, record: &AuditRecord) -> bool {
        match self {
            Self::Customer(id) => record.customer_id.to_string().eq_ignore_ascii_case(id),
            Self::CompanyName(part) => record.customer_name.to_lowercase().contains(part),
            Self::Resource(kind) => same_name(kind, RESOURCE_TYPE),
        }
    }
}
