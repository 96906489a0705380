//! What a program is to do, as the Python programs are told it.

use std::cell::Cell;
use std::fs;
use std::io::Read;

use serde::Deserialize;

use crate::Outcome;

/// The plan's JSON.
#[derive(Deserialize)]
struct Given {
    url: String,
    token: String,
    ids: String,
    requests: usize,
    concurrency: usize,
}

/// What a program is to do.
pub struct Plan {
    /// Where the API is.
    pub url: String,
    /// The header that every request carries.
    pub authorization: String,
    /// The ids to ask for.
    pub customers: Vec<String>,
    /// How many requests may be in flight.
    pub concurrency: usize,
}

impl Plan {
    pub fn read(input: impl Read) -> Outcome<Self> {
        let given: Given = serde_json::from_reader(input)?;
        let ids = fs::read_to_string(given.ids)?;
        Ok(Self {
            authorization: format!("Bearer {}", given.token),
            customers: ids.lines().cycle().take(given.requests).map(str::to_owned).collect(),
            url: given.url,
            concurrency: given.concurrency,
        })
    }
}

/// Customers that tasks of one thread take, one after the other.
pub struct Queue<'a> {
    customers: &'a [String],
    next: Cell<usize>,
}

impl<'a> Queue<'a> {
    pub fn new(customers: &'a [String]) -> Self {
        Self { customers, next: Cell::new(0) }
    }

    pub fn next(&self) -> Option<&'a str> {
        let customer = self.customers.get(self.next.get())?;
        self.next.set(self.next.get() + 1);
        Some(customer)
    }
}

/// Where a customer's qualifications are.
pub fn path(customer_id: &str) -> String {
    format!("/v1/customers/{customer_id}/qualifications")
}
