//! Many customers at once.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use partnercenter_qual::emulator::{Config, Fault, Vetting};
use partnercenter_qual::model::CustomerId;
use partnercenter_qual::sweep::{Order, Row, Sweep, Target};
use partnercenter_qual::{Error, Options};
use uuid::Uuid;

use crate::client_support::{CUSTOMER, client, client_with, education, id, scripted_client_with};
use crate::emulator_support::Service;
use crate::scripted::{Scripted, ok};

async fn tenant(customers: usize) -> Service {
    Service::start(Config { customers: customers.into(), vetting: Vetting::Manual, ..Config::default() })
        .await
}

fn target(given: impl Into<String>) -> Target {
    Target { given: Some(given.into()), customer: None }
}

async fn all(sweep: Sweep) -> Vec<Row> {
    let mut rows = Vec::new();
    loop {
        let ready = sweep.next(64).await.expect("rows");
        if ready.is_empty() {
            return rows;
        }
        rows.extend(ready);
    }
}

fn status(row: &Row) -> Option<u16> {
    match &row.outcome {
        Ok(_) => None,
        Err(Error::Api(error)) => Some(error.status_code),
        Err(other) => panic!("not an answer of the service: {other}"),
    }
}

#[tokio::test]
async fn every_customer_is_one_row_whatever_happens_to_it() {
    let service = tenant(1000).await;
    let (client, _) = client_with(&service, Options { max_retries: 1, ..Options::default() }, 0);
    client.update_qualification(id(service.customer(10)), &education(), None).await.unwrap();
    let faults = [(1, 403, None), (2, 404, None), (3, 500, None), (4, 503, Some(1)), (999, 400, None)];
    for (nth, status, times) in faults {
        let customer_id = Some(service.customer(nth));
        service.inject(Fault { status: Some(status), customer_id, times, ..Fault::default() });
    }
    let sweep = Sweep::all(&client, 16, Order::Answered);
    let mut rows = all(sweep).await;
    assert_eq!(rows.len(), 1000);
    let ids = service.emulator.customer_ids().into_iter().map(|id| id.to_string());
    let places: HashMap<_, _> = ids.zip(0..).collect();
    rows.sort_by_key(|row| places[&row.customer_id]);
    let failed: Vec<_> = rows.iter().enumerate().filter_map(|(nth, row)| Some((nth, status(row)?))).collect();
    assert_eq!(failed, [(1, 403), (2, 404), (3, 500), (999, 400)]);
    assert_eq!(rows[10].outcome.as_ref().unwrap().len(), 1);
    for row in &rows {
        let customer = row.customer.as_ref().expect("the customer of the list");
        assert_eq!(customer.customer_id, row.customer_id);
        assert_eq!(row.context.is_some(), row.outcome.is_ok());
    }
}

#[tokio::test]
async fn ids_are_taken_as_they_are_given() {
    let service = tenant(3).await;
    let client = client(&service);
    let sweep = Sweep::fed(&client, 2, Order::Answered);
    let known = service.customer(0);
    let unknown = Uuid::from_u128(7).to_string();
    for given in [known.to_string(), known.simple().to_string(), "nobody".to_owned(), unknown.clone()] {
        sweep.feed([target(given)]);
    }
    sweep.finish();
    let rows = all(sweep).await;
    let good = rows.iter().filter(|row| row.outcome.is_ok()).map(|row| row.customer_id.as_str());
    assert_eq!(good.collect::<Vec<_>>(), [known.to_string(), known.to_string()]);
    let of = |id: &str| rows.iter().find(|row| row.customer_id == id).unwrap();
    assert!(matches!(&of("nobody").outcome, Err(Error::InvalidArgument(no)) if no.field == "customer_id"));
    assert_eq!(status(of(&unknown)), Some(404));
    assert_eq!(service.emulator.journal().len(), 3, "nothing is sent for an id that is none");
}

