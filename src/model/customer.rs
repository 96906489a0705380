//! Customers of the partner. Wire names of `customers` and `customers/{id}`.

use serde_json::{Map, Value};

use super::Undecodable;
use super::json::{Members, Unreadable};
use super::page::Page;

/// A customer of the partner.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// The customer's tenant id.
    pub customer_id: String,
    /// Name of the organisation.
    pub company_name: Option<String>,
    /// Default domain of the tenant.
    pub domain: Option<String>,
    /// `reseller`, `advisor` and so on.
    pub relationship_to_partner: Option<String>,
    /// Every other member, verbatim; what is left of `companyProfile` under that name.
    pub extra: Map<String, Value>,
}

impl Customer {
    /// Reads a page of customers.
    pub(crate) fn page(body: &[u8]) -> Result<Page<Self>, Unreadable> {
        Page::decode(body, Self::from_value)
    }

    /// Reads a customer, from the list or by id.
    pub(crate) fn from_value(value: Value) -> Result<Self, Undecodable> {
        let Value::Object(object) = value else {
            return Err(Undecodable::expected("a customer object", &value));
        };
        let mut members = Members::new(object);
        let mut profile = members.object("companyProfile").unwrap_or_else(|| Members::new(Map::new()));
        let id = members.text("id");
        let tenant_id = if id.is_none() { profile.text("tenantId") } else { None };
        let customer = Self {
            customer_id: id.or(tenant_id).ok_or_else(|| Undecodable::missing("id"))?,
            company_name: profile.text("companyName"),
            domain: profile.text("domain"),
            relationship_to_partner: members.text("relationshipToPartner"),
            extra: Map::new(),
        };
        let rest = profile.rest();
        if !rest.is_empty() {
            members.put("companyProfile", rest.into());
        }
        Ok(Self { extra: members.rest(), ..customer })
    }
}
