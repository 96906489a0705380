//! Customers from a table.

use std::collections::HashMap;

use csv::{Position, Reader, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::error::InvalidArgument;
use super::super::json;
use super::row::Row;
use super::{CustomerSeed, Customers};

const COLUMNS: [&str; 7] = [
    "customer_id",
    "company_name",
    "domain",
    "qualification",
    "vetting_status",
    "vetting_reason",
    "vetting_created_date",
];

/// Reads a table in UTF-8.
pub(super) fn read(bytes: &[u8]) -> Result<Customers, InvalidArgument> {
    let mut table = ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let columns = columns(&mut table)?;
    let mut read = Read::default();
    let mut record = StringRecord::new();
    while table.read_record(&mut record).map_err(|error| unreadable(&error))? {
        let line = record.position().map_or(0, |position| first_line(bytes, position));
        let row = row(&columns, &record).and_then(|row| row.map_or(Ok(()), |row| read.add(row)));
        row.map_err(|error| on_line(error, line))?;
    }
    let customers = Customers::List(read.list);
    customers.check()?;
    Ok(customers)
}

/// The line on which a record starts: its position is that of the empty lines before it.
fn first_line(bytes: &[u8], position: &Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = bytes.get(start..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    blank.filter(|byte| **byte == b'\n').fold(position.line(), |line, _| line + 1)
}

fn columns(table: &mut Reader<&[u8]>) -> Result<StringRecord, InvalidArgument> {
    let columns = table.headers().map_err(|error| unreadable(&error))?.clone();
    if columns.is_empty() {
        let cure = format!("name the columns on the first line, among {}", COLUMNS.join(", "));
        return Err(InvalidArgument::new("column", "nothing at all", cure));
    }
    for (place, column) in columns.iter().enumerate() {
        if !COLUMNS.contains(&column) {
            let cure = format!("name the columns on the first line, among {}", COLUMNS.join(", "));
            return Err(InvalidArgument::new("column", &format!("{column:?}"), cure));
        }
        if columns.iter().take(place).any(|before| before == column) {
            return Err(InvalidArgument::new("column", column, "name each column once"));
        }
    }
    Ok(columns)
}

fn unreadable(error: &csv::Error) -> InvalidArgument {
    InvalidArgument::new("customers", "no table", format!("separate columns by commas, in UTF-8: {error}"))
}

fn on_line(error: InvalidArgument, line: u64) -> InvalidArgument {
    InvalidArgument { cure: format!("{} (line {line})", error.cure), ..error }
}

/// The customer of a line, unless all its cells are empty.
fn row(columns: &StringRecord, record: &StringRecord) -> Result<Option<CustomerSeed>, InvalidArgument> {
    let filled = columns.iter().zip(record).filter(|(_, cell)| !cell.is_empty());
    let cells: Map<String, Value> = filled.map(|(column, cell)| (column.to_owned(), cell.into())).collect();
    if let Some((column, cell)) = cells.iter().find(|(_, cell)| cell.as_str().is_some_and(has_line_break)) {
        let cure = "close the quote that opens it, or leave the quotes out: it goes on over a line's end";
        return Err(InvalidArgument::new(column, &json::shown(cell), cure));
    }
    if cells.is_empty() {
        return Ok(None);
    }
    let seed = CustomerSeed::try_from(json::read::<Row>(&Value::Object(cells))?)?;
    seed.check()?;
    Ok(Some(seed))
}

/// A stray quote makes one cell of all that follows.
fn has_line_break(cell: &str) -> bool {
    cell.contains(['\n', '\r'])
}

/// The customers of the lines so far.
#[derive(Default)]
struct Read {
    list: Vec<CustomerSeed>,
    places: HashMap<Uuid, usize>,
}

impl Read {
    /// Takes a line in: a new customer, or another qualification of one that is there.
    fn add(&mut self, row: CustomerSeed) -> Result<(), InvalidArgument> {
        let Some(id) = row.customer_id else {
            self.list.push(row);
            return Ok(());
        };
        if let Some(customer) = self.places.get(&id).and_then(|place| self.list.get_mut(*place)) {
            return extend(customer, row);
        }
        self.places.insert(id, self.list.len());
        self.list.push(row);
        Ok(())
    }
}

fn extend(customer: &mut CustomerSeed, row: CustomerSeed) -> Result<(), InvalidArgument> {
    same("company_name", &mut customer.company_name, row.company_name)?;
    same("domain", &mut customer.domain, row.domain)?;
    if row.qualifications.is_empty() {
        let cure = "give each customer an id of its own, or name another qualification of it";
        return Err(InvalidArgument::new("qualification", "missing", cure));
    }
    customer.qualifications.extend(row.qualifications);
    customer.check_beside(customer.qualifications.len() - 1)
}

/// Whether a customer's further line says the same, as far as it says anything.
fn same(field: &str, known: &mut Option<String>, said: Option<String>) -> Result<(), InvalidArgument> {
    match (&known, said) {
        (_, None) => Ok(()),
        (Some(known), Some(said)) if *known != said => {
            let cure = format!("an earlier line of the customer has {known:?}: pass the same, or nothing");
            Err(InvalidArgument::new(field, &said, cure))
        }
        (_, said) => {
            *known = said;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::model::{QualificationType, VettingStatus};
    use super::*;

    const ID: &str = "{0B2F1C5A-7A57-4A4C-9D6C-0D1B3F5E7A91}";

    fn list(text: &str) -> Vec<CustomerSeed> {
        match read(text.as_bytes()).unwrap() {
            Customers::List(list) => list,
            Customers::Count(count) => panic!("{count}"),
        }
    }

    #[test]
    fn lines_with_one_id_are_one_customer() {
        let table = format!(
            "customer_id,domain,qualification,vetting_status,vetting_created_date\r\n\
             {ID},,StateOwnedEntity,,\r\n,b.example,none,,\r\n,,,,\r\n\
             {ID},a.example,1,in_review,2026-02-11\r\n"
        );
        let [first, second] = &list(&table)[..] else { panic!("two customers") };
        assert_eq!(first.customer_id, Uuid::try_parse(ID).ok());
        assert_eq!(first.domain.as_deref(), Some("a.example"));
        let kinds: Vec<_> = first.qualifications.iter().map(|held| held.qualification).collect();
        assert_eq!(kinds, [QualificationType::StateOwnedEntity, QualificationType::Education]);
        assert_eq!(first.qualifications[1].vetting_status, Some(VettingStatus::InReview));
        assert_eq!((second.domain.as_deref(), &second.qualifications[..]), (Some("b.example"), &[][..]));
    }

    #[test]
    fn an_error_names_the_line_the_column_the_value_and_the_cure() {
        let header = "customer_id,company_name,qualification,vetting_status,vetting_reason\n";
        for (rows, field, value, cure) in [
            ("x,,,,\n".to_owned(), "customer_id", "x", "a GUID (line 2)"),
            ("\n\n,,Gold,,\n".to_owned(), "qualification", "Gold", "StateOwnedEntity (line 4)"),
            (",,Education,Expired,\n".to_owned(), "vetting_status", "Expired", "Denied (line 2)"),
            (",\"a\nb\",,,\n".to_owned(), "company_name", "a\nb", "over a line's end (line 2)"),
            (",,,Denied,\n".to_owned(), "qualification", "missing", "(line 2)"),
            (",,Education,,No\n".to_owned(), "vetting_reason", "No", "Denied alone (line 2)"),
            (
                ",,StateOwnedEntity,Approved,\n".to_owned(),
                "vetting_status",
                "Approved",
                "not vetted (line 2)",
            ),
            (format!("{},,,,\n", Uuid::nil()), "customer_id", "0000", "nil one, or none (line 2)"),
            (format!("{ID},,,,\n{ID},,,,\n"), "qualification", "missing", "of its own"),
            (
                format!("{ID},A,1,,\n{ID},B,2,,\n"),
                "company_name",
                "B",
                "\"A\": pass the same, or nothing (line 3)",
            ),
            (format!("{ID},,1,,\n{ID},,1,,\n"), "qualification", "Education", "once (line 3)"),
            (
                format!("{ID},,1,,\n{ID},,3,,\n"),
                "qualification",
                "GovernmentCommunityCloud",
                "excludes it (line 3)",
            ),
            (",,\n".to_owned(), "customers", "no table", "line: 2"),
        ] {
            let error = read(format!("{header}{rows}").as_bytes()).unwrap_err();
            assert_eq!(error.field, field, "{error}");
            assert!(error.value.contains(value) && error.cure.contains(cure), "{error}");
        }
    }

    #[test]
    fn a_table_whose_columns_are_unknown_or_double_is_refused() {
        for (table, value) in [
            ("customer_id;domain\n", "customer_id;domain"),
            ("colour\n", "colour"),
            ("", "nothing at all"),
            ("\n\n", "nothing at all"),
            ("domain,domain\n", "domain"),
        ] {
            let error = read(table.as_bytes()).unwrap_err();
            assert_eq!(error.field, "column");
            assert!(error.value.contains(value), "{error}");
        }
        assert!(read(b"domain\n\xFF\n").unwrap_err().cure.contains("UTF-8"));
    }

    proptest! {
        #[test]
        fn no_table_makes_it_panic(bytes: Vec<u8>, lines in "(domain|qualification)?\n([a-zE,\"0-4]{0,8}\r?\n){0,4}") {
            let _ = read(&bytes);
            let _ = read(lines.as_bytes());
        }
    }
}
