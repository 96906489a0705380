//! `_core.Client`: checks arguments and hands out calls. One method for each operation.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::apply::{self, Apply, GivenProblem, GivenRow};
use super::arguments;
use super::bridge::Call;
use super::credential::Credential;
use super::delegate::Delegate;
use super::event_loop::EventLoop;
use super::handle::Handle;
use super::ledger::Ledger;
use super::observer::Observer;
use super::process::process;
use super::streams::{Pages, Vetting};
use super::sweep::Sweep;
use super::watch::Watch;
use crate::apply::{Plan, Settings};
use crate::auth;
use crate::check;
use crate::error::Error;
use crate::model::{CustomerId, QualificationRequest, known};
use crate::options::{self, Options};
use crate::query::{self, AuditQuery, CustomerQuery};
use crate::sweep::{self, Order, Recorder};
use crate::vetting::{self, Patience};
use crate::watch;

/// A client of the API; its public face is written in Python.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Client {
    handle: Handle,
    /// For the repr, which works after `close` and after a fork too.
    #[pyo3(get)]
    base_url: String,
    event_loop: Arc<EventLoop>,
}

impl Client {
    fn make(client: crate::Client, event_loop: Arc<EventLoop>) -> Self {
        let base_url = client.options().api();
        Self { handle: Handle::new(client), base_url, event_loop }
    }

    fn call<T, F>(&self, operation: impl FnOnce(crate::Client) -> F) -> PyResult<Call>
    where
        T: super::convert::ToPython + Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        Ok(Call::new(&self.event_loop, operation(self.handle.open()?)))
    }

    fn settings(&self, resubmit_denied: bool, max_concurrency: Option<i64>) -> PyResult<Settings> {
        let concurrency = concurrency(&self.handle.open()?, max_concurrency)?;
        Ok(Settings { resubmit_denied, concurrency })
    }
}

#[pymethods]
impl Client {
    #[new]
    fn new(py: Python<'_>, credential: &Bound<'_, PyAny>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let options = arguments::options(options, Options::default())?;
        // Reading the system's certificates takes a while: clients are made with the GIL released.
        if let Ok(own) = credential.cast::<Credential>() {
            let (own, event_loop) = (own.get(), own.get().event_loop());
            return Ok(Self::make(py.detach(|| own.client(options))?, event_loop));
        }
        let event_loop = Arc::new(EventLoop::default());
        let credential: Arc<dyn auth::Credential> = match credential.cast::<PyString>() {
            // What UTF-8 cannot hold becomes a character that no token can have.
            Ok(token) => Arc::new(auth::StaticToken::new(token.to_string_lossy().into_owned())?),
            Err(_) => Arc::new(Delegate::new("the credential", credential.clone().unbind(), &event_loop)),
        };
        Ok(Self::make(py.detach(|| crate::Client::new(credential, options))?, event_loop))
    }

    fn with_options(&self, py: Python<'_>, changes: &Bound<'_, PyDict>) -> PyResult<Self> {
        let client = self.handle.open()?;
        let options = arguments::options(changes, client.options().clone())?;
        let derived = py.detach(|| client.with_options(options))?;
        Ok(Self::make(derived, Arc::clone(&self.event_loop)))
    }

    /// The same client, with someone who is told of its requests.
    fn observed(&self, observer: &Observer) -> PyResult<Self> {
        let handle = self.handle.observed(observer.get()?);
        Ok(Self { handle, base_url: self.base_url.clone(), event_loop: Arc::clone(&self.event_loop) })
    }

    fn close(&self) {
        self.handle.close();
    }

    fn get_qualifications(&self, customer_id: &str) -> PyResult<Call> {
        let id = CustomerId::parse(customer_id)?;
        self.call(|client| async move { client.get_qualifications(id).await })
    }

    fn update_qualification(
        &self,
        customer_id: &str,
        qualification: &str,
        education_segment: Option<&str>,
        website: Option<&str>,
        validation_code: Option<&str>,
        request_id: Option<&str>,
    ) -> PyResult<Call> {
        let id = CustomerId::parse(customer_id)?;
        let wanted = QualificationRequest::new(qualification, education_segment, website, validation_code)?;
        let request_id = request_id.map(query::request_id).transpose()?;
        self.call(|client| async move { client.update_qualification(id, &wanted, request_id).await })
    }

    fn list_validation_codes(&self) -> PyResult<Call> {
        self.call(|client| async move { client.list_validation_codes().await })
    }

    fn get_customer(&self, customer_id: &str) -> PyResult<Call> {
        let id = CustomerId::parse(customer_id)?;
        self.call(|client| async move { client.get_customer(id).await })
    }

