//! Bodies of answers, read without a request: for who measures, or has kept some.

use chrono::Utc;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};
use uuid::Uuid;

use super::convert::ToPython;
use super::table::Table;
use crate::error::{Context, DecodeError, Error};
use crate::model::{Qualification, json, qualification};
use crate::sweep::Row;
use crate::table::SweepColumns;

/// What customers have to whom the service answered so.
#[pyfunction]
pub(super) fn decode_qualifications(py: Python<'_>, bodies: &Bound<'_, PyList>) -> PyResult<Vec<Py<PyAny>>> {
    bodies.iter().map(|body| qualifications(body.cast::<PyBytes>()?.as_bytes())?.to_python(py)).collect()
}

/// The table of a sweep to which the service answered so, for customers of these ids.
#[pyfunction]
pub(super) fn decode_table(
    py: Python<'_>,
    customer_ids: Vec<String>,
    bodies: Vec<PyBackedBytes>,
) -> PyResult<Table> {
    if customer_ids.len() != bodies.len() {
        return Err(PyValueError::new_err("bodies: pass one for each customer"));
    }
    let table = py.detach(|| {
        let (mut columns, observed_at) = (SweepColumns::new(), Utc::now());
        for (customer_id, body) in customer_ids.into_iter().zip(&bodies) {
            let outcome = qualifications(body);
            columns.push(&Row { customer_id, customer: None, outcome, context: None, observed_at });
        }
        columns.finish()
    });
    drop(bodies); // here, where Python's own objects may be let go
    Ok(table.into())
}

fn qualifications(body: &[u8]) -> Result<Vec<Qualification>, Error> {
    qualification::decode(body).map_err(|unreadable| {
        let (request_id, correlation_id) = (Uuid::nil(), Uuid::nil());
        let context = Context { request_id, correlation_id, customer_id: None, attempts: 0 };
        let (message, body) = (unreadable.message, json::text(body).into_owned());
        Error::Decode(Box::new(DecodeError { message, body, fate_unknown: false, context }))
    })
}
