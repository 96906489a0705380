//! What the emulator's constructor and levers are given. Types are checked in Python, where an
//! argument still has its name; whatever is JSON, the emulator reads itself.

use std::time::Duration;

use pyo3::prelude::*;
use pythonize::depythonize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::emulator::{self, InvalidArgument};
use crate::error::Refusal;

/// Where to listen, and whether under https.
pub(super) struct Place {
    pub(super) port: u16,
    pub(super) tls: bool,
}

impl Place {
    pub(super) fn new(port: i64, tls: bool) -> PyResult<Self> {
        let port = port.try_into().map_err(|_| refused("port", &port, "pass a port from 0 to 65535"))?;
        Ok(Self { port, tls })
    }
}

/// Reads a dict as JSON.
pub(super) fn read<T: DeserializeOwned>(dict: &Bound<'_, PyAny>) -> PyResult<T> {
    let value: Value = depythonize(dict)?;
    Ok(emulator::read(&value)?)
}

pub(super) fn refused(field: &'static str, value: &dyn ToString, cure: &str) -> PyErr {
    Refusal::argument(field, &value.to_string(), cure).into()
}

pub(super) fn fault(id: i64) -> PyResult<u64> {
    id.try_into().map_err(|_| refused("fault_id", &id, "pass what inject() returned"))
}

/// The error for an id that no rule has, by the argument's name.
pub(super) fn no_such_fault(error: InvalidArgument) -> InvalidArgument {
    InvalidArgument { field: "fault_id".to_owned(), ..error }
}

pub(super) fn seconds(field: &'static str, value: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| refused(field, &value, "pass a number of seconds, not negative"))
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
