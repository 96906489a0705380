//! The customers as the emulator's levers tell of them: decisions that are due have come true.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::Emulator;
use super::api::customers::Customer;
use super::seeding::CustomerQualification;

/// A customer and what it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomerView {
    /// Its id.
    pub customer_id: Uuid,
    /// Its name.
    pub company_name: String,
    /// Its domain.
    pub domain: String,
    /// How often Education was asked for, with effect.
    pub education_requests: u32,
    /// What it holds.
    pub qualifications: Vec<CustomerQualification>,
}

/// Some of the customers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomerPage {
    /// How many there are.
    pub total: usize,
    /// Those that were asked for, in the order of their list.
    pub customers: Vec<CustomerView>,
}

impl CustomerView {
    fn of(customer: &mut Customer, now: DateTime<Utc>) -> Self {
        customer.settle(now);
        let held = customer.qualifications.iter().map(|held| CustomerQualification {
            qualification: held.kind,
            vetting_status: held.vetting_status,
            vetting_reason: held.vetting_reason.clone(),
            vetting_created_date: held.vetting_created_date,
        });
        Self {
            customer_id: customer.id,
            company_name: customer.company_name.clone(),
            domain: customer.domain.clone(),
            education_requests: customer.education_requests,
            qualifications: held.collect(),
        }
    }
}

impl Emulator {
    /// The customers whose names contain `name`, in any case; all for an empty one. The first `offset`
    /// of them are left out, and all beyond `limit`.
    #[must_use]
    pub fn customers(&self, offset: usize, limit: usize, name: &str) -> CustomerPage {
        let name = name.to_lowercase();
        let mut state = self.state();
        let now = state.clock.now();
        let mut page = CustomerPage { total: 0, customers: Vec::new() };
        let named = |customer: &&mut Customer| {
            name.is_empty() || customer.company_name.to_lowercase().contains(&name)
        };
        for customer in state.customers.iter_mut().filter(named) {
            if page.total >= offset && page.customers.len() < limit {
                page.customers.push(CustomerView::of(customer, now));
            }
            page.total += 1;
        }
        page
    }

    /// The customer of that id.
    #[must_use]
    pub fn customer(&self, id: Uuid) -> Option<CustomerView> {
        let mut state = self.state();
        let now = state.clock.now();
        state.customers.get_mut(id).map(|customer| CustomerView::of(customer, now))
    }
}
