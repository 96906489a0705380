//! The setting `customers`: a count, or a list.

use std::collections::HashMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::super::error::InvalidArgument;
use super::super::json::Object;
use super::CustomerSeed;

/// The customers that an emulator starts with. As JSON, a number or an array.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Customers {
    /// So many, made from the seed.
    Count(usize),
    /// These; what they leave out is made from the seed and their place in the list.
    List(Vec<CustomerSeed>),
}

impl From<usize> for Customers {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl From<Vec<CustomerSeed>> for Customers {
    fn from(list: Vec<CustomerSeed>) -> Self {
        Self::List(list)
    }
}

/// More would only take memory: an item of a list is some 400 bytes on the wire.
const MOST: usize = 1_000_000;

const CURE: &str = "pass a count from 0 to 1,000,000 or a list of customers";

impl Customers {
    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Count(count) => *count,
            Self::List(list) => list.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether an emulator can start with them.
    pub(in crate::emulator) fn check(&self) -> Result<(), InvalidArgument> {
        if self.len() > MOST {
            return Err(InvalidArgument::new("customers", &self.len(), CURE));
        }
        let Self::List(list) = self else {
            return Ok(());
        };
        let mut rows = HashMap::new();
        for (place, customer) in list.iter().enumerate() {
            let checked =
                customer.check().and_then(|()| check_new(&mut rows, customer.customer_id, place + 1));
            checked.map_err(|error| in_row(error.within(&format!("customers[{place}]")), place + 1))?;
        }
        Ok(())
    }
}

/// Notes the row of an id, which no earlier row may have.
fn check_new(rows: &mut HashMap<Uuid, usize>, id: Option<Uuid>, row: usize) -> Result<(), InvalidArgument> {
    let Some((id, first)) = id.and_then(|id| Some((id, rows.insert(id, row)?))) else {
        return Ok(());
    };
    let cure = format!("give each customer an id of its own: that of row {first} is the same");
    Err(InvalidArgument::new("customer_id", &id, cure))
}

fn in_row(error: InvalidArgument, row: usize) -> InvalidArgument {
    InvalidArgument { cure: format!("{} (row {row})", error.cure), ..error }
}

impl<'de> Deserialize<'de> for Customers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountOrList)
    }
}

struct CountOrList;

impl<'de> Visitor<'de> for CountOrList {
    type Value = Customers;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a count from 0 to 1,000,000 or a list of customers")
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Customers, E> {
        usize::try_from(count).map(Customers::Count).map_err(|_| E::custom(CURE))
    }

    /// So `serde_json` presents a number that it reads from text.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Customers, A::Error> {
        match Value::deserialize(MapAccessDeserializer::new(map))?.as_u64() {
            Some(count) => self.visit_u64(count),
            None => Err(A::Error::custom(CURE)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Customers, A::Error> {
        let mut list = Vec::new();
        loop {
            let row = list.len() + 1;
            match rows.next_element() {
                Ok(Some(Object(customer))) => list.push(customer),
                Ok(None) => return Ok(Customers::List(list)),
                Err(error) => return Err(A::Error::custom(format_args!("{error} (row {row})"))),
            }
        }
    }
}
