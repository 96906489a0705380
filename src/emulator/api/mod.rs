//! What the service answers: its resources, its lists in pages, its refusals.

pub(super) mod audit;
pub(super) mod codes;
pub(super) mod collection;
pub(super) mod continuation;
pub(super) mod customer_body;
pub(super) mod customer_lists;
pub(super) mod customers;
pub(super) mod filter;
pub(super) mod operations;
pub(super) mod paging;
pub(super) mod qualification_body;
pub(super) mod qualifications;
pub(super) mod refusals;
pub(super) mod retired_pair;
pub(super) mod route;
pub(super) mod validation_codes;
pub(super) mod wanted;
