//! The rules of injected faults: their ids, their counters, their JSON, and what they cannot be.

use partnercenter_qual::emulator::{Emulator, Fault, FaultRule, InvalidArgument, Snapshot, read};
use serde_json::{Value, json};

use crate::emulator_support::Service;

fn inject(emulator: &Emulator, fault: &Value) -> Result<u64, InvalidArgument> {
    emulator.inject(read(fault)?)
}

fn ids(rules: &[FaultRule]) -> Vec<u64> {
    rules.iter().map(|rule| rule.id).collect()
}

#[tokio::test]
async fn rules_have_ids_that_are_never_given_again() {
    let service = Service::manual().await;
    let emulator = &service.emulator;
    for id in 1..=3 {
        assert_eq!(inject(emulator, &json!({"status": 500})), Ok(id));
    }
    emulator.remove_fault(3).unwrap();
    assert!(inject(emulator, &json!({"status": 9})).is_err());
    assert_eq!(inject(emulator, &json!({"status": 502})), Ok(4));
    emulator.remove_fault(1).unwrap();
    assert_eq!(ids(&emulator.faults()), [2, 4]);
    emulator.clear_faults();
    assert!(emulator.faults().is_empty());
    assert_eq!(inject(emulator, &json!({"status": 500})), Ok(5));
    emulator.reset();
    assert!(emulator.faults().is_empty());
    assert_eq!(inject(emulator, &json!({"status": 500})), Ok(1));
    for error in [emulator.remove_fault(2), emulator.switch_fault(0, true)] {
        let error = error.unwrap_err();
        assert!(error.field == "id" && error.cure.contains("listed"), "{error}");
    }
}

#[tokio::test]
async fn a_rule_that_is_off_neither_fires_nor_counts() {
    let service = Service::manual().await;
    let emulator = &service.emulator;
    let id = inject(emulator, &json!({"status": 500, "nth": 2, "enabled": false})).unwrap();
    assert_eq!(service.statuses(3).await, [200, 200, 200]);
    assert_eq!(emulator.faults()[0].matched, 0);
    emulator.switch_fault(id, true).unwrap();
    assert_eq!(service.statuses(1).await, [200]);
    emulator.switch_fault(id, false).unwrap();
    assert_eq!(service.statuses(1).await, [200]);
    emulator.switch_fault(id, true).unwrap();
    assert_eq!(service.statuses(2).await, [500, 200]);
}

#[tokio::test]
async fn spent_rules_stay_listed_and_tell_how_it_went() {
    let service = Service::manual().await;
    let emulator = &service.emulator;
    for fault in [
        json!({"status": 500, "times": 2}),
        json!({"status": 502, "nth": 1}),
        json!({"status": 503, "times": null}),
        json!({"status": 504, "times": 3}),
        json!({"status": 504, "nth": 9, "times": null}),
        json!({"status": 504, "enabled": false}),
        json!({"status": 504, "times": null, "path": "/qualificatoins"}),
        json!({"status": 504, "times": null, "probability": 0.0}),
        json!({"status": 504, "times": null, "path": "/x", "enabled": false}),
    ] {
        inject(emulator, &fault).unwrap();
    }
    assert_eq!(service.statuses(3).await, [500, 500, 503]);
    let counters: Vec<_> = emulator.faults().iter().map(|rule| (rule.matched, rule.fired)).collect();
    assert_eq!(counters, [(2, 2), (1, 0), (3, 1), (3, 0), (3, 0), (0, 0), (0, 0), (3, 0), (0, 0)]);
    let offenders = emulator.checks().faults_fired.offenders;
    let named: Vec<_> = offenders.iter().filter_map(|text| text.split(':').next()).collect();
    assert_eq!(named, ["fault 2", "fault 4", "fault 5", "fault 7"]);
    assert_eq!(offenders[3], "fault 7: no request was of its kind");
}

