//! Options and arguments as they come from Python, refused with an error that names them.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};

use crate::error::{Error, Refusal};
use crate::options::{self, Cloud, Options};

/// `base` with the changes of `changes`, each checked.
pub(super) fn options(changes: &Bound<'_, PyDict>, base: Options) -> PyResult<Options> {
    let mut options = base;
    for (name, value) in changes {
        set(&mut options, &name.extract::<String>()?, &value)?;
    }
    Ok(options)
}

fn set(options: &mut Options, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match name {
        "cloud" => options.cloud = Cloud::parse(&text("cloud", value)?)?,
        "base_url" => options.base_url = checked("base_url", value, options::service_url)?,
        "authority" => options.authority = checked("authority", value, options::service_url)?,
        "timeout" => options.timeout = options::seconds("timeout", float("timeout", value)?)?,
        "connect_timeout" => {
            options.connect_timeout = options::seconds("connect_timeout", float("connect_timeout", value)?)?;
        }
        "max_retries" => {
            options.max_retries = options::count("max_retries", integer("max_retries", value)?, 0)?;
        }
        "max_concurrency" => {
            options.max_concurrency = options::concurrency(integer("max_concurrency", value)?)?;
        }
        "requests_per_minute" => {
            let field = "requests_per_minute";
            options.requests_per_minute =
                optional(value, |value| Ok(options::count(field, integer(field, value)?, 1)?))?;
        }
        "proxy" => options.proxy = optional(value, |value| Ok(options::proxy_url(&text("proxy", value)?)?))?,
        "ca_bundle" => options.ca_bundle = optional(value, |value| path("ca_bundle", value))?,
        "application_name" => {
            options.application_name = checked("application_name", value, options::header_text)?;
        }
        "locale" => options.locale = checked("locale", value, options::header_text)?,
        _ => return Err(PyTypeError::new_err(format!("unexpected keyword argument '{name}'"))),
    }
    Ok(())
}

fn optional<'py, T>(
    value: &Bound<'py, PyAny>,
    read: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<Option<T>> {
    if value.is_none() { Ok(None) } else { read(value).map(Some) }
}

fn checked<T>(
    field: &'static str,
    value: &Bound<'_, PyAny>,
    check: impl FnOnce(&'static str, &str) -> Result<T, Error>,
) -> PyResult<Option<T>> {
    optional(value, |value| Ok(check(field, &text(field, value)?)?))
}

fn text(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    value.extract().map_err(|_| wrong_type(field, value, "pass a str").into())
}

fn float(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    let refuse = || wrong_type(field, value, "pass a number of seconds").into();
    if value.is_instance_of::<PyBool>() { Err(refuse()) } else { value.extract().map_err(|_| refuse()) }
}

fn integer(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    let refuse = || wrong_type(field, value, "pass a whole number").into();
    if value.is_instance_of::<PyBool>() { Err(refuse()) } else { value.extract().map_err(|_| refuse()) }
}

fn path(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    value.extract().map_err(|_| wrong_type(field, value, "pass the path of a PEM file").into())
}

fn wrong_type(field: &'static str, value: &Bound<'_, PyAny>, cure: &str) -> Error {
    Refusal::option(field, shown(value), cure)
}

/// How a refused value is shown.
pub(super) fn shown(value: &Bound<'_, PyAny>) -> String {
    value.repr().map_or_else(|_| value.get_type().to_string(), |text| text.to_string())
}
