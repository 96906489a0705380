//! Values of the crate as the dataclasses of `partnercenter_qual._models`.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple};
use pythonize::pythonize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::dataclass::{Dataclass, OpenEnum};
use super::errors;
use crate::apply::Outcome;
use crate::auth::Token;
use crate::check::{Kind, Problem, Report};
use crate::error::Error;
use crate::model::{AuditRecord, Customer, Qualification, QualificationType, ValidationCode, VettingStatus};
use crate::sweep::Row;
use crate::vetting::Look;
use crate::watch::Change;

const MODELS: &str = "partnercenter_qual._models";
const REPORT: &str = "partnercenter_qual._report"; // imported when it is asked for, which is seldom

static KINDS: OpenEnum = OpenEnum::new("QualificationType", QualificationType::KNOWN);
static STATUSES: OpenEnum = OpenEnum::new("VettingStatus", VettingStatus::KNOWN);

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
        static CLASS: Dataclass = Dataclass::new(MODELS, "Qualification");
        let status = self.vetting_status.map(|status| STATUSES.member(py, status.as_str())).transpose()?;
        let fields = [
            ("qualification", KINDS.member(py, self.qualification.as_str())?),
            ("vetting_status", status.unwrap_or_else(|| py.None())),
            ("vetting_reason", object(py, self.vetting_reason)?),
            ("vetting_created_date", moment(py, self.vetting_created_date)?),
            ("extra", dict(py, &self.extra)?),
        ];
        CLASS.make(py, fields)
    }
}

impl ToPython for ValidationCode {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: Dataclass = Dataclass::new(MODELS, "ValidationCode");
        let fields = [
            ("validation_id", object(py, self.validation_id)?),
            ("partner_id", object(py, self.partner_id)?),
            ("organization_name", object(py, self.organization_name)?),
            ("max_creates", object(py, self.max_creates)?),
            ("remaining_creates", object(py, self.remaining_creates)?),
            ("etag", object(py, self.etag)?),
            ("extra", dict(py, &self.extra)?),
        ];
        CLASS.make(py, fields)
    }
}

impl ToPython for Customer {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: Dataclass = Dataclass::new(MODELS, "Customer");
        let fields = [
            ("customer_id", object(py, self.customer_id)?),
            ("company_name", object(py, self.company_name)?),
            ("domain", object(py, self.domain)?),
            ("relationship_to_partner", object(py, self.relationship_to_partner)?),
            ("extra", dict(py, &self.extra)?),
        ];
        CLASS.make(py, fields)
    }
}

impl ToPython for AuditRecord {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: Dataclass = Dataclass::new(MODELS, "AuditRecord");
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
            ("operation_date", moment(py, self.operation_date)?),
            ("operation_status", object(py, self.operation_status)?),
            ("customized_data", dict(py, &self.customized_data)?),
            ("extra", dict(py, &self.extra)?),
        ];
        CLASS.make(py, fields)
    }
}

/// The row of a sweep; its customer is `given`, if the user gave one.
pub(super) fn customer_result(py: Python<'_>, row: Row, given: Option<Py<PyAny>>) -> PyResult<Py<PyAny>> {
    static CLASS: Dataclass = Dataclass::new(MODELS, "CustomerResult");
    let (qualifications, error) = match row.outcome {
        Ok(found) => (found, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let context = row.context.or_else(|| error.as_ref().and_then(Error::context).cloned());
    let (request_id, correlation_id) =
        context.map(|context| (context.request_id, context.correlation_id)).unzip();
    let qualifications =
        qualifications.into_iter().map(|item| item.to_python(py)).collect::<PyResult<Vec<_>>>()?;
    let fields = [
        ("customer_id", object(py, row.customer_id)?),
        ("qualifications", PyTuple::new(py, qualifications)?.into_any().unbind()),
        ("error", object(py, error.map(|error| errors::raised(py, error).into_value(py)))?),
        ("request_id", id(py, request_id)),
        ("correlation_id", id(py, correlation_id)),
        ("observed_at", moment(py, Some(row.observed_at))?),
        ("customer", given.map_or_else(|| row.customer.to_python(py), Ok)?),
    ];
    CLASS.make(py, fields)
}

/// What came of a row of an apply.
pub(super) fn apply_result(py: Python<'_>, outcome: Outcome) -> PyResult<Py<PyAny>> {
    static CLASS: Dataclass = Dataclass::new(MODELS, "ApplyResult");
    let correlation_id = outcome.context.as_ref().map(|context| context.correlation_id);
    let attempts = outcome.context.as_ref().map_or(0, |context| context.attempts);
    let fields = [
        ("row", object(py, outcome.row)?),
        ("customer_id", object(py, outcome.customer_id.to_string())?),
        ("qualification", KINDS.member(py, outcome.qualification.as_str())?),
        ("outcome", object(py, outcome.kind.as_str())?),
        ("answer", outcome.answer.to_python(py)?),
        ("error", object(py, outcome.error.map(|error| errors::raised(py, error).into_value(py)))?),
        ("reason", object(py, outcome.reason)?),
        ("request_id", id(py, outcome.request_id)),
        ("correlation_id", id(py, correlation_id)),
        ("attempts", object(py, attempts)?),
    ];
    CLASS.make(py, fields)
}

impl ToPython for Change {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: Dataclass = Dataclass::new(MODELS, "Change");
        let status = |status: Option<VettingStatus>| {
            status.map_or_else(|| Ok(py.None()), |status| STATUSES.member(py, status.as_str()))
        };
        let fields = [
            ("customer_id", object(py, self.customer_id)?),
            ("qualification", KINDS.member(py, self.qualification.as_str())?),
            ("old_status", status(self.old_status)?),
            ("new_status", status(self.new_status)?),
            ("reason", object(py, self.reason)?),
            ("observed_at", moment(py, Some(self.observed_at))?),
            ("is_gone", object(py, self.is_gone)?),
        ];
        CLASS.make(py, fields)
    }
}

impl ToPython for Report {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: Dataclass = Dataclass::new(REPORT, "CredentialReport");
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
        CLASS.make(py, fields)
    }
}

impl ToPython for Problem {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: Dataclass = Dataclass::new(REPORT, "CredentialProblem");
        CLASS.make(py, [("problem", object(py, self.problem)?), ("cure", object(py, self.cure)?)])
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

fn id(py: Python<'_>, id: Option<Uuid>) -> Py<PyAny> {
    let text = |id: Uuid| PyString::new(py, id.hyphenated().encode_lower(&mut Uuid::encode_buffer())).into();
    id.map_or_else(|| py.None(), text)
}

/// A `datetime` by way of its text, which takes half the time of its constructor.
fn moment(py: Python<'_>, time: Option<DateTime<Utc>>) -> PyResult<Py<PyAny>> {
    static READ: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let Some(time) = time else {
        return Ok(py.None());
    };
    let read = READ.get_or_try_init(py, || {
        Ok::<_, PyErr>(py.import("datetime")?.getattr("datetime")?.getattr("fromisoformat")?.unbind())
    })?;
    read.call1(py, (time.to_rfc3339_opts(SecondsFormat::Micros, false),))
}

fn dict(py: Python<'_>, map: &Map<String, Value>) -> PyResult<Py<PyAny>> {
    if map.is_empty() { Ok(PyDict::new(py).into_any().unbind()) } else { Ok(pythonize(py, map)?.unbind()) }
}
