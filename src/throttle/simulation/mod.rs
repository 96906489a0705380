//! The requirement, against simulated services on tokio's paused clock: over a long sweep at least
//! 95 % of what is allowed, at most 1 % of the requests refused after the first window, and none sent
//! before `Retry-After` ended.

mod service;

use std::cell::RefCell;
use std::rc::Rc;

use tokio::task::LocalSet;
use tokio::time::sleep;

use super::*;
use service::{Kind, Service, Terms};

/// Who sweeps.
#[derive(Debug, Clone, Copy)]
struct Sweep {
    concurrency: u32,
    /// Of a request and its answer, in seconds.
    latency: f64,
}

type Shared = Rc<RefCell<Service>>;

/// One of those that send requests at the same time, for as long as it is let.
async fn worker(throttle: Arc<Throttle>, service: Shared, closed: Rc<RefCell<Instant>>, latency: f64) {
    let half = Duration::from_secs_f64(latency / 2.0);
    loop {
        let permit = throttle.enter(None).await.unwrap();
        assert!(Instant::now() >= *closed.borrow(), "before Retry-After ended");
        sleep(half).await;
        let wait = service.borrow_mut().count();
        sleep(half).await;
        let Some(wait) = wait else {
            permit.passed();
            continue;
        };
        let end = Instant::now() + wait;
        closed.replace_with(|closed| end.max(*closed));
        permit.refused(wait);
        sleep(wait).await;
    }
}

/// Sweeps for some seconds, each with a throttle of its own; `change` is what becomes of the service
/// at what second.
fn run(terms: Terms, sweeps: &[Sweep], seconds: f64, change: Option<(f64, Terms)>) -> Service {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(LocalSet::new().run_until(async {
        let service = Rc::new(RefCell::new(Service::new(terms)));
        let mut workers = tokio::task::JoinSet::new();
        for sweep in sweeps {
            let throttle = Arc::new(Throttle::new(sweep.concurrency as usize));
            let closed = Rc::new(RefCell::new(Instant::now()));
            for _ in 0..sweep.concurrency {
                let work = worker(
                    Arc::clone(&throttle),
                    Rc::clone(&service),
                    Rc::clone(&closed),
                    sweep.latency.max(0.001),
                );
                workers.spawn_local(work);
            }
        }
        let changed = change.map_or(seconds, |(at, _)| at);
        let finished = async {
            sleep(Duration::from_secs_f64(changed)).await;
            if let Some((_, terms)) = change {
                service.borrow_mut().terms = terms;
            }
            sleep(Duration::from_secs_f64(seconds - changed)).await;
        };
        tokio::select! {
            () = finished => {}
            ended = workers.join_next() => panic!("{ended:?}"),
        }
        workers.shutdown().await;
        Rc::into_inner(service).unwrap().into_inner()
    }))
}

fn assert_polite_and_quick(terms: Terms, sweep: Sweep, windows: f64) {
    let seconds = terms.window * windows;
    let service = run(terms, &[sweep], seconds, None);
    let reach = f64::from(sweep.concurrency) / sweep.latency.max(0.001) * seconds;
    let allowed = (terms.limit * windows).min(reach);
    let used = service.since(0.0).0 / allowed;
    assert!(used >= 0.95, "{used:.3} used: {terms:?}, {sweep:?}");
    let (passed, refused) = service.since(terms.window);
    assert!(refused <= 0.01 * (passed + refused), "{refused} of {passed} refused: {terms:?}, {sweep:?}");
}

const SWEEPS: [Sweep; 5] = [
    Sweep { concurrency: 1, latency: 0.02 },
    Sweep { concurrency: 16, latency: 0.0 },
    Sweep { concurrency: 16, latency: 0.05 },
    Sweep { concurrency: 32, latency: 0.2 },
    Sweep { concurrency: 128, latency: 0.2 },
];

#[test]
fn windows_are_used_up_and_hardly_anything_is_refused() {
    for (limit, window) in [(20.0, 1.0), (100.0, 1.0), (20.0, 2.0), (50.0, 5.0), (20.0, 60.0), (300.0, 60.0)]
    {
        for sweep in SWEEPS {
            assert_polite_and_quick(Terms { kind: Kind::Window, limit, window }, sweep, 40.0);
        }
    }
}

#[test]
fn buckets_are_used_up_and_hardly_anything_is_refused() {
    for (limit, window) in [(20.0, 1.0), (20.0, 2.0), (100.0, 5.0), (50.0, 60.0), (300.0, 60.0)] {
        for sweep in SWEEPS {
            assert_polite_and_quick(Terms { kind: Kind::Bucket, limit, window }, sweep, 60.0);
        }
    }
}

