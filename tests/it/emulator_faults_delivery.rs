//! Answers that are late, slow, or cut short.

use std::time::{Duration, Instant};

use partnercenter_qual::emulator::{Config, Fault, read};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::emulator_faults_support::{Raw, asked, asked_by, faulty, request};
use crate::emulator_support::{BYTE_ORDER_MARK, Service, education};

const AGES: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_cut_body_breaks_off_under_its_full_length() {
    let service = Service::start(Config { customers: 500.into(), ..Config::default() }).await;
    let whole = service.get("/v1/customers").await;
    let last = whole.body.len() - 1;
    for cut in [0, 1, 5, 100_000, last, last + 1, usize::MAX] {
        service.inject(Fault { cut: Some(cut as u64), ..Fault::default() });
        let mut response = service.request(Method::GET, "/v1/customers").send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.content_length()),
            (200, Some(whole.body.len() as u64))
        );
        let mut received = Vec::new();
        let end = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => received.extend_from_slice(&chunk),
                end => break end,
            }
        };
        assert!(end.is_err(), "cut at {cut}");
        assert_eq!(received, whole.body[..cut.min(last)]);
    }
}

#[tokio::test]
async fn a_padded_body_can_be_cut_too() {
    let service = Service::manual().await;
    let (size, cut) = (20_000_000, 5_000_000);
    let fault = Fault { size: Some(size), cut: Some(cut), ..Fault::default() };
    let raw = faulty(&service, fault).await;
    assert_eq!((raw.content_length() as u64, raw.body.len() as u64), (size, cut));
    assert!(raw.body.starts_with(BYTE_ORDER_MARK) && raw.body.ends_with(b"   "));
}

#[tokio::test]
async fn a_delayed_answer_is_of_a_request_already_carried_out() {
    let service = Service::manual().await;
    service.inject(Fault { delay: Some(Duration::from_secs(60)), ..Fault::default() });
    let late = tokio::spawn(service.posting(service.customer(0), &education()).send());
    while service.emulator.effects().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!late.is_finished());
    late.abort();
    service.inject(Fault { delay: Some(Duration::from_millis(20)), ..Fault::default() });
    assert_eq!(service.statuses(1).await, [200]);
}

#[tokio::test]
async fn slow_headers_come_in_small_pieces_and_whole() {
    let service = Service::manual().await;
    let whole = Raw::of(asked(&service).await).await;
    let (over, began) = (Duration::from_millis(200), Instant::now());
    let raw = faulty(&service, Fault { slow_headers: Some(over), ..Fault::default() }).await;
    assert!(began.elapsed() >= over);
    assert!(raw.reads > 3, "{}", raw.reads);
    let names =
        |head: &str| head.lines().map(|line| line.split(':').next().map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!((names(&raw.head), &raw.body), (names(&whole.head), &whole.body));
}

#[tokio::test]
async fn only_the_head_it_is_for_is_slow() {
    let service = Service::manual().await;
    service.inject(Fault { slow_headers: Some(Duration::from_millis(50)), ..Fault::default() });
    assert_eq!(service.statuses(3).await, [200, 200, 200]);
    let slow = Fault { slow_headers: Some(AGES), path: Some("never".to_owned()), ..Fault::default() };
    service.inject(slow);
    assert_eq!(service.statuses(2).await, [200, 200]);
}

#[tokio::test]
async fn a_slow_body_comes_in_small_pieces_under_its_length() {
    let service = Service::manual().await;
    let whole = Raw::of(asked(&service).await).await;
    let over = Duration::from_millis(200);
    for (size, length) in [(None, whole.body.len()), (Some(2_000_000), 2_000_000)] {
        let began = Instant::now();
        let raw = faulty(&service, Fault { slow_body: Some(over), size, ..Fault::default() }).await;
        assert!(began.elapsed() >= over);
        assert!(raw.reads > 3, "{}", raw.reads);
        assert_eq!((raw.content_length(), raw.body.len()), (length, length));
        assert!(raw.body.starts_with(&whole.body));
    }
}

#[tokio::test]
async fn slow_head_slow_body_delay_and_cut_go_together() {
    let service = Service::manual().await;
    let fault = json!({"code": 900_421, "delay": 0.05, "slow_headers": 0.05, "slow_body": 0.05, "size": 500, "cut": 40});
    let began = Instant::now();
    let raw = faulty(&service, read(&fault).unwrap()).await;
    assert!(began.elapsed() >= Duration::from_millis(100));
    assert!(raw.head.starts_with("http/1.1 401 ") && raw.head.contains("www-authenticate"), "{}", raw.head);
    assert_eq!((raw.content_length(), raw.body.len()), (500, 40));
}

/// Faults that take for ever, and how much of the answer comes at once.
fn endless() -> Vec<(Value, usize)> {
    vec![
        (json!({"delay": 86_400}), 0),
        (json!({"slow_headers": 3600}), 0),
        (json!({"slow_body": 3600}), 100),
        (json!({"gzip_size": 1_u64 << 40}), 100),
        (json!({"gzip_size": 1_u64 << 40, "slow_body": 3600}), 100),
        (json!({"size": 1 << 30}), 100),
    ]
}

#[tokio::test]
async fn others_are_served_meanwhile() {
    let service = Service::manual().await;
    let mut waiting = Vec::new();
    for (fault, at_once) in endless() {
        service.inject(read(&fault).unwrap());
        let mut socket = asked(&service).await;
        socket.read_exact(&mut vec![0; at_once]).await.unwrap();
        while service.emulator.journal().len() <= waiting.len() {
            tokio::task::yield_now().await;
        }
        waiting.push(socket);
    }
    assert_eq!(service.statuses(3).await, [200, 200, 200]);
}

#[tokio::test]
async fn the_server_stops_at_once_whatever_is_under_way() {
    for (fault, at_once) in endless() {
        let service = Service::manual().await;
        service.inject(read(&fault).unwrap());
        // A second request that waits behind the first keeps the server from reading on.
        let both = request(&service, "GET", "/v1/customers", "").repeat(2);
        let mut socket = asked_by(&service, &both).await;
        socket.read_exact(&mut vec![0; at_once]).await.unwrap();
        while service.emulator.journal().is_empty() {
            tokio::task::yield_now().await;
        }
        let stopped = tokio::time::timeout(Duration::from_secs(30), service.stop()).await;
        stopped.unwrap_or_else(|_| panic!("{fault} holds it up"));
        while !matches!(socket.read(&mut [0; 4096]).await, Ok(0) | Err(_)) {}
    }
}
