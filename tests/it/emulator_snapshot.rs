//! What is kept of an emulator and brought back, by the same one or another.

use std::time::Duration;

use partnercenter_qual::emulator::{Config, Emulator, InvalidArgument, Snapshot};
use serde_json::{Value, json};

use crate::emulator_support::{Answer, Service, education};

/// The state of an emulator that was asked for one qualification, with a frozen clock.
async fn kept() -> Value {
    let service = Service::manual().await;
    service.emulator.freeze();
    assert_eq!(service.post(service.customer(0), &education()).await.status, 201);
    serde_json::to_value(service.emulator.snapshot()).unwrap()
}

fn refused(mut kept: Value, member: &str, date: &str) -> Option<InvalidArgument> {
    *kept.pointer_mut(member).unwrap() = json!(date);
    Snapshot::from_value(&kept).err()
}

#[tokio::test]
async fn dates_that_other_calendars_do_not_have_are_refused() {
    let kept = kept().await;
    for (member, field) in [
        ("/now", "now"),
        ("/state/journal/entries/0/at", "state.journal.entries[0].at"),
        ("/state/effects/0/at", "state.effects[0].at"),
        ("/state/audit/0/operation_date", "state.audit[0].operation_date"),
        (
            "/state/customers/0/qualifications/0/vetting_created_date",
            "state.customers[0].qualifications[0].vetting_created_date",
        ),
    ] {
        for date in ["0001-01-01T00:00:00Z", "9999-12-31T23:00:00+01:00"] {
            assert_eq!(refused(kept.clone(), member, date), None, "{member}");
        }
        for date in ["0001-01-01T00:00:00+14:00", "+10000-01-01T00:00:00Z", "soon"] {
            let error = refused(kept.clone(), member, date).unwrap();
            assert_eq!((error.field.as_str(), error.value.trim_matches('"')), (field, date));
            assert!(error.cure.contains("years 1 to 9999"), "{}", error.cure);
        }
    }
}

#[tokio::test]
async fn a_clock_that_could_not_be_moved_on_is_refused() {
    let kept = kept().await;
    for date in ["9999-01-01T00:00:00Z", "+262142-12-31T23:59:59Z", "1969-12-31T23:59:59Z"] {
        let error = refused(kept.clone(), "/state/clock/frozen", date).unwrap();
        assert_eq!(error.field, "state.clock.frozen", "{error}");
        assert!(error.cure.contains("1970 to the end of 9998"), "{error}");
    }
    for seconds in [i64::MAX / 1000, i64::MIN / 1000, 400_000_000_000] {
        let mut running = kept.clone();
        running["state"]["clock"] = json!({"running": [seconds, 0]});
        let error = Snapshot::from_value(&running).unwrap_err();
        assert_eq!(error.field, "state.clock.running", "{error}");
    }
    let mut last = kept;
    last["state"]["clock"]["frozen"] = json!("9998-12-31T23:59:59Z");
    let emulator = Emulator::new(Config::default());
    emulator.restore(Snapshot::from_value(&last).unwrap());
    assert_eq!(emulator.advance(Duration::ZERO), Ok(()));
    assert_eq!(emulator.advance(Duration::from_nanos(1)).unwrap_err().field, "seconds");
}

#[tokio::test]
async fn a_token_is_good_at_the_emulator_that_issued_it_and_where_that_one_is_restored() {
    let (one, other) = (Service::manual().await, Service::manual().await);
    let visit = async |service: &Service| {
        let url = format!("http://{}/v1/customers", service.address);
        let request = service.http.get(url).bearer_auth(&one.token);
        Answer::to(request).await.unwrap().status.as_u16()
    };
    assert_eq!((visit(&one).await, visit(&other).await), (200, 401));
    one.emulator.reset();
    assert_eq!(visit(&one).await, 200, "a token outlives a reset");
    other.emulator.restore(one.emulator.snapshot());
    assert_eq!(visit(&other).await, 200);
    assert_eq!(other.statuses(1).await, [401], "its own are of a state that is gone");
}
