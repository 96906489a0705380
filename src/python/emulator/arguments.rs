//! What the emulator's constructor and levers are given, with its values checked. Their types are
//! checked in Python, where an argument still has its name.

use std::time::Duration;

use pyo3::prelude::*;
use uuid::Uuid;

use crate::emulator::{Config, Customers, Fault, InvalidArgument, RetryAfter, Vetting, VettingRule};
use crate::error::Refusal;

/// More would only take memory: an item of a list is some 400 bytes on the wire.
const MOST_CUSTOMERS: i64 = 1_000_000;

/// The constructor's arguments, their types checked in Python.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(super) struct Settings {
    customers: i64,
    seed: i64,
    vetting: VettingName,
    port: i64,
    requests_per_window: Option<i64>,
    window: f64,
    dedupe: bool,
    tls: bool,
    token_lifetime: f64,
}

/// Where to listen, and whether under https.
pub(super) struct Place {
    pub(super) port: u16,
    pub(super) tls: bool,
}

/// A rule by its short name, or the seconds it takes.
#[derive(FromPyObject)]
enum VettingName {
    After(f64),
    Name(String),
}

impl Settings {
    /// The emulator to make, and where to put it.
    pub(super) fn read(self) -> PyResult<(Config, Place)> {
        let customers = whole("customers", self.customers, "pass a count from 0 to 1,000,000")?;
        if self.customers > MOST_CUSTOMERS {
            return Err(refused("customers", &self.customers, "pass a count from 0 to 1,000,000"));
        }
        let config = Config {
            customers: Customers::Count(customers),
            seed: self.seed.cast_unsigned(),
            vetting: self.vetting.rule()?,
            requests_per_window: self
                .requests_per_window
                .map(|limit| positive("requests_per_window", limit))
                .transpose()?,
            window: some_time("window", self.window)?,
            dedupe: self.dedupe,
            token_lifetime: some_time("token_lifetime", self.token_lifetime)?,
            ..Config::default()
        };
        let port = whole("port", self.port, "pass a port from 0 to 65535")?;
        Ok((config, Place { port, tls: self.tls }))
    }
}

impl VettingName {
    fn rule(self) -> PyResult<Vetting> {
        match self {
            Self::After(delay) => {
                let after = Some(seconds("after", delay)?);
                Ok(Vetting::Rule(VettingRule { after, ..VettingRule::default() }))
            }
            Self::Name(name) => match name.as_str() {
                "seeded" => Ok(Vetting::Seeded),
                "manual" => Ok(Vetting::Manual),
                "immediate" => Ok(Vetting::Immediate),
                _ => Err(refused("vetting", &name, "pass 'seeded', 'manual', 'immediate' or a VettingRule")),
            },
        }
    }
}

/// The arguments of `inject`, their types checked in Python.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(super) struct FaultRule {
    status: Option<i64>,
    method: Option<String>,
    path: Option<String>,
    customer_id: Option<String>,
    nth: Option<i64>,
    times: Option<i64>,
    probability: f64,
    after_effect: bool,
    retry_after: Option<Wait>,
    delay: Option<f64>,
    reset: bool,
    cut: Option<i64>,
    body: Option<Vec<u8>>,
}

/// A Retry-After: seconds, or a header's value.
#[derive(FromPyObject)]
enum Wait {
    Seconds(f64),
    Header(String),
}

impl FaultRule {
    pub(super) fn fault(self) -> PyResult<Fault> {
        Ok(Fault {
            status: self.status.map(|status| whole("status", status, "pass 200 to 599")).transpose()?,
            method: self.method,
            path: self.path,
            customer_id: self.customer_id.as_deref().map(guid).transpose()?,
            nth: self.nth.map(|nth| positive("nth", nth)).transpose()?,
            times: self.times.map(|times| positive("times", times)).transpose()?,
            probability: self.probability,
            after_effect: self.after_effect,
            retry_after: self.retry_after.map(|wait| match wait {
                Wait::Seconds(seconds) => RetryAfter::Seconds(seconds),
                Wait::Header(value) => RetryAfter::Header(value),
            }),
            delay: self.delay.map(|delay| seconds("delay", delay)).transpose()?,
            reset: self.reset,
            cut: self.cut.map(|cut| whole("cut", cut, "pass a number of bytes")).transpose()?,
            body_base64: self.body,
            ..Fault::default()
        })
    }
}

pub(super) fn refused(field: &'static str, value: &dyn ToString, cure: &str) -> PyErr {
    Refusal::argument(field, &value.to_string(), cure).into()
}

fn whole<T: TryFrom<i64>>(field: &'static str, value: i64, cure: &str) -> PyResult<T> {
    value.try_into().map_err(|_| refused(field, &value, cure))
}

fn positive(field: &'static str, value: i64) -> PyResult<u32> {
    let cure = "pass a whole number from 1 on";
    let count: u32 = whole(field, value, cure)?;
    if count == 0 { Err(refused(field, &value, cure)) } else { Ok(count) }
}

pub(super) fn seconds(field: &'static str, value: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| refused(field, &value, "pass a number of seconds, not negative"))
}

/// Seconds, and not none.
fn some_time(field: &'static str, value: f64) -> PyResult<Duration> {
    let time = seconds(field, value)?;
    if time.is_zero() { Err(refused(field, &value, "pass more than 0 seconds")) } else { Ok(time) }
}

pub(super) fn guid(text: &str) -> PyResult<Uuid> {
    Uuid::try_parse(text.trim()).map_err(|_| refused("customer_id", &text, "pass a GUID"))
}

impl From<InvalidArgument> for PyErr {
    fn from(invalid: InvalidArgument) -> Self {
        let InvalidArgument { field, value, cure } = invalid;
        Refusal::argument(field, &value, &cure).into()
    }
}
