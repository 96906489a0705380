//! The partner's customers, in pages and one at a time.

use std::collections::HashMap;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::model::{Qualification, QualificationType};
use super::paging::{Attributes, Filter, Link, Page, collection};
use super::refusals;
use super::request::{CustomerId, HttpRequest};
use super::state::State;
use super::wire::{Answer, Reply};

/// A customer and what it holds.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) id: Uuid,
    commerce_id: Uuid,
    pub(super) company_name: String,
    pub(super) domain: String,
    pub(super) qualifications: Vec<Qualification>,
    /// How often Education was asked for, with effect.
    pub(super) education_requests: u32,
}

impl Customer {
    pub(super) fn new(id: Uuid, commerce_id: Uuid, company_name: String, domain: String) -> Self {
        Self { id, commerce_id, company_name, domain, qualifications: Vec::new(), education_requests: 0 }
    }

    /// Lets every decision come true whose time has come.
    pub(super) fn settle(&mut self, now: DateTime<Utc>) {
        for qualification in &mut self.qualifications {
            qualification.settle(now);
        }
    }

    pub(super) fn qualification(&self, kind: QualificationType) -> Option<&Qualification> {
        self.qualifications.iter().find(|held| held.kind == kind)
    }

    /// Adds a qualification, or puts it in the place of the one of the same type.
    pub(super) fn hold(&mut self, qualification: Qualification) {
        let same = |held: &&mut Qualification| held.kind == qualification.kind;
        match self.qualifications.iter_mut().find(same) {
            Some(held) => *held = qualification,
            None => self.qualifications.push(qualification),
        }
    }
}

/// All customers, in their order and by id.
#[derive(Debug)]
pub(super) struct Directory {
    list: Vec<Customer>,
    places: HashMap<Uuid, usize>,
}

impl Directory {
    pub(super) fn new(list: Vec<Customer>) -> Self {
        let places = list.iter().enumerate().map(|(place, customer)| (customer.id, place)).collect();
        Self { list, places }
    }

    pub(super) fn ids(&self) -> Vec<Uuid> {
        self.iter().map(|customer| customer.id).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Customer> {
        self.list.iter()
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut Customer> {
        self.list.get_mut(*self.places.get(&id)?)
    }

    /// The customer of a path, or the refusal that a malformed or unknown id deserves.
    pub(super) fn find(&mut self, id: CustomerId) -> Result<&mut Customer, Reply> {
        let id = id.ok_or_else(refusals::invalid_customer_id)?;
        self.get_mut(id).ok_or_else(|| refusals::tenant_not_found(Some(id)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomerItem<'a> {
    id: Uuid,
    company_profile: CompanyProfile<'a>,
    relationship_to_partner: &'static str,
    links: SelfLink,
    attributes: Attributes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CompanyProfile<'a> {
    tenant_id: Uuid,
    domain: &'a str,
    company_name: &'a str,
    links: SelfLink,
    attributes: Attributes,
}

#[derive(Serialize)]
struct SelfLink {
    #[serde(rename = "self")]
    this: Link,
}

/// What only the answer for a single customer has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomerDetails<'a> {
    #[serde(flatten)]
    item: CustomerItem<'a>,
    commerce_id: Uuid,
    billing_profile: BillingProfile<'a>,
    allow_delegated_access: bool,
    custom_domains: [&'a str; 1],
    associated_partner_id: Uuid,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BillingProfile<'a> {
    email: String,
    culture: &'static str,
    language: &'static str,
    company_name: &'a str,
    attributes: Attributes,
}

impl Customer {
    fn item(&self) -> CustomerItem<'_> {
        let link = |rest| SelfLink { this: Link::to(format!("/v1/customers/{}{rest}", self.id)) };
        CustomerItem {
            id: self.id,
            company_profile: CompanyProfile {
                tenant_id: self.id,
                domain: &self.domain,
                company_name: &self.company_name,
                links: link("/profiles/company"),
                attributes: Attributes::of("CustomerCompanyProfile"),
            },
            relationship_to_partner: "reseller",
            links: link(""),
            attributes: Attributes::of("Customer"),
        }
    }

    fn details(&self, partner: Uuid) -> CustomerDetails<'_> {
        CustomerDetails {
            item: self.item(),
            commerce_id: self.commerce_id,
            billing_profile: BillingProfile {
                email: format!("billing@{}", self.domain),
                culture: "en-US",
                language: "en",
                company_name: &self.company_name,
                attributes: Attributes {
                    etag: Some(format!("W/\"{}\"", self.commerce_id.simple())),
                    object_type: "CustomerBillingProfile",
                },
            },
            allow_delegated_access: true,
            custom_domains: [&self.domain],
            associated_partner_id: partner,
        }
    }
}

impl State {
    pub(super) fn list_customers(&self, request: &HttpRequest) -> Answer {
        const NAME: &str = "customers";
        let page = Page::of(request, NAME)?;
        let prefix = match Filter::of(request)? {
            None => String::new(),
            Some(filter) => name_prefix(&filter)?,
        };
        let (found, next) = page.cut(&self.customers.list, |customer| {
            prefix.is_empty() || customer.company_name.to_lowercase().starts_with(&prefix)
        });
        let items: Vec<_> = found.into_iter().map(Customer::item).collect();
        Ok(collection(request, NAME, &page, (items, next), &["filter"]))
    }

    pub(super) fn get_customer(&mut self, id: CustomerId) -> Answer {
        let partner = self.partner.tenant_id;
        let customer = self.customers.find(id)?;
        Ok(Reply::json(StatusCode::OK, &customer.details(partner)))
    }
}

/// The lower-case prefix of the one filter that is served.
fn name_prefix(filter: &Filter) -> Result<String, Reply> {
    if !filter.field.eq_ignore_ascii_case("CompanyName") {
        return Err(refusals::invalid_property("filter: only by CompanyName"));
    }
    if !filter.operator.eq_ignore_ascii_case("starts_with") {
        return Err(refusals::search_operator());
    }
    Ok(filter.value.to_lowercase())
}
