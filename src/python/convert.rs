//! Values of the crate as the dataclasses of `partnercenter_qual._models`.

use std::time::SystemTime;

use chrono::TimeDelta;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyModule, PyTuple};
use pythonize::pythonize;
use serde_json::{Map, Value};

use super::errors;
use crate::auth::Token;
use crate::check::{Kind, Problem, Report};
use crate::error::Error;
use crate::model::{AuditRecord, Customer, Qualification, ValidationCode};
use crate::sweep::Row;
use crate::vetting::Look;

/// A value that has a Python form.
pub(super) trait ToPython {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

impl ToPython for bool {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        object(py, self)
    }
}

impl<T: ToPython> ToPython for Vec<T> {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let items: Vec<_> = self.into_iter().map(|item| item.to_python(py)).collect::<PyResult<_>>()?;
        Ok(items.into_pyobject(py)?.unbind())
    }
}

impl<T: ToPython> ToPython for Option<T> {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.map_or_else(|| Ok(py.None()), |value| value.to_python(py))
    }
}

impl ToPython for Qualification {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let fields = [
            ("qualification", instance(py, "QualificationType", self.qualification.as_str())?),
            (
                "vetting_status",
                match &self.vetting_status {
                    Some(status) => instance(py, "VettingStatus", status.as_str())?,
                    None => py.None(),
                },
            ),
            ("vetting_reason", object(py, self.vetting_reason)?),
            ("vetting_created_date", object(py, self.vetting_created_date)?),
            ("extra", dict(py, &self.extra)?),
        ];
        dataclass(py, "Qualification", &fields.into_py_dict(py)?)
    }
}

impl ToPython for ValidationCode {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let fields = [
            ("validation_id", object(py, self.validation_id)?),
            ("partner_id", object(py, self.partner_id)?),
            ("organization_name", object(py, self.organization_name)?),
            ("max_creates", object(py, self.max_creates)?),
            ("remaining_creates", object(py, self.remaining_creates)?),
            ("etag", object(py, self.etag)?),
            ("extra", dict(py, &self.extra)?),
        ];
        dataclass(py, "ValidationCode", &fields.into_py_dict(py)?)
    }
}

impl ToPython for Customer {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let fields = [
            ("customer_id", object(py, self.customer_id)?),
            ("company_name", object(py, self.company_name)?),
            ("domain", object(py, self.domain)?),
            ("relationship_to_partner", object(py, self.relationship_to_partner)?),
            ("extra", dict(py, &self.extra)?),
        ];
        dataclass(py, "Customer", &fields.into_py_dict(py)?)
    }
}

impl ToPython for AuditRecord {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let fields = [
            ("id", object(py, self.id)?),
            ("partner_id", object(py, self.partner_id)?),
            ("customer_id", object(py, self.customer_id)?),
            ("customer_name", object(py, self.customer_name)?),
            ("user_principal_name", object(py, self.user_principal_name)?),
            ("application_id", object(py, self.application_id)?),
            ("resource_type", object(py, self.resource_type)?),
            ("resource_old_value", object(py, self.resource_old_value)?),
            ("resource_new_value", object(py, self.resource_new_value)?),
            ("operation_type", object(py, self.operation_type)?),
            ("original_correlation_id", object(py, self.original_correlation_id)?),
            ("operation_date", object(py, self.operation_date)?),
            ("operation_status", object(py, self.operation_status)?),
            ("customized_data", dict(py, &self.customized_data)?),
            ("extra", dict(py, &self.extra)?),
        ];
        dataclass(py, "AuditRecord", &fields.into_py_dict(py)?)
    }
}

