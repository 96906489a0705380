//! A ledger: what was asked for and seen, across runs that end anywhere.

use std::time::Duration;

use partnercenter_qual::apply::{Apply, Outcome, OutcomeKind, Settings, Wanted};
use partnercenter_qual::emulator::{self, Config, Fault, Vetting};
use partnercenter_qual::ledger::{Ledger, Location};
use partnercenter_qual::model::VettingStatus;
use partnercenter_qual::sweep::{Order, Recorder, Sweep};
use partnercenter_qual::watch::{self, Watch};
use partnercenter_qual::{Client, Error, Options};
use tempfile::TempDir;

use crate::client_support::{client, client_with, education, id, scripted_client};
use crate::emulator_support::Service;
use crate::scripted::Scripted;

const SETTINGS: Settings = Settings { resubmit_denied: false, concurrency: 4 };
const LEASE: Duration = Duration::from_secs(60);

async fn tenant(customers: usize) -> Service {
    let dedupe = false;
    let config =
        Config { customers: customers.into(), vetting: Vetting::Manual, dedupe, ..Config::default() };
    Service::start(config).await
}

async fn open(folder: &TempDir) -> Ledger {
    let path = folder.path().join("quals.db");
    let location = Location::parse(path.to_str().unwrap()).unwrap();
    Ledger::open(&location, None, LEASE).await.expect("a ledger")
}

fn wanted(service: &Service) -> Vec<Wanted> {
    let ids = service.emulator.customer_ids().into_iter().enumerate();
    ids.map(|(place, customer)| Wanted {
        row: place as u64 + 1,
        customer_id: id(customer),
        request: education(),
    })
    .collect()
}

async fn all(apply: &Apply) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    while apply.ready().await? {
        outcomes.extend(std::iter::from_fn(|| apply.take()));
    }
    Ok(outcomes)
}

async fn run(client: &Client, ledger: &Ledger, service: &Service) -> Vec<Outcome> {
    all(&Apply::start(client, ledger, wanted(service), SETTINGS)).await.expect("a whole run")
}

fn kinds(outcomes: &[Outcome], kind: OutcomeKind) -> usize {
    outcomes.iter().filter(|outcome| outcome.kind == kind).count()
}

#[tokio::test]
async fn each_customer_is_asked_for_once_however_often_it_is_run() {
    let (service, folder) = (tenant(60).await, TempDir::new().unwrap());
    let ledger = open(&folder).await;
    let lost = Fault { after_effect: true, reset: true, times: Some(5), ..Fault::default() };
    service.inject(Fault { method: Some("POST".to_owned()), ..lost });
    for _ in 0..2 {
        let outcomes = run(&client(&service), &ledger, &service).await;
        assert_eq!(kinds(&outcomes, OutcomeKind::Answered), 60);
    }
    assert_eq!(service.emulator.effects().len(), 60);
    assert_eq!(ledger.submissions_table(Some("answered")).await.unwrap().num_rows(), 60);
    assert_eq!(ledger.latest().await.unwrap().num_rows(), 60);
    assert_eq!(ledger.pending().await.unwrap().num_rows(), 60);
}

#[tokio::test]
async fn a_run_that_is_dropped_anywhere_is_gone_on_with() {
    let (service, folder) = (tenant(40).await, TempDir::new().unwrap());
    for taken in [1, 7, 19] {
        let ledger = open(&folder).await;
        let apply = Apply::start(&client(&service), &ledger, wanted(&service), SETTINGS);
        let mut outcomes = Vec::new();
        while outcomes.len() < taken && apply.ready().await.unwrap() {
            outcomes.extend(apply.take());
        }
        drop(apply);
    }
    let ledger = open(&folder).await;
    let outcomes = run(&client(&service), &ledger, &service).await;
    assert_eq!(kinds(&outcomes, OutcomeKind::Answered), 40);
    assert_eq!(service.emulator.effects().len(), 40);
}

#[tokio::test]
async fn a_second_run_with_the_same_file_sends_nothing() {
    let (service, folder) = (tenant(30).await, TempDir::new().unwrap());
    let (one, other) = (open(&folder).await, open(&folder).await);
    let first = Apply::start(&client(&service), &one, wanted(&service), SETTINGS);
    assert!(first.ready().await.unwrap());
    let second = Apply::start(&client(&service), &other, wanted(&service), SETTINGS);
    let error = all(&second).await.expect_err("it is in use");
    assert!(matches!(&error, Error::Ledger(error) if error.message.contains("in use")), "{error}");
    assert_eq!(all(&first).await.unwrap().len(), 30);
    assert_eq!(service.emulator.effects().len(), 30);
}

