use std::future::Future;

use super::*;
use tokio::time::{advance, timeout};

const SECOND: Duration = Duration::from_secs(1);

async fn stuck<T>(future: impl Future<Output = T>) -> bool {
    timeout(Duration::from_millis(1), future).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn concurrency_is_bounded() {
    let throttle = Arc::new(Throttle::new(2));
    let first = throttle.enter(None).await.unwrap();
    let _second = throttle.enter(None).await.unwrap();
    assert!(stuck(throttle.enter(None)).await);
    drop(first);
    throttle.enter(None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_every_call_to_its_end() {
    let throttle = Arc::new(Throttle::new(4));
    throttle.pause(7 * SECOND);
    let start = Instant::now();
    throttle.enter(None).await.unwrap();
    assert_eq!(start.elapsed(), 7 * SECOND);
    assert_eq!(throttle.paused_for(), None);
}

#[tokio::test(start_paused = true)]
async fn a_shorter_pause_does_not_cut_a_longer_one() {
    let throttle = Arc::new(Throttle::new(4));
    throttle.pause(7 * SECOND);
    throttle.pause(SECOND);
    assert_eq!(throttle.paused_for(), Some(7 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn a_long_pause_turns_calls_away_until_it_ends() {
    let throttle = Arc::new(Throttle::new(4));
    throttle.pause(600 * SECOND);
    advance(599 * SECOND).await;
    let refused = throttle.enter(None).await.unwrap_err();
    assert_eq!(refused.remaining, SECOND);
    advance(SECOND).await;
    throttle.enter(None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn after_a_pause_concurrency_climbs_back_to_where_it_was() {
    let throttle = Arc::new(Throttle::new(3));
    let held = [throttle.enter(None).await.unwrap(), throttle.enter(None).await.unwrap()];
    throttle.pause(SECOND); // one slot is free and closes now, one of the held ones is owed
    assert!(stuck(throttle.enter(None)).await);
    throttle.succeeded(None); // of a request from before the pause
    drop(held);
    let only = throttle.enter(None).await.unwrap();
    assert!(stuck(throttle.enter(None)).await);
    advance(SECOND).await;
    for _ in 0..5 {
        throttle.succeeded(None);
    }
    let _more = [throttle.enter(None).await.unwrap(), throttle.enter(None).await.unwrap()];
    assert!(stuck(throttle.enter(None)).await);
    drop(only);
    throttle.enter(None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn never_more_than_the_rate_in_any_minute() {
    let throttle = Arc::new(Throttle::new(100));
    let rate = throttle.rate(5);
    let mut sent = Vec::new();
    for step in 0..20 {
        throttle.enter(Some(&rate)).await.unwrap();
        sent.push(Instant::now());
        if step == 7 {
            throttle.pause(31 * SECOND);
            throttle.succeeded(None);
        }
    }
    assert!(sent.windows(6).all(|window| window[5] - window[0] > 60 * SECOND));
    assert!(sent[19] - sent[0] < 5 * 61 * SECOND, "the rate is used up");
}

#[tokio::test(start_paused = true)]
async fn a_call_given_up_while_waiting_takes_nothing_with_it() {
    let throttle = Arc::new(Throttle::new(1));
    let rate = throttle.rate(1);
    throttle.pause(SECOND);
    assert!(stuck(throttle.enter(Some(&rate))).await);
    throttle.enter(Some(&rate)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_rate_holds_up_nobody_else() {
    let throttle = Arc::new(Throttle::new(1));
    let rate = throttle.rate(1);
    throttle.enter(Some(&rate)).await.unwrap();
    let waiting = tokio::spawn({
        let throttle = Arc::clone(&throttle);
        async move { throttle.enter(Some(&rate)).await.map(drop) }
    });
    tokio::task::yield_now().await;
    let start = Instant::now();
    throttle.enter(None).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    waiting.await.unwrap().unwrap();
    assert!(start.elapsed() >= 60 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_rate_counts_what_others_send() {
    let throttle = Arc::new(Throttle::new(9));
    let rate = throttle.rate(2);
    for _ in 0..7 {
        throttle.enter(None).await.unwrap();
    }
    let start = Instant::now();
    throttle.enter(Some(&rate)).await.unwrap();
    assert!(start.elapsed() >= 60 * SECOND);
}