#[tokio::test]
async fn a_rule_is_written_and_read_as_json() {
    let service = Service::manual().await;
    let fault = json!({
        "status": 429, "method": "get", "path": "x", "customer_id": service.customer(0), "nth": 2, "times": null,
        "probability": 0.5, "after_effect": true, "retry_after": 1.5, "delay": 0.25, "cut": 3,
        "body": {"number": 1.25, "big": 123_456_789_012_345_678_901_234_567_890_u128},
        "headers": {"X-Odd": "1"}, "size": 10, "slow_headers": 1.0, "slow_body": 2.0, "enabled": false,
    });
    inject(&service.emulator, &fault).unwrap();
    let rule = &service.emulator.faults()[0];
    let value = serde_json::to_value(rule).unwrap();
    for (name, given) in fault.as_object().unwrap() {
        assert_eq!(&value[name], given, "{name}");
    }
    assert_eq!((&value["id"], &value["matched"], &value["fired"]), (&json!(1), &json!(0), &json!(0)));
    assert_eq!((&value["code"], &value["reset"]), (&json!(null), &json!(false)));
    assert_eq!(serde_json::from_value::<FaultRule>(value.clone()).unwrap(), *rule);
    let text = serde_json::to_string(rule).unwrap();
    assert_eq!(serde_json::from_str::<FaultRule>(&text).unwrap(), *rule);
    assert_eq!(read::<Fault>(&serde_json::to_value(&rule.fault).unwrap()), Ok(rule.fault.clone()));
    assert_eq!(read::<Fault>(&json!({})), Ok(Fault::default()));
    let dated = json!({"retry_after": "Wed, 21 Oct 2037 07:28:00 GMT", "body_base64": "AP8="});
    let written = serde_json::to_value(read::<Fault>(&dated).unwrap()).unwrap();
    assert_eq!((&written["retry_after"], &written["body_base64"]), (&dated["retry_after"], &json!("AP8=")));
}

#[tokio::test]
async fn a_snapshot_keeps_the_rules_their_counters_and_their_luck() {
    let service = Service::manual().await;
    let emulator = &service.emulator;
    inject(emulator, &json!({"status": 500, "times": null, "probability": 0.5})).unwrap();
    inject(emulator, &json!({"gzip_size": 5, "nth": 100, "enabled": false})).unwrap();
    service.statuses(10).await;
    let kept = serde_json::to_vec(&emulator.snapshot()).unwrap();
    let rules = emulator.faults();
    let drawn = service.statuses(30).await;
    emulator.clear_faults();
    emulator.restore(Snapshot::from_json(&kept).unwrap());
    assert_eq!(emulator.faults(), rules);
    assert_eq!(service.statuses(30).await, drawn);
    assert_eq!(inject(emulator, &json!({"reset": true})), Ok(3));
    let spoilt = String::from_utf8(kept).unwrap().replace("\"status\":500", "\"status\":999");
    let error = Snapshot::from_json(spoilt.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("status is 999"), "{error}");
}

