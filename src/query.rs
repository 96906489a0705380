//! What lists are asked for: checked arguments turned into paths.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use crate::error::{Error, Refusal};
use crate::model::{CustomerId, date};

/// The largest page of the service, and its default.
const LARGEST_PAGE: i64 = 500;

/// Which customers, in pages of what size.
#[derive(Debug, Clone)]
pub struct CustomerQuery {
    page_size: i64,
    name_prefix: Option<String>,
}

impl CustomerQuery {
    /// Checks a query.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] naming `page_size` or `name_prefix`.
    pub fn new(page_size: i64, name_prefix: Option<&str>) -> Result<Self, Error> {
        if !(1..=LARGEST_PAGE).contains(&page_size) {
            return Err(Refusal::argument(
                "page_size",
                &page_size.to_string(),
                "pass a whole number from 1 to 500",
            ));
        }
        if name_prefix.is_some_and(|prefix| prefix.trim().is_empty()) {
            let cure = "pass the first letters of a company name, or leave it out for all customers";
            return Err(Refusal::argument("name_prefix", name_prefix.unwrap_or_default(), cure));
        }
        Ok(Self { page_size, name_prefix: name_prefix.map(str::to_owned) })
    }

    pub(crate) fn path(&self) -> String {
        let mut pairs = vec![("size", self.page_size.to_string())];
        if let Some(prefix) = &self.name_prefix {
            let filter = json!({"Field": "CompanyName", "Value": prefix, "Operator": "starts_with"});
            pairs.push(("filter", filter.to_string()));
        }
        path("customers", &pairs)
    }
}

impl Default for CustomerQuery {
    fn default() -> Self {
        Self { page_size: LARGEST_PAGE, name_prefix: None }
    }
}

/// Which audit records.
#[derive(Debug, Clone)]
pub struct AuditQuery {
    start: NaiveDate,
    end: Option<NaiveDate>,
    customer_id: Option<CustomerId>,
}

impl AuditQuery {
    /// Checks a query. Dates are ISO 8601; of a time, its date in UTC counts.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] naming `start_date`, `end_date` or `customer_id`.
    pub fn new(start_date: &str, end_date: Option<&str>, customer_id: Option<&str>) -> Result<Self, Error> {
        let start = day("start_date", start_date)?;
        let end = end_date.map(|text| day("end_date", text)).transpose()?;
        if end.is_some_and(|end| end < start) {
            let cure = "pass an end_date that is not before start_date";
            return Err(Refusal::argument("end_date", end_date.unwrap_or_default(), cure));
        }
        let customer_id = customer_id.map(CustomerId::parse).transpose()?;
        Ok(Self { start, end, customer_id })
    }

    pub(crate) fn path(&self) -> String {
        let mut pairs = vec![("startDate", self.start.to_string())];
        pairs.extend(self.end.map(|end| ("endDate", end.to_string())));
        if let Some(customer_id) = self.customer_id {
            let filter =
                json!({"Field": "CustomerId", "Value": customer_id.to_string(), "Operator": "equals"});
            pairs.push(("filter", filter.to_string()));
        }
        path("auditrecords", &pairs)
    }
}

fn day(field: &'static str, text: &str) -> Result<NaiveDate, Error> {
    let text = text.trim();
    date::parse(&format!("{text}T00:00"))
        .or_else(|| date::parse(text))
        .map(|time| time.date_naive())
        .ok_or_else(|| Refusal::argument(field, text, "pass a date, a datetime, or text such as 2026-11-20"))
}

/// Reads the `MS-RequestId` that a caller chose.
///
/// # Errors
/// [`Error::InvalidArgument`] naming `request_id`.
pub fn request_id(text: &str) -> Result<Uuid, Error> {
    crate::model::guid("request_id", text, "pass a GUID, or leave it out to have one drawn")
}

fn path(collection: &str, pairs: &[(&str, String)]) -> String {
    let query = url::Url::parse_with_params("http://localhost", pairs)
        .ok()
        .and_then(|url| url.query().map(str::to_owned))
        .unwrap_or_default();
    format!("/v1/{collection}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers() {
        assert_eq!(CustomerQuery::default().path(), "/v1/customers?size=500");
        let path = CustomerQuery::new(40, Some("A&B \u{e9}")).unwrap().path();
        assert!(path.starts_with("/v1/customers?size=40&filter=%7B%22"), "{path}");
        assert!(path.contains("A%26B+%C3%A9"), "{path}");
        for bad in [0, -1, 501] {
            CustomerQuery::new(bad, None).unwrap_err();
        }
        CustomerQuery::new(1, Some(" ")).unwrap_err();
    }

    #[test]
    fn audit_records() {
        let query = AuditQuery::new("2026-11-01", Some("2026-11-20T23:30:00-02:00"), None).unwrap();
        assert_eq!(query.path(), "/v1/auditrecords?startDate=2026-11-01&endDate=2026-11-21");
        for bad in ["07/09/2020", "2026-1-1", "+12026-01-01", "2026-02-30", "20261101", "2026-11-01T", ""] {
            AuditQuery::new(bad, None, None).unwrap_err();
        }
        AuditQuery::new("2026-11-02", Some("2026-11-01"), None).unwrap_err();
        AuditQuery::new("2026-11-02", None, Some("x")).unwrap_err();
    }
}
