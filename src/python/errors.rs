//! Errors of the crate as the exceptions of `partnercenter_qual._exceptions`.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::convert::ToPython;
use crate::error::{
    ApiError, AuthenticationError, Error, InvalidRows, Refusal, RowProblem, VettingTimeoutError,
};

/// The exception that stands for `error`, or what went wrong in making it.
pub(super) fn raised(py: Python<'_>, error: Error) -> PyErr {
    exception(py, error).unwrap_or_else(|failure| failure)
}

fn exception(py: Python<'_>, error: Error) -> PyResult<PyErr> {
    let message = error.to_string();
    let fields = PyDict::new(py);
    if let Some(context) = error.context() {
        fields.set_item("request_id", context.request_id.to_string())?;
        fields.set_item("correlation_id", context.correlation_id.to_string())?;
        fields.set_item("customer_id", context.customer_id.map(|id| id.to_string()))?;
        fields.set_item("attempts", context.attempts)?;
    }
    let mut cause = None;
    let class = error.class_name();
    match error {
        Error::InvalidArgument(refusal) | Error::Configuration(refusal) => refused(&fields, &refusal)?,
        Error::Authentication(error) => {
            cause = user_exception(py, &error);
            unauthenticated(&fields, *error)?;
        }
        Error::Transport(_) => {}
        Error::Decode(error) => fields.set_item("body", error.body)?,
        Error::Api(error) => answered(&fields, *error)?,
        Error::VettingTimeout(error) => {
            cause = error.trouble.clone().map(|trouble| raised(py, trouble));
            timed_out(py, &fields, *error)?;
        }
        Error::InvalidRows(rows) => refused_rows(py, &fields, &rows)?,
        Error::Ledger(error) => fields.set_item("hint", error.hint)?,
    }
    let class = py.import("partnercenter_qual._exceptions")?.getattr(class)?;
    let exception = PyErr::from_value(class.call((message,), Some(&fields))?);
    exception.set_cause(py, cause);
    Ok(exception)
}

fn refused(fields: &Bound<'_, PyDict>, refusal: &Refusal) -> PyResult<()> {
    fields.set_item("field", &refusal.field)?;
    fields.set_item("value", refusal.value.as_deref().unwrap_or_default())?;
    fields.set_item("cure", &refusal.cure)
}

/// Of rows, the first problem is that of the error, which has them all.
fn refused_rows(py: Python<'_>, fields: &Bound<'_, PyDict>, rows: &InvalidRows) -> PyResult<()> {
    let class = py.import("partnercenter_qual._exceptions")?.getattr("RowProblem")?;
    let problem = |problem: &RowProblem| {
        let Refusal { field, value, cure } = &problem.refusal;
        class.call1((problem.row, &**field, value.as_deref().unwrap_or_default(), cure))
    };
    let problems = rows.0.iter().map(problem).collect::<PyResult<Vec<_>>>()?;
    fields.set_item("problems", PyTuple::new(py, problems)?)?;
    rows.0.first().map_or(Ok(()), |first| refused(fields, &first.refusal))
}

fn unauthenticated(fields: &Bound<'_, PyDict>, error: AuthenticationError) -> PyResult<()> {
    fields.set_item("error", error.error)?;
    fields.set_item("aadsts_code", error.aadsts_code)?;
    fields.set_item("hint", error.hint)
}

/// What the user's own credential raised.
fn user_exception(py: Python<'_>, error: &AuthenticationError) -> Option<PyErr> {
    Some(error.cause.as_ref()?.downcast_ref::<PyErr>()?.clone_ref(py))
}

fn answered(fields: &Bound<'_, PyDict>, error: ApiError) -> PyResult<()> {
    fields.set_item("status_code", error.status_code)?;
    fields.set_item("code", error.fault.code)?;
    fields.set_item("message", error.fault.message)?;
    fields.set_item("data", error.fault.data)?;
    fields.set_item("source", error.fault.source)?;
    fields.set_item("error_name", error.fault.error_name)?;
    fields.set_item("is_retryable", error.is_retryable)?;
    fields.set_item("retry_after", error.retry_after.map(|wait| wait.as_secs_f64()))?;
    fields.set_item("body", error.body)?;
    fields.set_item("hint", error.hint)
}

fn timed_out(py: Python<'_>, fields: &Bound<'_, PyDict>, error: VettingTimeoutError) -> PyResult<()> {
    fields.set_item("customer_id", error.customer_id.to_string())?;
    fields.set_item("last", error.last.to_python(py)?)
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        Python::attach(|py| raised(py, error))
    }
}

pub(super) fn closed() -> PyErr {
    PyRuntimeError::new_err("the client is closed: make a new one")
}
