//! A throttle that learns the limit of a real service, judged by the service's own journal.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use partnercenter_qual::emulator::{Config, Throttle, Vetting};
use partnercenter_qual::{Client, Options};
use tokio::time::{sleep, timeout};

use crate::client_support::{client_with, id};
use crate::emulator_support::Service;

const CONCURRENCY: usize = 16;
const WINDOW: Duration = Duration::from_secs(2);
const WINDOWS: u32 = 10;

/// A service that lets `limit` requests through in a window.
async fn limited(throttle: Throttle, limit: u32) -> Service {
    Service::start(Config {
        customers: 50.into(),
        vetting: Vetting::Manual,
        throttle,
        requests_per_window: Some(limit),
        window: WINDOW,
        ..Config::default()
    })
    .await
}

/// Looks at customers for so long, and gives how many answers came.
async fn sweep(client: &Client, service: &Service, time: Duration) -> u32 {
    let ids: Vec<_> = service.emulator.customer_ids().into_iter().map(id).collect();
    let answers = AtomicU32::new(0);
    let look = async |nth: usize| {
        for id in ids.iter().cycle().skip(nth) {
            client.get_qualifications(*id).await.unwrap();
            answers.fetch_add(1, Ordering::Relaxed);
        }
    };
    let looks = join_all((0..CONCURRENCY).map(look));
    assert!(timeout(time, looks).await.is_err(), "it would go on for ever");
    answers.into_inner()
}

/// Sweeps for ten windows of two seconds, and says what was wrong with it. The connections are there
/// already: a request that waits for one while another is refused would count as early.
async fn fault(throttle: Throttle, limit: u32) -> Option<String> {
    let service = limited(throttle, limit).await;
    let options = Options { max_concurrency: CONCURRENCY, ..Options::default() };
    let (client, _) = client_with(&service, options, 0);
    let first = join_all((0..CONCURRENCY).map(|_| client.get_qualifications(id(service.customer(0))))).await;
    assert!(first.iter().all(Result::is_ok));
    sleep(WINDOW).await;
    service.emulator.reset();

    let rows = sweep(&client, &service, WINDOWS * WINDOW).await;
    let journal = service.emulator.journal();
    let start = journal.first()?.at;
    let late: Vec<_> = journal.iter().filter(|entry| entry.at > start + WINDOW).collect();
    let refused = late.iter().filter(|entry| entry.status == Some(429)).count();
    let early = journal.iter().filter(|entry| entry.early).count();
    let good = early == 0 && 100 * refused <= late.len() && 100 * rows >= 95 * WINDOWS * limit;
    assert!(journal.iter().any(|entry| entry.status == Some(429)), "{rows} rows, and nothing was refused");
    service.stop().await;
    let told = || format!("{throttle:?} of {limit}: {rows} rows, {refused} refused, {early} early");
    (!good).then(told)
}

/// A machine that is busy with other things may spoil a sweep; it does not spoil three.
async fn assert_learned(throttle: Throttle, limit: u32) {
    let mut faults = Vec::new();
    while let Some(fault) = fault(throttle, limit).await {
        faults.push(fault);
        assert!(faults.len() < 3, "{faults:#?}");
    }
}

#[tokio::test]
async fn windows_are_used_up_and_hardly_anything_is_refused() {
    join_all([50, 200, 500].map(|limit| assert_learned(Throttle::Window, limit))).await;
}

#[tokio::test]
async fn buckets_are_used_up_and_hardly_anything_is_refused() {
    join_all([50, 200, 500].map(|limit| assert_learned(Throttle::Bucket, limit))).await;
}
