//! Sweeps whose rows go into columns, and sweeps in the order of their customers.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, Int64Array, LargeStringArray, NullArray,
    RecordBatch, StringArray, StringViewArray,
};
use partnercenter_qual::Options;
use partnercenter_qual::emulator::{Config, Fault, Vetting};
use partnercenter_qual::sweep::{Ids, Order, Sweep, Target};

use crate::client_support::{client, client_with};
use crate::emulator_support::Service;

const LONG: Duration = Duration::from_secs(30);

async fn tenant(customers: usize) -> Service {
    Service::start(Config { customers: customers.into(), vetting: Vetting::Manual, ..Config::default() })
        .await
}

fn ids(service: &Service) -> Vec<String> {
    service.emulator.customer_ids().into_iter().map(|id| id.to_string()).collect()
}

fn targets(ids: &[String]) -> impl Iterator<Item = Target> {
    ids.iter().map(|id| Target { given: Some(id.clone()), customer: None })
}

fn delay(service: &Service, customer: usize, delay: Duration) {
    let customer_id = Some(service.customer(customer));
    service.inject(Fault { delay: Some(delay), customer_id, times: None, ..Fault::default() });
}

fn column(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(name).expect("the column");
    column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

async fn table_of(sweep: &Sweep) -> RecordBatch {
    sweep.collect();
    while sweep.ready().await.expect("rows") {}
    let table = sweep.take_table();
    assert_eq!(table.batches().len(), 1);
    table.batches()[0].clone()
}

#[tokio::test]
async fn rows_come_in_the_order_of_their_customers_if_they_shall() {
    let service = tenant(40).await;
    for nth in [0, 7, 8, 39] {
        delay(&service, nth, Duration::from_millis(150));
    }
    let sweep = Sweep::fed(&client(&service), 8, Order::Given);
    sweep.feed(targets(&ids(&service)));
    sweep.finish();
    let mut seen = Vec::new();
    loop {
        let rows = sweep.next(5).await.unwrap();
        if rows.is_empty() {
            break;
        }
        seen.extend(rows.into_iter().map(|row| row.customer_id));
    }
    assert_eq!(seen, ids(&service));
}

#[tokio::test]
async fn one_slow_customer_holds_up_a_bounded_number_of_others() {
    let service = tenant(600).await;
    delay(&service, 0, LONG);
    let sweep = Sweep::fed(&client(&service), 4, Order::Given);
    sweep.feed(targets(&ids(&service)));
    let expected = 255 + 2 * 4; // those that wait for it, and it with as many others as usual
    while service.emulator.journal().len() < expected {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(service.emulator.journal().len(), expected);
    assert_eq!((sweep.is_ready(), sweep.room()), (false, 0));
    sweep.stop();
    let kept = sweep.next(600).await.unwrap();
    assert_eq!(kept.len(), expected - 1, "the others were answered");
    assert_eq!(kept[0].customer_id, ids(&service)[1]);
}

#[tokio::test]
async fn what_waits_for_a_slow_customer_does_not_time_out() {
    let service = tenant(60).await;
    delay(&service, 0, Duration::from_millis(700));
    let options = Options { timeout: Duration::from_secs(1), max_retries: 0, ..Options::default() };
    let (client, _) = client_with(&service, options, 0);
    let sweep = Sweep::fed(&client, 4, Order::Given);
    sweep.feed(targets(&ids(&service)));
    sweep.finish();
    let mut rows = Vec::new();
    for _ in 0..3 {
        rows.extend(sweep.next(3).await.unwrap());
        tokio::time::sleep(Duration::from_millis(600)).await; // nor what waits for whoever takes rows
    }
    while rows.len() < 60 {
        rows.extend(sweep.next(60).await.unwrap());
    }
    assert!(rows.iter().all(|row| row.outcome.is_ok()));
}

#[tokio::test]
async fn batches_are_full_and_the_last_one_is_what_is_left() {
    let service = tenant(50).await;
    let sweep = Sweep::all(&client(&service), 4, Order::Answered);
    sweep.collect_batches(15);
    let mut sizes = Vec::new();
    loop {
        match sweep.take_batch() {
            Some(batch) => sizes.push(batch.num_rows()),
            None if !sweep.ready().await.unwrap() => break,
            None => {}
        }
    }
    assert_eq!(sizes, [15, 15, 15, 5]);
    assert_eq!(sweep.tally().done, 50);
}

#[tokio::test]
async fn nobody_collects_far_ahead_of_who_takes_batches() {
    let service = tenant(300).await;
    let sweep = Sweep::all(&client(&service), 4, Order::Answered);
    sweep.collect_batches(20);
    assert!(sweep.ready().await.unwrap());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let sent = service.emulator.journal().len() - 1; // one was for the list
    assert!((20..=20 + 2 * 4).contains(&sent), "{sent} sent");
}

#[tokio::test]
async fn rows_batches_and_a_table_can_be_taken_from_one_sweep() {
    let service = tenant(50).await;
    let sweep = Sweep::all(&client(&service), 4, Order::Given);
    let row = &sweep.next(1).await.unwrap()[0];
    sweep.collect_batches(10);
    let batch = loop {
        match sweep.take_batch() {
            Some(batch) => break batch,
            None => assert!(sweep.ready().await.unwrap()),
        }
    };
    sweep.collect();
    while sweep.ready().await.unwrap() {}
    let mut seen = vec![Some(row.customer_id.clone())];
    seen.extend(column(&batch, "customer_id"));
    for batch in sweep.take_table().batches() {
        seen.extend(column(batch, "customer_id"));
    }
    let expected: Vec<_> = ids(&service).into_iter().map(Some).collect();
    assert_eq!(seen, expected);
    assert_eq!(sweep.tally().done, 50);
}

#[tokio::test]
async fn a_tally_counts_rows_errors_and_what_was_sent_again() {
    let service = tenant(4).await;
    let fault = |nth, status, times| Fault {
        status: Some(status),
        customer_id: Some(service.customer(nth)),
        times,
        ..Fault::default()
    };
    service.inject(fault(0, 404, None));
    service.inject(fault(1, 500, Some(1)));
    let (client, _) = client_with(&service, Options { max_retries: 2, ..Options::default() }, 0);
    let sweep = Sweep::fed(&client, 2, Order::Answered);
    sweep.feed(targets(&ids(&service)));
    sweep.feed([Target::default()]);
    sweep.finish();
    assert_eq!(table_of(&sweep).await.num_rows(), 5);
    let tally = sweep.tally();
    assert_eq!((tally.given, tally.done, tally.errors, tally.retries), (5, 5, 2, 1));
    let counts: Vec<_> = tally.counts.iter().map(|(status, rows)| (status.as_str(), rows)).collect();
    assert_eq!(counts, [("none", 3), ("error", 2)]);
}

#[tokio::test]
async fn stopping_keeps_what_was_collected() {
    let service = tenant(30).await;
    delay(&service, 12, LONG);
    let sweep = Sweep::fed(&client(&service), 4, Order::Given);
    sweep.feed(targets(&ids(&service)));
    sweep.finish();
    sweep.collect();
    while service.emulator.journal().len() < 30 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await; // until the last answers are there
    assert_eq!(sweep.collected(), 12);
    sweep.stop();
    assert!(!sweep.ready().await.unwrap());
    assert_eq!(sweep.collected(), 29);
    assert_eq!(sweep.take_table().num_rows(), 29);
}

#[tokio::test]
async fn columns_of_every_layout_of_text_name_customers() {
    let service = tenant(3).await;
    let ids = ids(&service);
    let texts = [Some(ids[0].as_str()), None, Some(ids[2].as_str())];
    let dictionary: DictionaryArray<Int8Type> = texts.into_iter().collect();
    let bytes = ids.iter().map(|id| Some(uuid::Uuid::parse_str(id).unwrap().into_bytes()));
    let uuids = FixedSizeBinaryArray::try_from_sparse_iter_with_size(bytes, 16).unwrap();
    let layouts: [(ArrayRef, usize); 6] = [
        (Arc::new(StringArray::from(texts.to_vec())), 2),
        (Arc::new(LargeStringArray::from(texts.to_vec())), 2),
        (Arc::new(StringViewArray::from(texts.to_vec())), 2),
        (Arc::new(dictionary), 2),
        (Arc::new(uuids), 3),
        (Arc::new(NullArray::new(3)), 0),
    ];
    for (layout, found) in layouts {
        let sweep = Sweep::fed(&client(&service), 2, Order::Given);
        sweep.feed_ids(Ids::of_column(&layout).expect("text"));
        sweep.finish();
        let table = table_of(&sweep).await;
        let expected: Vec<_> = match found {
            3 => ids.iter().cloned().map(Some).collect(),
            2 => vec![Some(ids[0].clone()), Some(String::new()), Some(ids[2].clone())],
            _ => vec![Some(String::new()); 3],
        };
        assert_eq!(column(&table, "customer_id"), expected, "{}", layout.data_type());
        let errors = column(&table, "error_code").into_iter().flatten().count();
        assert_eq!(errors, 3 - found, "a null is an error");
    }
}

#[tokio::test]
async fn a_table_brings_names_along() {
    let service = tenant(2).await;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("domain", Arc::new(StringArray::from(vec![None, Some("b.example")]))),
        ("customer_id", Arc::new(StringArray::from(ids(&service)))),
        ("company_name", Arc::new(StringArray::from(vec!["A", "B"]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let sweep = Sweep::fed(&client(&service), 2, Order::Given);
    sweep.feed_ids(Ids::of_table(&batch.slice(1, 1)).expect("ids"));
    sweep.feed_ids(Ids::of_table(&batch.slice(0, 1)).expect("ids"));
    sweep.finish();
    let table = table_of(&sweep).await;
    assert_eq!(column(&table, "company_name"), [Some("B".to_owned()), Some("A".to_owned())]);
    assert_eq!(column(&table, "domain"), [Some("b.example".to_owned()), None]);
    let ids = ids(&service);
    assert_eq!(column(&table, "customer_id"), [Some(ids[1].clone()), Some(ids[0].clone())]);
}

#[test]
fn other_columns_name_nobody() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    assert!(Ids::of_column(&numbers).is_none());
    let batch = RecordBatch::try_from_iter(vec![("customer_id", numbers)]).unwrap();
    assert!(Ids::of_table(&batch).is_none());
    assert!(!Ids::has_ids(&batch.schema()));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let batch = RecordBatch::try_from_iter(vec![("id", texts)]).unwrap();
    assert!(Ids::of_table(&batch).is_none());
    assert!(!Ids::has_ids(&batch.schema()));
}
