use axum::http::Method;
use chrono::Utc;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;

fn entry(path: &str) -> Recorded {
    Recorded {
        method: Method::GET,
        path: path.into(),
        customer_id: None,
        status: Some(200),
        request_id: Uuid::nil().to_string().into(),
        correlation_id: "none".into(),
        at: Utc::now(),
        early: false,
    }
}

fn numbers(entries: &[JournalEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.number).collect()
}

#[test]
fn a_million_entries_take_the_room_of_the_last() {
    let mut journal = Journal::new(1000);
    for _ in 0..1_000_000 {
        journal.push(entry("/v1/customers"));
    }
    assert!(journal.entries.capacity() <= 1024, "{}", journal.entries.capacity());
    assert_eq!(numbers(&journal.to_vec()), (999_001..=1_000_000).collect::<Vec<_>>());
    assert_eq!(journal.total(), 1_000_000);
    assert!(size_of::<Recorded>() <= 144, "{}", size_of::<Recorded>());
}

#[test]
fn a_journal_of_no_size_keeps_the_last_one() {
    let mut journal = Journal::new(0);
    for _ in 0..3 {
        journal.push(entry("/"));
    }
    assert_eq!(numbers(&journal.to_vec()), [3]);
}

#[test]
fn every_member_of_a_query_narrows_what_is_found() {
    let mut journal = Journal::new(10);
    let customer = Uuid::from_u128(7);
    journal.push(entry("/v1/Customers?size=1"));
    journal.push(Recorded { method: Method::POST, customer_id: Some(customer), ..entry("/v1/x") });
    journal.push(Recorded { status: None, early: true, ..entry("/v1/x") });
    journal.push(Recorded { status: Some(429), ..entry("/v1/customers") });
    let found = |query: Query| numbers(&journal.find(&query));
    let any = Query::default;
    assert_eq!(found(any()), [1, 2, 3, 4]);
    assert_eq!(found(Query { method: Some("post".to_owned()), ..any() }), [2]);
    assert_eq!(found(Query { path: Some("CUSTOMERS".to_owned()), ..any() }), [1, 4]);
    assert_eq!(found(Query { customer_id: Some(customer), ..any() }), [2]);
    assert_eq!(found(Query { status: Some(429), ..any() }), [4]);
    assert_eq!(found(Query { early: Some(true), ..any() }), [3]);
    assert_eq!(found(Query { early: Some(false), limit: Some(2), ..any() }), [1, 2]);
    assert_eq!(found(Query { after: Some(2), ..any() }), [3, 4]);
    assert_eq!(found(Query { after: Some(u64::MAX), ..any() }), [0; 0]);
    assert_eq!(found(Query { status: Some(200), early: Some(true), ..any() }), [0; 0]);
}

#[test]
fn a_query_can_be_a_query_string_or_json() {
    let read = |text: &str| {
        let uri = format!("http://h/?{text}").parse().unwrap();
        axum::extract::Query::<Query>::try_from_uri(&uri).map(|query| query.0)
    };
    let customer_id = Some(Uuid::from_u128(7));
    let text = format!("status=200&early=true&after=5&limit=9&customer_id={}", Uuid::from_u128(7));
    let expected = Query {
        status: Some(200),
        early: Some(true),
        after: Some(5),
        limit: Some(9),
        customer_id,
        ..Query::default()
    };
    assert_eq!(read(&text).unwrap(), expected);
    let json = json!({"status": 200, "early": true, "after": 5, "limit": 9, "customer_id": customer_id});
    assert_eq!(serde_json::from_value::<Query>(json).unwrap(), expected);
    assert_eq!(serde_json::from_value::<Query>(json!({"status": null})).unwrap(), Query::default());
    for wrong in ["colour=red", "status=x", "early=1", "customer_id=7"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn who_reads_on_after_the_last_number_misses_nothing_that_is_kept(
        size in 1usize..20, before in 0u64..40, between in 0u64..40,
    ) {
        let mut journal = Journal::new(size);
        (0..before).for_each(|_| journal.push(entry("/a")));
        let read = journal.to_vec().last().map_or(0, |entry| entry.number);
        prop_assert_eq!(read, before);
        (0..between).for_each(|_| journal.push(entry("/b")));
        let found = journal.find(&Query { after: Some(read), ..Query::default() });
        prop_assert_eq!(found.len() as u64, between.min(size as u64));
        prop_assert!(found.iter().all(|entry| entry.path == "/b"));
    }
}

#[test]
fn a_journal_is_the_same_after_it_was_written_and_read() {
    let mut journal = Journal::new(2);
    for path in ["/a", "/b", "/c"] {
        journal.push(Recorded { method: "BREW".parse().unwrap(), ..entry(path) });
    }
    let text = serde_json::to_string(&journal).unwrap();
    let mut read: Journal = serde_json::from_str(&text).unwrap();
    assert_eq!(read.to_vec(), journal.to_vec());
    read.push(entry("/d"));
    assert_eq!(numbers(&read.to_vec()), [3, 4]);
    assert!(serde_json::from_str::<Journal>(&text.replace("BREW", "B W")).is_err());
}
