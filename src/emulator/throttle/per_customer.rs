//! Something about each customer, for as long as it means anything.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many are kept without looking which could go.
const FEW: usize = 1024;

/// Values by customer. Those that have come to mean nothing are dropped whenever their number has
/// doubled, so that a million customers, one after the other, take no more room than a few.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct PerCustomer<T> {
    values: HashMap<Uuid, T>,
    /// From how many on to look for what can go.
    #[serde(skip)]
    many: usize,
}

impl<T> Default for PerCustomer<T> {
    fn default() -> Self {
        Self { values: HashMap::new(), many: FEW }
    }
}

impl<T> PerCustomer<T> {
    pub(super) fn get(&self, customer: Uuid) -> Option<&T> {
        self.values.get(&customer)
    }

    pub(super) fn get_or_insert(
        &mut self,
        customer: Uuid,
        new: impl FnOnce() -> T,
        means_nothing: impl Fn(&T) -> bool,
    ) -> &mut T {
        if self.values.len() >= self.many {
            self.values.retain(|_, value| !means_nothing(value));
            self.many = FEW.max(2 * self.values.len());
            self.values.shrink_to(self.many);
        }
        self.values.entry(customer).or_insert_with(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_customers_take_the_room_of_those_that_count() {
        let mut values = PerCustomer::default();
        let mut most = 0;
        for now in 0..1_000_000u128 {
            // Each means something for the time of 5,000 others.
            *values.get_or_insert(Uuid::from_u128(now), || now, |since| now - since > 5000) = now;
            most = most.max(values.values.capacity());
            let since = now.saturating_sub(5000);
            assert_eq!(values.get(Uuid::from_u128(since)), Some(&since));
        }
        assert!(most < 30_000, "{most}");
    }

    #[test]
    fn what_was_read_is_tidied_up_too() {
        let old: HashMap<Uuid, bool> = (0..5000).map(|id| (Uuid::from_u128(id), true)).collect();
        let text = serde_json::to_string(&old).unwrap();
        let mut values: PerCustomer<bool> = serde_json::from_str(&text).unwrap();
        values.get_or_insert(Uuid::nil(), || true, |_| true);
        assert_eq!(values.values.len(), 1);
    }
}
