//! What a fault cannot be: out of range, at odds with itself, or nothing at all.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Map, Value};

use super::super::error::InvalidArgument;
use super::super::json::shown;
use super::fault::Fault;
use super::has_body;

const GIBIBYTE: u64 = 1 << 30;
const TEBIBYTE: u64 = 1 << 40;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What befalls a request: at least one of them makes a fault.
const BEFALLS: [&str; 13] = [
    "status",
    "code",
    "retry_after",
    "delay",
    "reset",
    "cut",
    "body",
    "body_base64",
    "headers",
    "size",
    "gzip_size",
    "slow_headers",
    "slow_body",
];

/// Each would replace or undo the other.
const AT_ODDS: [(&str, &str); 7] = [
    ("body", "body_base64"),
    ("code", "body"),
    ("code", "body_base64"),
    ("gzip_size", "body"),
    ("gzip_size", "body_base64"),
    ("gzip_size", "size"),
    ("gzip_size", "cut"),
];

/// What an answer without a body cannot have.
const OF_BODIES: [&str; 7] = ["code", "body", "body_base64", "size", "gzip_size", "cut", "slow_body"];

pub(super) fn check(fault: &Fault) -> Result<(), InvalidArgument> {
    check_matching(fault)?;
    check_status(fault)?;
    check_limits(fault)?;
    check_together(fault)
}

fn check_matching(fault: &Fault) -> Result<(), InvalidArgument> {
    if !(0.0..=1.0).contains(&fault.probability) {
        return Err(InvalidArgument::new("probability", &fault.probability, "pass a share from 0 to 1"));
    }
    for (field, count) in [("nth", fault.nth), ("times", fault.times)] {
        if count == Some(0) {
            return Err(InvalidArgument::new(field, &0, "pass 1 or more, or nothing"));
        }
    }
    match &fault.method {
        Some(method) if Method::from_bytes(method.as_bytes()).is_err() => {
            Err(InvalidArgument::new("method", method, "pass a method such as GET"))
        }
        _ => Ok(()),
    }
}

/// Statuses below 200 announce an answer and are none.
fn check_status(fault: &Fault) -> Result<(), InvalidArgument> {
    match fault.status {
        Some(status) if !(200..600).contains(&status) => {
            Err(InvalidArgument::new("status", &status, "pass 200 to 599"))
        }
        _ => Ok(()),
    }
}

fn check_limits(fault: &Fault) -> Result<(), InvalidArgument> {
    for (field, time) in
        [("delay", fault.delay), ("slow_headers", fault.slow_headers), ("slow_body", fault.slow_body)]
    {
        if let Some(time) = time.filter(|time| *time > DAY) {
            return Err(InvalidArgument::new(field, &time.as_secs_f64(), "pass at most 86400 s, a day"));
        }
    }
    for (field, size, most, cure) in [
        ("size", fault.size, GIBIBYTE, "pass at most 1073741824, 1 GiB"),
        ("gzip_size", fault.gzip_size, TEBIBYTE, "pass at most 1099511627776, 1 TiB"),
    ] {
        if let Some(size) = size.filter(|size| *size > most) {
            return Err(InvalidArgument::new(field, &size, cure));
        }
    }
    Ok(())
}

fn check_together(fault: &Fault) -> Result<(), InvalidArgument> {
    let given = given(fault);
    if !BEFALLS.iter().any(|name| given.contains_key(*name)) {
        let cure = format!("say what happens to the requests: {}", BEFALLS.join(", "));
        return Err(InvalidArgument::new("status", "null", cure));
    }
    let refused = |name: &str, cure: String| {
        let value = given.get(name).map(shown).unwrap_or_default();
        Err(InvalidArgument::new(name, &value, cure))
    };
    for (one, other) in AT_ODDS {
        if given.contains_key(one) && given.contains_key(other) {
            return refused(other, format!("pass {one} or {other}, not both"));
        }
    }
    let without_body = fault.status.filter(|status| !has_body(*status));
    let of_body = OF_BODIES.into_iter().find(|name| given.contains_key(*name));
    if let (Some(status), Some(name)) = (without_body, of_body) {
        return refused(name, format!("pass another status: an answer of {status} has no body"));
    }
    Ok(())
}

/// The members that are not as in a fault that does nothing.
fn given(fault: &Fault) -> Map<String, Value> {
    let (mut members, nothing) = (members(fault), members(&Fault::default()));
    members.retain(|name, value| nothing.get(name) != Some(value));
    members
}

/// The members of a fault, as in JSON.
pub(super) fn members(fault: &Fault) -> Map<String, Value> {
    match serde_json::to_value(fault) {
        Ok(Value::Object(members)) => members,
        // Plain members under plain names, into memory: there is nothing to go wrong.
        _ => Map::new(),
    }
}
