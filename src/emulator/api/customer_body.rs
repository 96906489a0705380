//! Customers as answers show them.

use serde::Serialize;
use uuid::Uuid;

use super::collection::{Attributes, Link};
use super::customers::Customer;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::emulator) struct CustomerItem<'a> {
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
pub(in crate::emulator) struct CustomerDetails<'a> {
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
    pub(in crate::emulator) fn item(&self) -> CustomerItem<'_> {
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

    /// What the answer for this customer alone has.
    pub(in crate::emulator) fn details(&self, partner: Uuid) -> CustomerDetails<'_> {
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