#[tokio::test]
async fn what_would_befall_all_ends_the_run_and_leaves_the_rest() {
    let (service, folder) = (tenant(20).await, TempDir::new().unwrap());
    let ledger = open(&folder).await;
    let options = Options { max_retries: 0, ..Options::default() };
    let (client, _) = client_with(&service, options, 0);
    let refusal = r#"{"code": 900421, "description": "MFA required"}"#.to_owned();
    let body = Some(refusal.into());
    let method = Some("POST".to_owned());
    service.inject(Fault { method, status: Some(403), body, times: None, ..Fault::default() });
    let apply = Apply::start(&client, &ledger, wanted(&service), SETTINGS);
    let error = loop {
        match apply.ready().await {
            Ok(true) => drop(apply.take()),
            Ok(false) => panic!("it went on"),
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, Error::Api(error) if error.status_code == 403), "{error}");
    assert_eq!(ledger.submissions_table(Some("refused")).await.unwrap().num_rows(), 0);
    let (done, left) = (service.emulator.effects().len(), ledger.submissions_table(Some("intended")).await);
    assert_eq!(done + left.unwrap().num_rows(), 20);
}

#[tokio::test]
async fn a_recorded_sweep_goes_on_where_it_was_interrupted() {
    let (service, folder) = (tenant(50).await, TempDir::new().unwrap());
    let ledger = open(&folder).await;
    let recorder = || Some(Recorder::new(&ledger, true));
    let sweep = Sweep::all_into(&client(&service), 4, Order::Given, recorder());
    let mut taken = 0;
    while taken < 20 {
        taken += sweep.next(5).await.unwrap().len();
    }
    drop(sweep);
    let sweep = Sweep::all_into(&client(&service), 4, Order::Given, recorder());
    let mut rows = Vec::new();
    loop {
        let more = sweep.next(64).await.unwrap();
        if more.is_empty() {
            break;
        }
        rows.extend(more);
    }
    let ids: Vec<_> = service.emulator.customer_ids().iter().map(ToString::to_string).collect();
    assert_eq!(rows.iter().map(|row| row.customer_id.clone()).collect::<Vec<_>>(), ids);
    assert!(sweep.tally().known >= 20, "{:?}", sweep.tally());
    assert!(rows.iter().all(|row| row.outcome.is_ok()));
}

#[tokio::test]
async fn a_watch_gives_each_change_until_it_was_done_with() {
    let (service, folder) = (tenant(3).await, TempDir::new().unwrap());
    let ledger = open(&folder).await;
    let client = client(&service);
    run(&client, &ledger, &service).await;
    let settings = watch::Settings::new(Some(0.02), 3600.0, 4).unwrap();
    let begun = Watch::new(&client, &ledger, settings);
    let decide = |nth: usize| {
        let (kind, status) = (emulator::QualificationType::Education, emulator::VettingStatus::Approved);
        service.emulator.decide(service.customer(nth), kind, status, None).unwrap();
        service.customer(nth).to_string()
    };
    let waiting = tokio::time::timeout(Duration::from_millis(200), begun.next());
    assert!(waiting.await.is_err(), "nothing has changed since it began");
    let first = decide(0);
    let second = begun.next().await.unwrap().unwrap();
    assert_eq!(
        (second.customer_id.as_str(), second.new_status),
        (first.as_str(), Some(VettingStatus::Approved))
    );
    drop(begun);
    let again = Watch::new(&client, &ledger, settings);
    assert_eq!(again.next().await.unwrap().unwrap().customer_id, first, "nobody said that it was done with");
    let second = decide(1);
    assert_eq!(again.next().await.unwrap().unwrap().customer_id, second);
    again.close();
    assert!(again.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_ledger_is_of_one_tenant() {
    let (service, folder) = (tenant(1).await, TempDir::new().unwrap());
    let ledger = open(&folder).await;
    run(&client(&service), &ledger, &service).await;
    let other = Service::start(Config { seed: 99, customers: 1.into(), ..Config::default() }).await;
    let apply = Apply::start(&client(&other), &ledger, wanted(&other), SETTINGS);
    let error = all(&apply).await.expect_err("another tenant");
    assert!(error.to_string().contains("not of"), "{error}");
    let opaque = Scripted::answering(Vec::new()).await;
    let apply = Apply::start(&scripted_client(&opaque), &ledger, wanted(&service), SETTINGS);
    let error = all(&apply).await.expect_err("a token without a tenant");
    assert!(error.to_string().contains("tenant_id="), "{error}");
}