/// Each with the member that is to blame.
fn nonsense() -> Vec<(Value, &'static str)> {
    vec![
        (json!({}), "status"),
        (json!({"method": "GET", "times": null, "headers": {}, "after_effect": true}), "status"),
        (json!({"status": 199}), "status"),
        (json!({"status": 600}), "status"),
        (json!({"status": 70000}), "status"),
        (json!({"status": "500"}), "status"),
        (json!({"statu": 500}), "statu"),
        (json!({"status": 500, "nth": 0}), "nth"),
        (json!({"status": 500, "times": 0}), "times"),
        (json!({"status": 500, "times": -1}), "times"),
        (json!({"status": 500, "probability": 1.1}), "probability"),
        (json!({"status": 500, "method": "GE T"}), "method"),
        (json!({"status": 500, "customer_id": "x"}), "customer_id"),
        (json!({"status": 500, "retry_after": -1}), "retry_after"),
        (json!({"status": 500, "retry_after": "a\nb"}), "retry_after"),
        (json!({"status": 500, "retry_after": true}), "retry_after"),
        (json!({"delay": -0.5}), "delay"),
        (json!({"delay": 86_401}), "delay"),
        (json!({"slow_headers": 1e9}), "slow_headers"),
        (json!({"slow_body": -1}), "slow_body"),
        (json!({"slow_body": 90_000}), "slow_body"),
        (json!({"size": 1_073_741_825}), "size"),
        (json!({"gzip_size": 1_099_511_627_777_u64}), "gzip_size"),
        (json!({"cut": -1}), "cut"),
        (json!({"cut": 1, "gzip_size": 1}), "cut"),
        (json!({"size": 1, "gzip_size": 1}), "size"),
        (json!({"body": "x", "gzip_size": 1}), "body"),
        (json!({"body": "x", "body_base64": "AA=="}), "body_base64"),
        (json!({"body_base64": "?"}), "body_base64"),
        (json!({"body": "x", "code": 3000}), "body"),
        (json!({"code": 12}), "code"),
        (json!({"status": 204, "body": "x"}), "body"),
        (json!({"status": 304, "size": 9}), "size"),
        (json!({"status": 204, "code": 3000}), "code"),
        (json!({"headers": {"a b": "x"}}), "headers.a b"),
        (json!({"headers": {"X-Odd": "a\nb"}}), "headers.X-Odd"),
        (json!({"headers": {"X-Odd": 1}}), "headers.X-Odd"),
        (json!({"headers": {"Content-Length": "1"}}), "headers.Content-Length"),
        (json!({"headers": {"transfer-encoding": "chunked"}}), "headers.transfer-encoding"),
        (json!({"headers": {"CONNECTION": "close"}}), "headers.CONNECTION"),
        (json!({"headers": {"X-Odd": "1", "x-odd": "2"}}), "headers.x-odd"),
        (json!({"headers": headers(101)}), "headers"),
        (json!({"headers": headers(30_000)}), "headers"),
    ]
}

fn headers(count: usize) -> Value {
    (0..count).map(|nth| (format!("x-{nth}"), json!("1"))).collect()
}

#[tokio::test]
async fn nonsense_is_refused_by_its_member_and_changes_nothing() {
    let service = Service::manual().await;
    for (fault, field) in nonsense() {
        let error = inject(&service.emulator, &fault).unwrap_err();
        assert_eq!(error.field, field, "{fault}: {error}");
        assert!(!error.value.is_empty() && !error.cure.is_empty(), "{fault}: {error}");
    }
    assert!(service.emulator.faults().is_empty());
    assert_eq!(service.statuses(1).await, [200]);
}

#[tokio::test]
async fn refusals_name_the_value_and_what_to_do_instead() {
    let service = Service::manual().await;
    let refused = |fault: Value| inject(&service.emulator, &fault).unwrap_err();
    let error = refused(json!({"code": 12}));
    assert_eq!(error.value, "12");
    for known in ["0, 400, 1000,", "60003", "900420, 900421"] {
        assert!(error.cure.contains(known), "{error}");
    }
    let error = refused(json!({"status": 204, "cut": 7}));
    assert_eq!((error.field.as_str(), error.value.as_str()), ("cut", "7"));
    assert!(error.cure.contains("204"), "{error}");
    assert!(refused(json!({})).cure.contains("slow_headers"));
    let nan = Fault { status: Some(500), probability: f64::NAN, ..Fault::default() };
    assert_eq!(service.emulator.inject(nan).unwrap_err().field, "probability");
}

#[tokio::test]
async fn the_largest_of_everything_is_taken() {
    let emulator = Emulator::new(partnercenter_qual::emulator::Config::default());
    for fault in [
        json!({"delay": 86_400, "slow_headers": 86_400, "slow_body": 86_400}),
        json!({"size": 1_073_741_824}),
        json!({"gzip_size": 1_099_511_627_776_u64}),
        json!({"cut": u64::MAX}),
        json!({"status": 599, "times": u32::MAX, "nth": u32::MAX}),
    ] {
        inject(&emulator, &fault).unwrap();
    }
}
