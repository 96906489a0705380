//! Customers named by columns of Arrow.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use serde_json::Map;
use uuid::Uuid;

use super::Target;
use crate::model::Customer;

/// The columns that a table names customers with: the first it must have.
const NAMES: [&str; 3] = ["customer_id", "company_name", "domain"];

/// Customers named by columns, read one by one.
pub struct Ids {
    given: Text,
    company_names: Option<Text>,
    domains: Option<Text>,
    next: usize,
}

impl Ids {
    /// Whether a table of this schema names customers: whether its one `customer_id` is of text.
    #[must_use]
    pub fn has_ids(schema: &Schema) -> bool {
        let mut named = schema.fields().iter().filter(|field| field.name() == NAMES[0]);
        named.next().is_some_and(|field| is_text(field.data_type())) && named.next().is_none()
    }

    /// The customers of a column; none where it is not of text. UUIDs and nulls are, too.
    #[must_use]
    pub fn of_column(ids: &ArrayRef) -> Option<Self> {
        Some(Self { given: Text::new(ids)?, company_names: None, domains: None, next: 0 })
    }

    /// The customers of a table's column `customer_id`, with what `company_name` and `domain` say of
    /// them, where there are such columns.
    #[must_use]
    pub fn of_table(batch: &RecordBatch) -> Option<Self> {
        if !Self::has_ids(batch.schema_ref()) {
            return None;
        }
        let [given, company_names, domains] = NAMES.map(|name| Text::new(batch.column_by_name(name)?));
        Some(Self { given: given?, company_names, domains, next: 0 })
    }

    /// How many customers are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.given.column.len() - self.next
    }
}

impl Iterator for Ids {
    type Item = Target;

    fn next(&mut self) -> Option<Target> {
        let row = self.next;
        if row >= self.given.column.len() {
            return None;
        }
        self.next += 1;
        let given = self.given.value(row);
        let value = |column: &Option<Text>| column.as_ref().and_then(|column| column.value(row));
        let (company_name, domain) = (value(&self.company_names), value(&self.domains));
        let customer = (company_name.is_some() || domain.is_some()).then(|| Customer {
            customer_id: given.clone().unwrap_or_default(),
            company_name,
            domain,
            relationship_to_partner: None,
            extra: Map::new(),
        });
        Some(Target { given, customer })
    }
}

/// A column of text, however it is laid out.
struct Text {
    column: ArrayRef,
    /// Of a dictionary: its words, and which of them each row has.
    words: Option<(Box<Text>, Vec<usize>)>,
}

impl Text {
    fn new(column: &ArrayRef) -> Option<Self> {
        let words = match column.as_any_dictionary_opt() {
            // Nulls have keys like the others, but nobody asks for those; without words there are nulls only.
            Some(dictionary) if dictionary.values().is_empty() => None,
            Some(dictionary) => {
                Some((Box::new(Self::new(dictionary.values())?), dictionary.normalized_keys()))
            }
            None => None,
        };
        is_text(column.data_type()).then(|| Self { column: ArrayRef::clone(column), words })
    }

    fn value(&self, row: usize) -> Option<String> {
        let column = &self.column;
        if column.is_null(row) {
            return None;
        }
        if let Some((words, keys)) = &self.words {
            return words.value(*keys.get(row)?);
        }
        match column.data_type() {
            DataType::Utf8 => Some(column.as_string::<i32>().value(row).to_owned()),
            DataType::LargeUtf8 => Some(column.as_string::<i64>().value(row).to_owned()),
            DataType::Utf8View => Some(column.as_string_view().value(row).to_owned()),
            DataType::FixedSizeBinary(16) => {
                Some(Uuid::from_slice(column.as_fixed_size_binary().value(row)).ok()?.to_string())
            }
            _ => None,
        }
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::FixedSizeBinary(16)
        | DataType::Null => true,
        DataType::Dictionary(_, words) => is_text(words),
        _ => false,
    }
}