#[test]
fn a_limit_of_thousands_is_used_up_too() {
    let quick = Sweep { concurrency: 128, latency: 0.01 };
    for kind in [Kind::Window, Kind::Bucket] {
        assert_polite_and_quick(Terms { kind, limit: 2000.0, window: 2.0 }, quick, 12.0);
    }
    // More than can be remembered.
    assert_polite_and_quick(Terms { kind: Kind::Window, limit: 20_000.0, window: 10.0 }, quick, 4.0);
}

#[test]
fn windows_that_follow_the_clock_are_used_up_wherever_the_sweep_begins() {
    for begun in [0.1, 0.5, 0.9] {
        for limit in [100.0, 500.0] {
            let terms = Terms { kind: Kind::Clock(60.0 * begun), limit, window: 60.0 };
            assert_polite_and_quick(terms, SWEEPS[2], 40.0);
        }
    }
}

#[test]
fn windows_of_no_whole_seconds_are_found_out_in_time() {
    let terms = Terms { kind: Kind::Window, limit: 100.0, window: 1.5 };
    let service = run(terms, &SWEEPS[2..3], 400.0, None);
    let (passed, refused) = service.since(250.0);
    assert!(passed >= 0.9 * 100.0 * 100.0, "{passed}");
    assert!(refused <= 0.01 * passed, "{refused}");
}

#[test]
fn a_limit_that_changes_is_followed_down_and_up() {
    for kind in [Kind::Window, Kind::Bucket] {
        for (before, after) in [(100.0, 50.0), (50.0, 100.0)] {
            let terms = |limit| Terms { kind, limit, window: 5.0 };
            let service = run(terms(before), &SWEEPS[2..3], 900.0, Some((200.0, terms(after))));
            let (passed, refused) = service.since(700.0);
            assert!(passed >= 0.9 * after * 40.0, "{passed} {kind:?} {after}");
            assert!(refused <= 0.02 * passed, "{refused} {kind:?} {after}");
        }
    }
}

#[test]
fn two_that_share_a_limit_use_it_up_between_them() {
    for kind in [Kind::Window, Kind::Bucket] {
        let terms = Terms { kind, limit: 200.0, window: 10.0 };
        let service = run(terms, &SWEEPS[1..3], 600.0, None);
        let (passed, refused) = service.since(60.0);
        assert!(passed >= 0.85 * 200.0 * 54.0, "{passed} {kind:?}");
        assert!(refused <= 0.02 * passed, "{refused} {kind:?}");
    }
}

#[test]
fn out_of_reach_of_the_limit_nothing_is_held_back() {
    let terms = Terms { kind: Kind::Window, limit: 10_000.0, window: 1.0 };
    let service = run(terms, &SWEEPS[4..], 10.0, None);
    assert_eq!(service.seen.len(), 128 * 50 - 128 / 2 + 64);
    assert!(service.seen.iter().all(|(_, passed)| *passed));
}

#[tokio::test(start_paused = true)]
async fn who_asks_rarely_is_not_held_up_by_what_a_sweep_learned() {
    let throttle = Arc::new(Throttle::new(4));
    for _ in 0..100 {
        throttle.enter(None).await.unwrap().passed();
    }
    throttle.enter(None).await.unwrap().refused(Duration::from_secs(60));
    let ask = async || {
        let start = Instant::now();
        throttle.enter(None).await.unwrap().passed();
        start.elapsed()
    };
    assert_eq!(ask().await, Duration::from_secs(60));
    assert!(ask().await > Duration::ZERO, "100 a minute are known, and spread");
    sleep(Duration::from_secs(60)).await;
    for _ in 0..50 {
        assert_eq!(ask().await, Duration::ZERO, "unused so far");
    }
    sleep(Duration::from_secs(3600)).await;
    for _ in 0..1000 {
        assert_eq!(ask().await, Duration::ZERO, "forgotten");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_of_the_users_is_all_that_they_keep_to() {
    let throttle = Arc::new(Throttle::new(4));
    let rate = throttle.rate(1000);
    for _ in 0..100 {
        throttle.enter(Some(&rate)).await.unwrap().passed();
    }
    throttle.enter(Some(&rate)).await.unwrap().refused(Duration::from_secs(1));
    throttle.enter(Some(&rate)).await.unwrap().passed();
    let start = Instant::now();
    for _ in 0..500 {
        throttle.enter(Some(&rate)).await.unwrap().passed();
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}