#[tokio::test]
async fn rows_come_while_the_feed_is_open() {
    let service = tenant(2).await;
    let sweep = Sweep::fed(&client(&service), 4, Order::Answered);
    for nth in 0..2 {
        sweep.feed([target(service.customer(nth))]);
        assert_eq!(sweep.next(10).await.unwrap()[0].customer_id, service.customer(nth).to_string());
    }
    sweep.finish();
    assert!(sweep.next(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_takes_rows_slowly_misses_none() {
    // Answers that come in pieces, some slower than others, so that some are half read when nobody takes rows.
    let halt = |nth: usize| Duration::from_millis([5, 20, 35][nth % 3]);
    let server = Scripted::halting(halt, |_| ok(b"[     ]")).await;
    let options = Options { timeout: Duration::from_millis(400), max_retries: 0, ..Options::default() };
    let sweep = Sweep::fed(&scripted_client_with(&server, options), 4, Order::Answered);
    for _ in 0..30 {
        sweep.feed([target(CUSTOMER)]);
    }
    sweep.finish();
    let mut rows = Vec::new();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        rows.extend(sweep.next(2).await.unwrap());
    }
    rows.extend(all(sweep).await);
    let failed: Vec<_> = rows.iter().filter_map(|row| row.outcome.as_ref().err()).collect();
    assert_eq!((rows.len(), failed.len()), (30, 0), "{failed:?}");
}

#[tokio::test]
async fn who_takes_rows_may_use_the_client_meanwhile() {
    let service = tenant(40).await;
    let (client, _) = client_with(&service, Options { max_concurrency: 1, ..Options::default() }, 0);
    let sweep = Sweep::all(&client, 4, Order::Answered);
    for _ in 0..40 {
        let rows = sweep.next(1).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
        let call = client.get_qualifications(CustomerId::parse(&rows[0].customer_id).unwrap());
        let answered = tokio::time::timeout(Duration::from_secs(20), call).await;
        assert_eq!(answered.expect("no call waits for the sweep").unwrap(), []);
    }
}

#[tokio::test]
async fn nobody_reads_far_ahead_of_who_takes_the_rows() {
    let service = tenant(200).await;
    let sweep = Sweep::all(&client(&service), 4, Order::Answered);
    sweep.next(1).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let sent = service.emulator.journal().len() - 1; // one was for the list
    assert!((4..=1 + 2 * 4).contains(&sent), "{sent} sent");
}

#[tokio::test]
async fn a_dropped_sweep_sends_nothing_any_more() {
    let service = tenant(50).await;
    service.inject(Fault { delay: Some(Duration::from_millis(100)), times: None, ..Fault::default() });
    let sweep = Sweep::all(&client(&service), 4, Order::Answered);
    sweep.next(1).await.unwrap();
    drop(sweep);
    tokio::time::sleep(Duration::from_millis(150)).await;
    let sent = service.emulator.journal().len();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(service.emulator.journal().len(), sent);
    assert!(sent < 20, "{sent} sent");
}

#[tokio::test]
async fn a_list_that_breaks_off_is_an_error_after_the_rows_that_were_read() {
    let service = tenant(600).await; // two pages
    let (client, _) = client_with(&service, Options { max_retries: 0, ..Options::default() }, 0);
    let second_page = Some("seekOperation".to_owned());
    service.inject(Fault { status: Some(403), path: second_page, ..Fault::default() });
    let sweep = Sweep::all(&client, 8, Order::Answered);
    let mut seen = HashSet::new();
    let error = loop {
        match sweep.next(64).await {
            Ok(rows) if rows.is_empty() => panic!("the sweep ended after {} rows", seen.len()),
            Ok(rows) => seen.extend(rows.into_iter().map(|row| row.customer_id)),
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, Error::Api(error) if error.status_code == 403), "{error}");
    assert_eq!((seen.len(), sweep.tally().given), (500, 500));
    assert!(sweep.next(64).await.unwrap().is_empty());
}