    fn check_credentials(&self, probe: bool) -> PyResult<Call> {
        self.call(|client| async move { check::Report::of(&client, probe).await })
    }

    fn list_customers(&self, page_size: i64, name_prefix: Option<&str>) -> PyResult<Pages> {
        let query = CustomerQuery::new(page_size, name_prefix)?;
        let pages = self.handle.open()?.list_customers(&query);
        Ok(Pages::new(&self.handle, pages, &self.event_loop))
    }

    fn list_audit_records(
        &self,
        start_date: &str,
        end_date: Option<&str>,
        customer_id: Option<&str>,
    ) -> PyResult<Pages> {
        let query = AuditQuery::new(start_date, end_date, customer_id)?;
        let pages = self.handle.open()?.list_audit_records(&query);
        Ok(Pages::new(&self.handle, pages, &self.event_loop))
    }

    fn vetting(
        &self,
        customer_id: &str,
        qualification: &str,
        timeout: Option<f64>,
        poll_interval: Option<f64>,
    ) -> PyResult<Vetting> {
        let (id, qualification) = (CustomerId::parse(customer_id)?, known(qualification)?);
        let patience = Patience::new(timeout, poll_interval)?;
        let wait = vetting::Vetting::new(self.handle.open()?, id, qualification, patience)?;
        Ok(Vetting::new(&self.handle, wait, &self.event_loop))
    }

    /// A sweep of all customers, or of those that are fed to it; with a ledger, one that writes down what it
    /// sees.
    fn sweep(
        &self,
        all_customers: bool,
        ordered: bool,
        max_concurrency: Option<i64>,
        ledger: Option<&Ledger>,
        resume: bool,
    ) -> PyResult<Sweep> {
        let client = self.handle.open()?;
        let concurrency = concurrency(&client, max_concurrency)?;
        let order = if ordered { Order::Given } else { Order::Answered };
        let ledger = ledger.map(Ledger::open_one).transpose()?;
        let recorder = ledger.map(|ledger| Recorder::new(&ledger, resume));
        let start = if all_customers { sweep::Sweep::all_into } else { sweep::Sweep::fed_into };
        let sweep = process()?.in_background(|| start(&client, concurrency, order, recorder))?;
        Sweep::new(&self.handle, sweep, &self.event_loop)
    }

    /// A run of many requests, all of them checked. Nothing is sent.
    fn apply(
        &self,
        rows: Vec<GivenRow>,
        problems: Vec<GivenProblem>,
        ledger: &Ledger,
        resubmit_denied: bool,
        max_concurrency: Option<i64>,
    ) -> PyResult<Apply> {
        let (wanted, ledger) = (apply::check(rows, problems)?, ledger.open_one()?);
        let settings = self.settings(resubmit_denied, max_concurrency)?;
        Ok(Apply::new(&self.handle, ledger, wanted, settings, &self.event_loop))
    }

    /// The plan of such a run, as a table.
    fn plan(
        &self,
        rows: Vec<GivenRow>,
        problems: Vec<GivenProblem>,
        ledger: &Ledger,
        resubmit_denied: bool,
        max_concurrency: Option<i64>,
    ) -> PyResult<Call> {
        let (wanted, ledger) = (apply::check(rows, problems)?, ledger.open_one()?);
        let settings = self.settings(resubmit_denied, max_concurrency)?;
        self.call(move |client| async move {
            let plan = Plan::make(&client, &ledger, wanted, settings, false);
            Ok(ledger.using(plan).await?.table())
        })
    }

    fn watch(&self, ledger: &Ledger, interval: Option<f64>, sweep_interval: f64) -> PyResult<Watch> {
        let (client, ledger) = (self.handle.open()?, ledger.open_one()?);
        let concurrency = client.options().max_concurrency;
        let settings = watch::Settings::new(interval, sweep_interval, concurrency)?;
        Watch::new(&self.handle, watch::Watch::new(&client, &ledger, settings), &self.event_loop)
    }
}

/// Requests in flight: the client's own, or fewer.
fn concurrency(client: &crate::Client, own: Option<i64>) -> Result<usize, Error> {
    let most = client.options().max_concurrency;
    let own = own.map(options::concurrency).transpose().map_err(as_argument)?;
    Ok(own.map_or(most, |own| own.min(most)))
}

/// What is an option of the client is an argument of a sweep.
fn as_argument(error: Error) -> Error {
    match error {
        Error::Configuration(refusal) => Error::InvalidArgument(refusal),
        other => other,
    }
}
