//! Rows of a sweep as columns, counts and files.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int16Type, Int32Type};
use arrow_array::{Array, RecordBatch};
use chrono::{DateTime, Utc};
use partnercenter_qual::model::{Customer, Qualification, QualificationType, ValidationCode, VettingStatus};
use partnercenter_qual::sweep::Row;
use partnercenter_qual::table::{
    Cell, CustomerColumns, StatusCounts, SweepColumns, Table, ValidationCodeColumns,
};
use partnercenter_qual::{ApiError, Context, Error, Fault, Refusal, TransportError};
use serde_json::{Map, Value, json};
use uuid::Uuid;

const WHEN: &str = "2026-11-20T12:34:56.000007Z";

fn when() -> DateTime<Utc> {
    WHEN.parse().unwrap()
}

fn context(number: u128) -> Context {
    let correlation_id = Uuid::from_u128(number + 1);
    Context { request_id: Uuid::from_u128(number), correlation_id, customer_id: None, attempts: 1 }
}

fn item(qualification: &str, status: Option<&str>) -> Qualification {
    Qualification {
        qualification: QualificationType::from_wire(qualification),
        vetting_status: status.map(VettingStatus::from_wire),
        vetting_reason: None,
        vetting_created_date: None,
        extra: Map::new(),
    }
}

fn row(customer_id: &str, outcome: Result<Vec<Qualification>, Error>) -> Row {
    let context = outcome.is_ok().then(|| context(1));
    Row { customer_id: customer_id.to_owned(), customer: None, outcome, context, observed_at: when() }
}

fn customer(company_name: &str) -> Customer {
    Customer {
        customer_id: "the customer".to_owned(),
        company_name: Some(company_name.to_owned()),
        domain: Some("school.example".to_owned()),
        relationship_to_partner: None,
        extra: Map::new(),
    }
}

fn refusal(code: Option<&str>) -> Error {
    Error::Api(Box::new(ApiError {
        status_code: 403,
        fault: Fault { code: code.map(str::to_owned), message: "no".to_owned(), ..Fault::default() },
        is_retryable: false,
        retry_after: None,
        body: String::new(),
        hint: Some("ask for it".to_owned()),
        fate_unknown: false,
        context: context(8),
    }))
}

fn timeout() -> Error {
    let message = "no answer".to_owned();
    Error::Transport(Box::new(TransportError {
        message,
        timed_out: true,
        unconnected: false,
        taken_over: false,
        fate_unknown: false,
        context: context(8),
    }))
}

fn invalid() -> Error {
    let (value, cure) = ("x".to_owned(), "pass a GUID".to_owned());
    Error::InvalidArgument(Box::new(Refusal { field: "customer_id".into(), value: Some(value), cure }))
}

fn table(rows: &[Row]) -> Table {
    let mut columns = SweepColumns::new();
    for row in rows {
        columns.push(row);
    }
    columns.finish()
}

fn cell<'a>(table: &'a Table, row: usize, name: &str) -> Cell<'a> {
    let place = table.column_names().position(|column| column == name).unwrap();
    table.row(row)[place]
}

fn counted(counts: &StatusCounts) -> Vec<(&str, usize)> {
    counts.iter().map(|(status, rows)| (status.as_str(), rows)).collect()
}

#[test]
fn a_customer_has_a_row_for_each_qualification() {
    let denied = Qualification {
        vetting_reason: Some("Not An Academic Institution".to_owned()),
        vetting_created_date: Some(when()),
        ..item("Education", Some("Denied"))
    };
    let both = row("both", Ok(vec![denied, item("StateOwnedEntity", None)]));
    let table = table(&[Row { customer: Some(customer("Görlitz")), ..both }, row("none", Ok(Vec::new()))]);
    assert_eq!(table.num_rows(), 3);
    for nth in 0..2 {
        assert_eq!(cell(&table, nth, "customer_id"), Cell::Text("both"));
        assert_eq!(cell(&table, nth, "company_name"), Cell::Text("Görlitz"));
        assert_eq!(cell(&table, nth, "domain"), Cell::Text("school.example"));
        assert_eq!(cell(&table, nth, "observed_at"), Cell::Moment(when()));
        assert_eq!(cell(&table, nth, "request_id"), Cell::Text("00000000-0000-0000-0000-000000000001"));
    }
    assert_eq!(cell(&table, 0, "qualification"), Cell::Text("Education"));
    assert_eq!(cell(&table, 0, "vetting_status"), Cell::Text("Denied"));
    assert_eq!(cell(&table, 0, "vetting_reason"), Cell::Text("Not An Academic Institution"));
    assert_eq!(cell(&table, 0, "vetting_created_date"), Cell::Moment(when()));
    assert_eq!(cell(&table, 1, "qualification"), Cell::Text("StateOwnedEntity"));
    assert_eq!(cell(&table, 1, "vetting_status"), Cell::Null);
    let none = ["company_name", "qualification", "vetting_status", "error_status", "error_code"];
    assert!(none.iter().all(|name| cell(&table, 2, name) == Cell::Null));
}

