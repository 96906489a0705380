//! Customers, in pages and one at a time.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};

use super::super::request::HttpRequest;
use super::super::state::State;
use super::super::wire::{Answer, Reply};
use super::collection::collection;
use super::customers::Customer;
use super::filter::Filter;
use super::paging::Page;
use super::refusals;
use super::route::CustomerId;

/// The filters that are served, both by the beginning and by the whole, in any case.
struct Search {
    by_domain: bool,
    whole: bool,
    lower: String,
}

impl Search {
    fn of(filter: &Filter) -> Result<Self, Reply> {
        let by_domain = match filter.field.to_ascii_lowercase().as_str() {
            "companyname" => false,
            "domain" => true,
            _ => return Err(refusals::invalid_property("filter: by CompanyName or Domain")),
        };
        let whole = match filter.operator.to_ascii_lowercase().as_str() {
            "starts_with" => false,
            "equals" => true,
            _ => return Err(refusals::search_operator()),
        };
        Ok(Self { by_domain, whole, lower: filter.value.to_lowercase() })
    }

    fn finds(&self, customer: &Customer) -> bool {
        let text = if self.by_domain { &customer.domain } else { &customer.company_name };
        let lower = text.to_lowercase();
        if self.whole { lower == self.lower } else { lower.starts_with(&self.lower) }
    }
}

impl State {
    pub(in crate::emulator) fn list_customers(&self, request: &HttpRequest, now: DateTime<Utc>) -> Answer {
        let page = Page::of(request, "customers", self, now)?;
        let search = Filter::of(request)?.as_ref().map(Search::of).transpose()?;
        let (found, next) = page.cut(self.customers.as_slice(), |customer| {
            search.as_ref().is_none_or(|search| search.finds(customer))
        });
        let items: Vec<_> = found.into_iter().map(Customer::item).collect();
        Ok(collection(request, &page, (items, next), &["filter"]))
    }

    pub(in crate::emulator) fn get_customer(&mut self, id: CustomerId) -> Answer {
        let partner = self.partner.tenant_id;
        let customer = self.customers.find(id)?;
        Ok(Reply::json(StatusCode::OK, &customer.details(partner)))
    }
}
