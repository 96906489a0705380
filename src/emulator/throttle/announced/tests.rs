use chrono::TimeDelta;

use super::*;

const EVERYBODY: Option<Uuid> = None;

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap()
}

/// A moment of both clocks, so long after the other.
fn ms(start: (DateTime<Utc>, Instant), ms: u64) -> (DateTime<Utc>, Instant) {
    let passed = Duration::from_millis(ms);
    (after(start.0, passed), start.1 + passed)
}

fn start() -> (DateTime<Utc>, Instant) {
    (Utc::now(), Instant::now())
}

#[test]
fn who_sends_the_same_request_again_has_no_grace() {
    let (mut announced, now) = (Announced::default(), start());
    announced.announce(&header("2"), now, "a".into(), EVERYBODY);
    assert!(announced.is_early(now, &"a".into(), None));
    assert!(!announced.is_early(now, &"b".into(), None));
    assert!(!announced.is_early((now.0 + TimeDelta::seconds(2), now.1), &"a".into(), None));
}

#[test]
fn early_is_after_the_grace_and_before_the_end() {
    let (mut announced, now) = (Announced::default(), start());
    announced.announce(&header("2"), now, "a".into(), EVERYBODY);
    let mut early = |n| announced.is_early(ms(now, n), &"b".into(), None);
    assert!(!early(40));
    assert!(early(60));
    assert!(early(1999));
    assert!(!early(2000));
}

#[test]
fn hammering_on_is_early_although_every_answer_announces_anew() {
    let (mut announced, now) = (Announced::default(), start());
    let early = (0..20u64)
        .filter(|step| {
            let (now, id) = (ms(now, 10 * step), Id::from(step.to_string()));
            let early = announced.is_early(now, &id, None);
            announced.announce(&header("1"), now, id, EVERYBODY);
            early
        })
        .count();
    assert_eq!(early, 14, "all that came more than 50 ms after the first answer");
}

#[test]
fn a_customers_wait_binds_requests_about_that_customer_alone() {
    let (mut announced, now) = (Announced::default(), start());
    let (one, other) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
    announced.announce(&header("2"), now, "a".into(), one);
    let mut early = |n, id: &str, customer| announced.is_early(ms(now, n), &id.into(), customer);
    for (n, id) in [(0, "a"), (60, "a"), (60, "b")] {
        assert!(early(n, id, one), "{n} {id}");
        assert!(!early(n, id, other) && !early(n, id, None), "{n} {id}");
    }
    assert!(!early(2000, "a", one));
}

#[test]
fn the_longest_wait_counts() {
    for customer in [None, Some(Uuid::from_u128(1))] {
        let (mut announced, now) = (Announced::default(), start());
        announced.announce(&header("20"), now, "a".into(), customer);
        announced.announce(&header("3"), ms(now, 10), "b".into(), customer);
        assert!(announced.is_early(ms(now, 19_000), &"c".into(), customer));
        assert!(!announced.is_early(ms(now, 20_000), &"c".into(), customer));
        announced.announce(&header("3"), ms(now, 20_000), "d".into(), customer);
        assert!(announced.is_early(ms(now, 22_000), &"c".into(), customer));
    }
}

#[test]
fn a_clock_that_was_set_back_leaves_no_wait_behind() {
    let (mut announced, (now, at)) = (Announced::default(), start());
    announced.announce(&header("60"), (now, at), "a".into(), EVERYBODY);
    let (back, later) = (now - TimeDelta::hours(1), at + Duration::from_secs(1));
    assert!(!announced.is_early((back, later), &"a".into(), None));
    announced.announce(&header("2"), (back, later), "b".into(), EVERYBODY);
    assert!(announced.is_early(ms((back, later), 60), &"c".into(), None));
    assert!(!announced.is_early(ms((back, later), 2000), &"c".into(), None));
}

#[test]
fn a_frozen_clock_ends_no_wait() {
    let (mut announced, (now, at)) = (Announced::default(), start());
    announced.announce(&header("1"), (now, at), "a".into(), EVERYBODY);
    assert!(announced.is_early((now, at + Duration::from_secs(600)), &"b".into(), None));
}

#[test]
fn no_grace_outlasts_the_virtual_clock() {
    let (mut announced, (now, at)) = (Announced::default(), start());
    announced.announce(&header("30"), (now, at), "a".into(), EVERYBODY);
    let mut early = |seconds| announced.is_early((now + seconds, at), &"b".into(), None);
    assert!(!early(TimeDelta::zero()), "under way at the same time");
    assert!(early(TimeDelta::seconds(1)));
    assert!(!early(TimeDelta::seconds(30)));
}

#[test]
fn waits_are_the_same_after_they_were_written_and_read() {
    let (mut announced, now) = (Announced::default(), start());
    let one = Some(Uuid::from_u128(1));
    announced.announce(&header("9"), now, "a".into(), one);
    assert!(announced.is_early(ms(now, 60), &"b".into(), one));
    announced.announce(&header("5"), ms(now, 60), "c".into(), EVERYBODY);
    let text = serde_json::to_string(&announced).unwrap();
    let mut read: Announced = serde_json::from_str(&text).unwrap();
    for announced in [&mut announced, &mut read] {
        assert!(announced.is_early(ms(now, 70), &"d".into(), one), "{text}");
        assert!(announced.is_early(ms(now, 70), &"c".into(), None), "{text}");
    }
}

#[test]
fn a_date_is_a_wait_and_nonsense_is_none() {
    let now = Utc::now();
    let date = httpdate::fmt_http_date((now + TimeDelta::seconds(10)).into());
    let until = wait_end(&header(&date), now).unwrap();
    assert!((until - now).num_seconds() >= 9);
    assert_eq!(wait_end(&header("soon"), now), None);
    assert_eq!(wait_end(&header("-1"), now), None);
}