#[test]
fn an_error_is_a_row_that_says_what_happened() {
    let errors = [refusal(Some("1002")), refusal(None), timeout(), invalid()];
    let rows: Vec<_> = errors.into_iter().map(|error| row("x", Err(error))).collect();
    let table = table(&rows);
    let column = |name: &str| (0..4).map(|nth| cell(&table, nth, name)).collect::<Vec<_>>();
    let status = Cell::Integer(403);
    assert_eq!(column("error_status"), [status, status, Cell::Null, Cell::Null]);
    let codes = ["1002", "PermissionDeniedError", "RequestTimeoutError", "InvalidArgumentError"];
    assert_eq!(column("error_code"), codes.map(Cell::Text));
    let messages = [
        "HTTP 403, code 1002: no -> ask for it", // the ids have columns of their own
        "HTTP 403: no -> ask for it",
        "no answer",
        "customer_id: \"x\" was refused: pass a GUID",
    ];
    assert_eq!(column("error_message"), messages.map(Cell::Text));
    let ids = [Cell::Text("00000000-0000-0000-0000-000000000009"); 3];
    assert_eq!(column("correlation_id"), [&ids[..], &[Cell::Null]].concat());
}

#[test]
fn batches_are_full_and_share_their_words() {
    let mut columns = SweepColumns::with_batch_rows(2);
    for kind in ["Education", "StateOwnedEntity", "Nonprofit", "Something", "Education"] {
        columns.push(&row(kind, Ok(vec![item(kind, Some("Approved"))])));
    }
    assert_eq!(columns.len(), 5);
    let first = columns.take_batch().unwrap();
    assert_eq!((first.num_rows(), columns.len()), (2, 3));
    let rest = columns.finish();
    assert_eq!(rest.batches().iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [2, 1]);
    let words = |batch: &RecordBatch| batch.column(3).as_dictionary::<Int32Type>().values().clone();
    assert!(rest.batches().iter().all(|batch| words(batch).len() == 4));
    assert_eq!(cell(&rest, 2, "qualification"), Cell::Text("Education"));
    assert!(SweepColumns::with_batch_rows(2).take_batch().is_none());
}

#[test]
fn a_customer_with_several_qualifications_fills_batches_too() {
    let mut columns = SweepColumns::with_batch_rows(1);
    columns.push(&row("x", Ok(vec![item("Education", None), item("Nonprofit", None)])));
    let batches: Vec<_> = std::iter::from_fn(|| columns.take_batch()).collect();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [1, 1]);
    assert!(columns.is_empty() && columns.finish().num_rows() == 0);
}

#[test]
fn a_slice_is_the_rows_in_it() {
    let mut columns = SweepColumns::with_batch_rows(3);
    for nth in 0..8 {
        columns.push(&row(&nth.to_string(), Ok(Vec::new())));
    }
    let table = columns.finish();
    let ids = |table: &Table| -> Vec<String> {
        let batches = table.batches().iter();
        batches
            .flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten())
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(ids(&table.slice(2..7)), ["2", "3", "4", "5", "6"]);
    assert_eq!(ids(&table.slice(3..6).slice(1..2)), ["4"]);
    assert_eq!(ids(&table.slice(7..100)), ["7"]);
    assert_eq!(table.slice(5..5).num_rows(), 0);
    assert!(table.row(8).is_empty());
}

