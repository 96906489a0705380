use std::time::Duration;

use proptest::prelude::*;

use super::*;

const KINDS: [Throttle; 2] = [Throttle::Window, Throttle::Bucket];

fn limits(throttle: Throttle, partner: Option<u32>, customer: Option<u32>, window: Duration) -> Limits {
    Limits::new(&Config {
        throttle,
        requests_per_window: partner,
        customer_requests_per_window: customer,
        window,
        ..Config::default()
    })
}

fn after_refusal(now: DateTime<Utc>, refused: Refused) -> DateTime<Utc> {
    now + TimeDelta::seconds(refused.seconds.try_into().unwrap())
}

proptest! {
    #[test]
    fn coming_back_after_the_announced_seconds_is_always_allowed(
        kind in prop::sample::select(&KINDS),
        partner in prop::option::of(1u32..5),
        customer in prop::option::of(1u32..5),
        window in 1u64..5_000_000_000,
        steps in prop::collection::vec((0i64..2_000_000_000, 0u128..3), 1..60),
    ) {
        let mut limits = limits(kind, partner, customer, Duration::from_nanos(window));
        let mut now = Utc::now();
        for (step, id) in steps {
            now += TimeDelta::nanoseconds(step);
            let id = (id > 0).then(|| Uuid::from_u128(id));
            if let Err(refused) = limits.admit(id, now) {
                prop_assert!(refused.seconds >= 1);
                now = after_refusal(now, refused);
                prop_assert_eq!(limits.admit(id, now), Ok(()));
            }
        }
    }

    #[test]
    fn exactly_the_limit_passes_at_once(
        kind in prop::sample::select(&KINDS), limit in 0u32..20, asked in 0u32..40, window in 1u64..100_000,
    ) {
        let mut limits = limits(kind, Some(limit), None, Duration::from_nanos(window));
        let now = Utc::now();
        let passed = (0..asked).filter(|_| limits.admit(None, now).is_ok()).count();
        prop_assert_eq!(passed, limit.min(asked) as usize);
    }

    #[test]
    fn in_any_length_of_a_window_no_more_pass_than_the_kind_allows(
        kind in prop::sample::select(&KINDS),
        limit in 1u32..6,
        steps in prop::collection::vec(0i64..400, 20..80),
    ) {
        const WINDOW: i64 = 1000;
        let mut limits = limits(kind, Some(limit), None, Duration::from_millis(WINDOW.unsigned_abs()));
        let mut now = Utc::now();
        let mut passed = Vec::new();
        for step in steps {
            now += TimeDelta::milliseconds(step);
            if limits.admit(None, now).is_ok() {
                passed.push(now);
            }
        }
        // At the seam of two windows both limits may be used up; a full bucket fills up meanwhile.
        let most = 2 * limit as usize;
        for later in passed.windows(most + 1) {
            prop_assert!(later[most] - later[0] >= TimeDelta::milliseconds(WINDOW) - TimeDelta::nanoseconds(10));
        }
    }

    #[test]
    fn nothing_overflows(
        kind in prop::sample::select(&KINDS), limit: u32, window: u64, nanos in 0u32..1_000_000_000,
    ) {
        let mut limits = limits(kind, Some(limit), Some(limit), Duration::new(window, nanos));
        let late = DateTime::UNIX_EPOCH + TimeDelta::days(2_900_000);
        for now in [late, DateTime::UNIX_EPOCH, late] {
            let wait = limits.admit(Some(Uuid::nil()), now).err().map_or(0, |refused| refused.seconds);
            prop_assert!(wait <= 100_000 * 365 * 86_400, "{} s", wait);
        }
    }
}

#[test]
fn a_bucket_fills_up_evenly() {
    let mut limits = limits(Throttle::Bucket, Some(3), None, Duration::from_secs(30));
    let now = Utc::now();
    let mut passes = |seconds| limits.admit(None, now + TimeDelta::seconds(seconds)).is_ok();
    assert_eq!([0, 0, 0, 0].map(&mut passes), [true, true, true, false]);
    assert_eq!([9, 10, 10, 20, 29, 30].map(&mut passes), [false, true, false, true, false, true]);
    assert_eq!([600, 600, 600, 600].map(&mut passes), [true, true, true, false]);
}

#[test]
fn who_refuses_says_how_long_and_whom_that_binds() {
    let now = Utc::now();
    let one = Some(Uuid::from_u128(1));
    for kind in KINDS {
        let mut limits = limits(kind, Some(3), Some(1), Duration::from_secs(60));
        assert_eq!(limits.admit(one, now), Ok(()));
        assert_eq!(limits.admit(one, now), Err(Refused { seconds: 60, customer: one }));
        // That one counted for the partner as well, which has one left for others.
        assert_eq!(limits.admit(Some(Uuid::from_u128(2)), now), Ok(()));
        let seconds = if kind == Throttle::Window { 60 } else { 20 };
        assert_eq!(limits.admit(None, now), Err(Refused { seconds, customer: None }));
        let both = if kind == Throttle::Window { None } else { one };
        assert_eq!(limits.admit(one, now), Err(Refused { seconds: 60, customer: both }));
    }
}

#[test]
fn a_customers_refusal_tells_the_wait_for_the_partner_too() {
    let (now, one) = (Utc::now(), Some(Uuid::from_u128(1)));
    let mut limits = limits(Throttle::Window, Some(3), Some(1), Duration::from_secs(60));
    limits.admit(None, now).unwrap();
    limits.admit(one, now).unwrap();
    let refused = limits.admit(one, now + TimeDelta::seconds(10)).unwrap_err();
    assert_eq!(refused, Refused { seconds: 50, customer: one });
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out() {
    let now = Utc::now();
    for kind in KINDS {
        let mut limits = limits(kind, Some(1), Some(1), Duration::from_secs(60));
        let one = Some(Uuid::from_u128(1));
        limits.admit(one, now).unwrap();
        let back = now - TimeDelta::days(1);
        assert_eq!(limits.admit(one, back), Ok(()), "{kind:?}");
        let refused = limits.admit(one, back).unwrap_err();
        assert_eq!(limits.admit(one, after_refusal(back, refused)), Ok(()));
    }
}

#[test]
fn a_frozen_clock_opens_no_window() {
    let now = Utc::now();
    for kind in KINDS {
        let mut limits = limits(kind, Some(2), None, Duration::from_nanos(1));
        let passed = (0..50).filter(|_| limits.admit(None, now).is_ok()).count();
        assert_eq!(passed, 2, "{kind:?}");
    }
}

#[test]
fn limits_are_the_same_after_they_were_written_and_read() {
    let (now, one) = (Utc::now(), Some(Uuid::from_u128(1)));
    for kind in KINDS {
        let mut limits = limits(kind, Some(3), Some(1), Duration::from_secs(60));
        limits.admit(one, now).unwrap();
        let text = serde_json::to_string(&limits).unwrap();
        let mut read: Limits = serde_json::from_str(&text).unwrap();
        for customer in [one, None, None] {
            assert_eq!(read.admit(customer, now), limits.admit(customer, now), "{text}");
        }
    }
}
