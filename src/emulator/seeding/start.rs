//! Makes the customers.

use std::collections::HashSet;
use std::iter::repeat_n;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::Config;
use super::super::api::customers::{Customer, Directory};
use super::super::model::{Qualification, QualificationType, VettingStatus};
use super::super::seed::{digest, guid, seeded_date};
use super::super::vetting::Draw;
use super::names::{Domains, Drawn};
use super::{CustomerQualification, CustomerSeed, Customers, mix};

/// The customers as they are at the start, which is `now`.
pub(in crate::emulator) fn directory(config: &Config, now: DateTime<Utc>) -> Directory {
    let nothing_given = CustomerSeed::default();
    let list = match &config.customers {
        Customers::Count(count) => make(config, repeat_n(&nothing_given, *count), now),
        Customers::List(list) => make(config, list.iter(), now),
    };
    Directory::new(list)
}

fn make<'a>(
    config: &Config,
    rows: impl Iterator<Item = &'a CustomerSeed> + Clone,
    now: DateTime<Utc>,
) -> Vec<Customer> {
    let mut ids: HashSet<Uuid> = rows.clone().filter_map(|row| row.customer_id).collect();
    let mut domains = Domains::beside(rows.clone().filter_map(|row| row.domain.as_deref()));
    let parts = config.mix.as_ref().map(super::Mix::parts).unwrap_or_default();
    let made = (0u64..).zip(rows).map(|(place, row)| {
        let mut rng = fastrand::Rng::with_seed(digest(config.seed, &[b"customer", &place.to_le_bytes()]));
        let drawn = Drawn::new(&mut rng);
        let domain = row.domain.clone().unwrap_or_else(|| domains.next(&drawn));
        let id = row.customer_id.unwrap_or_else(|| unused(&mut ids, &mut rng));
        let name = row.company_name.clone().unwrap_or(drawn.company_name);
        let mut customer = Customer::new(id, guid(&mut rng), name, domain);
        for held in row.qualifications.iter().chain(mix::drawn(&parts, config.seed, id)) {
            start_with(&mut customer, held, config, (&mut rng, now));
        }
        customer
    });
    made.collect()
}

/// A list may give one customer the id that another one would draw.
fn unused(ids: &mut HashSet<Uuid>, rng: &mut fastrand::Rng) -> Uuid {
    loop {
        let id = guid(rng);
        if ids.insert(id) {
            return id;
        }
    }
}

/// Gives the customer a qualification to start with. Vetting goes on from now.
fn start_with(
    customer: &mut Customer,
    given: &CustomerQualification,
    config: &Config,
    (rng, now): (&mut fastrand::Rng, DateTime<Utc>),
) {
    let kind = given.qualification;
    if kind == QualificationType::StateOwnedEntity {
        return customer.hold(Qualification::unvetted(kind));
    }
    let status = given.vetting_status.unwrap_or(VettingStatus::Approved);
    let in_review = status == VettingStatus::InReview;
    let date = given.vetting_created_date.unwrap_or_else(|| if in_review { now } else { seeded_date(rng) });
    let mut held = Qualification::vetted(kind, status, date);
    held.vetting_reason.clone_from(&given.vetting_reason);
    if kind == QualificationType::Education {
        customer.education_requests = 1;
        vet(customer.id, &mut held, config, now);
    }
    customer.hold(held);
}

/// What comes of Education, and why it was denied.
fn vet(customer: Uuid, education: &mut Qualification, config: &Config, now: DateTime<Utc>) {
    const FIRST: u32 = 1;
    match education.vetting_status {
        Some(VettingStatus::Denied) => {
            let drawn = || Draw::of(config.seed, customer, FIRST).reason.to_owned();
            education.vetting_reason.get_or_insert_with(drawn);
        }
        Some(VettingStatus::Approved) => {
            education.decision = config.vetting.after_approval(config.seed, customer, now);
        }
        _ => education.decision = config.vetting.decision(config.seed, customer, FIRST, now),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Mix;
    use super::*;

    fn start(seed: u64, customers: impl Into<Customers>, mix: Option<Mix>) -> Directory {
        let config = Config { seed, customers: customers.into(), mix, ..Config::default() };
        config.check().unwrap();
        directory(&config, Utc::now())
    }

    /// All that does not depend on the time of the start.
    fn told(customer: &Customer) -> String {
        let held =
            customer.qualifications.iter().map(|held| (held.kind, held.vetting_status, &held.vetting_reason));
        let held: Vec<_> = held.collect();
        format!("{} {} {} {held:?}", customer.id, customer.company_name, customer.domain)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_larger_count_only_adds_customers(seed: u64, few in 0usize..30, more in 0usize..30) {
            let mix = Mix::from([("Education:Denied", 0.4), ("StateOwnedEntity", 0.4)]);
            let few: Vec<_> = start(seed, few, Some(mix.clone())).iter().map(told).collect();
            let many: Vec<_> = start(seed, few.len() + more, Some(mix)).iter().map(told).collect();
            prop_assert_eq!(&few[..], &many[..few.len()]);
        }

        #[test]
        fn ids_and_domains_are_kept_or_made_distinct(seed: u64, given in prop::collection::vec(any::<bool>(), 20)) {
            // The last ones take what the first ones would draw.
            let taken = start(seed, 20, None);
            let rows: Vec<_> = given.iter().zip(taken.iter().collect::<Vec<_>>().into_iter().rev()).map(|(given, other)| {
                let row = CustomerSeed { customer_id: Some(other.id), domain: Some(other.domain.clone()), ..CustomerSeed::default() };
                if *given { row } else { CustomerSeed::default() }
            }).collect();
            let made = start(seed, rows.clone(), None);
            let ids: HashSet<_> = made.ids().into_iter().collect();
            let domains: HashSet<_> = made.iter().map(|customer| &customer.domain).collect();
            prop_assert_eq!((ids.len(), domains.len()), (20, 20));
            for (row, customer) in rows.iter().zip(made.iter()) {
                prop_assert!(row.customer_id.is_none_or(|id| id == customer.id));
            }
        }
    }

    #[test]
    fn another_seed_makes_other_customers_with_domains_of_their_own() {
        let many = start(5, 2000, None);
        let domains: HashSet<_> = many.iter().map(|customer| &customer.domain).collect();
        let ids: HashSet<_> = many.ids().into_iter().collect();
        assert_eq!((domains.len(), ids.len()), (2000, 2000));
        assert!(domains.iter().all(|domain| domain.ends_with(".example")));
        assert!(start(6, 2000, None).iter().all(|customer| !ids.contains(&customer.id)));
    }
}