#[test]
fn rows_are_counted_alike_as_they_come_and_in_the_table() {
    let mixed = vec![item("Education", Some("Denied")), item("Nonprofit", None)];
    let rows = [
        row("a", Err(timeout())),
        row("b", Ok(Vec::new())),
        row("c", Ok(mixed)),
        row("d", Ok(vec![item("Education", Some("in_review"))])),
        row("e", Ok(vec![item("Education", Some("Escalated"))])),
        row("f", Ok(vec![item("Education", Some("Approved"))])),
        row("g", Ok(vec![item("Education", Some("Approved"))])),
    ];
    let mut counts = StatusCounts::default();
    for row in &rows {
        counts.add_row(row);
    }
    let expected = [
        ("Approved", 2),
        ("InReview", 1),
        ("Denied", 1),
        ("Escalated", 1),
        ("no status", 1),
        ("none", 1),
        ("error", 1),
    ];
    assert_eq!(counted(&counts), expected);
    assert_eq!(table(&rows).status_counts(), counts);
    assert_eq!(counted(&table(&rows[..1]).status_counts()), [("error", 1)]);
}

#[test]
fn csv_is_read_back_as_it_was() {
    let named =
        Row { customer: Some(customer("Müller, \"Schulen\"\nGmbH")), ..row("a", Err(refusal(None))) };
    let mut out = Vec::new();
    table(&[named, row("b", Ok(Vec::new()))]).write_csv(&mut out).unwrap();
    let mut reader = csv::Reader::from_reader(&out[..]);
    assert_eq!(reader.headers().unwrap().len(), 13);
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(&rows[0][1], "Müller, \"Schulen\"\nGmbH");
    assert_eq!((&rows[0][7], &rows[1][7]), ("403", ""));
    assert_eq!((&rows[1][1], &rows[1][12]), ("", WHEN));
}

#[test]
fn json_lines_are_objects_of_all_columns() {
    let mut out = Vec::new();
    let table = table(&[row("a\n", Ok(Vec::new())), row("b", Err(refusal(None)))]);
    table.write_jsonl(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    let first = json!({
        "customer_id": "a\n", "company_name": null, "domain": null, "qualification": null,
        "vetting_status": null, "vetting_reason": null, "vetting_created_date": null,
        "error_status": null, "error_code": null, "error_message": null,
        "request_id": "00000000-0000-0000-0000-000000000001",
        "correlation_id": "00000000-0000-0000-0000-000000000002", "observed_at": WHEN,
    });
    assert_eq!(rows[0], first);
    assert_eq!(rows[1]["error_status"], 403);
}

#[test]
fn lists_have_tables_too() {
    let mut customers = CustomerColumns::default();
    customers.push(&customer("Görlitz"));
    let customers = customers.finish();
    assert_eq!(cell(&customers, 0, "company_name"), Cell::Text("Görlitz"));
    assert_eq!(cell(&customers, 0, "relationship_to_partner"), Cell::Null);
    let mut codes = ValidationCodeColumns::default();
    codes.push(&ValidationCode {
        validation_id: "7".to_owned(),
        partner_id: None,
        organization_name: Some("Navy".to_owned()),
        max_creates: Some(i64::MAX),
        remaining_creates: None,
        etag: None,
        extra: Map::new(),
    });
    let codes = codes.finish();
    assert_eq!(cell(&codes, 0, "max_creates"), Cell::Integer(i64::MAX));
    assert_eq!(cell(&codes, 0, "remaining_creates"), Cell::Null);
    assert!(codes.status_counts().iter().next().is_none());
}

#[test]
fn columns_have_the_types_that_were_promised() {
    let types: Vec<_> =
        SweepColumns::schema().fields().iter().map(|field| field.data_type().to_string()).collect();
    let word = "Dictionary(Int32, Utf8)";
    let moment = "Timestamp(µs, \"UTC\")";
    let (text, small) = ("Utf8", "Int16");
    assert_eq!(types, [text, text, text, word, word, text, moment, small, text, text, text, text, moment]);
    let required: Vec<_> = SweepColumns::schema().fields().iter().map(|field| !field.is_nullable()).collect();
    assert_eq!(required.iter().filter(|required| **required).count(), 2);
    assert!(required[0] && required[12]);
    let empty = table(&[]);
    assert_eq!((empty.num_rows(), empty.batches().len()), (0, 0));
    let one = table(&[row("a", Err(refusal(None)))]);
    assert_eq!(one.batches()[0].column(7).as_primitive::<Int16Type>().len(), 1);
}