/// The row of a sweep; its customer is `given`, if the user gave one.
pub(super) fn customer_result(py: Python<'_>, row: Row, given: Option<Py<PyAny>>) -> PyResult<Py<PyAny>> {
    let (qualifications, error) = match row.outcome {
        Ok(found) => (found, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let context = row.context.or_else(|| error.as_ref().and_then(Error::context).cloned());
    let ids = context.map(|context| (context.request_id.to_string(), context.correlation_id.to_string()));
    let (request_id, correlation_id) = ids.unzip();
    let qualifications =
        qualifications.into_iter().map(|item| item.to_python(py)).collect::<PyResult<Vec<_>>>()?;
    let fields = [
        ("customer_id", object(py, row.customer_id)?),
        ("qualifications", PyTuple::new(py, qualifications)?.into_any().unbind()),
        ("error", object(py, error.map(|error| errors::raised(py, error).into_value(py)))?),
        ("request_id", object(py, request_id)?),
        ("correlation_id", object(py, correlation_id)?),
        ("observed_at", object(py, row.observed_at)?),
        ("customer", given.map_or_else(|| row.customer.to_python(py), Ok)?),
    ];
    dataclass(py, "CustomerResult", &fields.into_py_dict(py)?)
}

impl ToPython for Report {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let claims = self.claims.unwrap_or_default();
        let audience = claims.audience.join(" ");
        let problems =
            self.problems.into_iter().map(|problem| problem.to_python(py)).collect::<PyResult<Vec<_>>>()?;
        let fields = [
            ("kind", object(py, claims.kind.map(Kind::as_str))?),
            ("audience", object(py, Some(audience).filter(|audience| !audience.is_empty()))?),
            ("tenant_id", object(py, claims.tenant_id)?),
            ("client_id", object(py, claims.client_id)?),
            ("user", object(py, claims.user)?),
            ("mfa", object(py, claims.mfa)?),
            ("issued_at", object(py, claims.issued_at)?),
            ("expires_on", object(py, self.expires_on)?),
            ("clock_skew", object(py, self.clock_skew.map(TimeDelta::as_seconds_f64))?),
            ("accepted", object(py, self.accepted)?),
            ("is_mfa_compliant", object(py, self.is_mfa_compliant)?),
            ("error", object(py, self.error.map(|error| errors::raised(py, error).into_value(py)))?),
            ("problems", PyTuple::new(py, problems)?.into_any().unbind()),
        ];
        construct(&reports(py)?, "CredentialReport", &fields.into_py_dict(py)?)
    }
}

impl ToPython for Problem {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let fields = [("problem", object(py, self.problem)?), ("cure", object(py, self.cure)?)];
        construct(&reports(py)?, "CredentialProblem", &fields.into_py_dict(py)?)
    }
}

impl ToPython for Token {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let since_epoch = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let seconds = |at: Option<SystemTime>| at.map(|at| since_epoch(at).as_secs_f64());
        object(py, (self.expose(), seconds(self.expires_on()), seconds(self.renew_at())))
    }
}

impl ToPython for Look {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        object(py, (self.seen.to_python(py)?, self.done))
    }
}

fn object<'py>(py: Python<'py>, value: impl IntoPyObjectExt<'py>) -> PyResult<Py<PyAny>> {
    value.into_py_any(py)
}

fn dict(py: Python<'_>, map: &Map<String, Value>) -> PyResult<Py<PyAny>> {
    Ok(pythonize(py, map)?.unbind())
}

fn instance(py: Python<'_>, class: &str, argument: &str) -> PyResult<Py<PyAny>> {
    Ok(models(py)?.getattr(class)?.call1((argument,))?.unbind())
}

fn dataclass(py: Python<'_>, class: &str, fields: &Bound<'_, PyDict>) -> PyResult<Py<PyAny>> {
    construct(models(py)?, class, fields)
}

fn construct(module: &Bound<'_, PyModule>, class: &str, fields: &Bound<'_, PyDict>) -> PyResult<Py<PyAny>> {
    Ok(module.getattr(class)?.call((), Some(fields))?.unbind())
}

/// Imported when it is asked for, which is seldom.
fn reports(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import("partnercenter_qual._report")
}

fn models(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static MODELS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let module = MODELS.get_or_try_init(py, || py.import("partnercenter_qual._models").map(Bound::unbind))?;
    Ok(module.bind(py))
}
