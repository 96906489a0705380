//! `_core.Credential`: our own credentials. Their public faces are written in Python.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::arguments;
use super::bridge::Call;
use super::delegate::Delegate;
use super::event_loop::EventLoop;
use super::generation;
use crate::auth::claims::Claims;
use crate::auth::entra::{
    Application, Certificate, EntraCredential, FileStore, Proof, RefreshTokenStore, Rotation, Wanted,
};
use crate::auth::{StaticToken, Token};
use crate::error::{Error, Refusal};
use crate::options::{self, Options};

/// A credential that clients ask for tokens without Python.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Credential {
    /// With the process that uses it: a forked child gets one of its own.
    source: Mutex<(u32, Source)>,
    event_loop: Arc<EventLoop>,
}

#[derive(Clone)]
enum Source {
    Fixed(Token),
    Entra(Arc<EntraCredential>),
}

#[pymethods]
impl Credential {
    #[staticmethod]
    fn access_token(token: &Bound<'_, PyString>, expires_on: Option<f64>) -> PyResult<Self> {
        let token = lossy(token);
        let claimed = || Claims::read(&token)?.expires_on.map(SystemTime::from);
        let expires_on = expires_on.map(moment).transpose()?.or_else(claimed);
        let token = Token::new(token, expires_on).map_err(|error| match error {
            Error::InvalidArgument(refusal) => {
                Error::InvalidArgument(Box::new(Refusal { field: "token".into(), ..*refusal }))
            }
            other => other,
        })?;
        Ok(Self::new(Source::Fixed(token), Arc::default()))
    }

    #[staticmethod]
    fn client_secret(
        tenant_id: &str,
        client_id: &str,
        authority: Option<&str>,
        client_secret: &Bound<'_, PyString>,
    ) -> PyResult<Self> {
        let application = Application::new(tenant_id, client_id, Proof::secret(lossy(client_secret))?)?;
        Ok(Self::app_only(application, authority)?)
    }

    /// Reading and checking a certificate takes a while: that is done with the GIL released.
    #[staticmethod]
    fn client_certificate(
        py: Python<'_>,
        tenant_id: &str,
        client_id: &str,
        authority: Option<&str>,
        certificate: &[u8],
        password: Option<&Bound<'_, PyString>>,
    ) -> PyResult<Self> {
        let password = password.map(lossy);
        let certificate = py.detach(|| Certificate::read(certificate, password.as_deref()))?;
        let application = Application::new(tenant_id, client_id, Proof::Certificate(Box::new(certificate)))?;
        Ok(Self::app_only(application, authority)?)
    }

    #[staticmethod]
    fn refresh_token(
        tenant_id: &str,
        client_id: &str,
        authority: Option<&str>,
        refresh_token: Option<&Bound<'_, PyString>>,
        client_secret: Option<&Bound<'_, PyString>>,
        store: Option<&Bound<'_, PyAny>>,
        on_rotate: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let proof = client_secret.map(|secret| Proof::secret(lossy(secret))).transpose()?;
        let application = Application::new(tenant_id, client_id, proof.unwrap_or(Proof::None))?;
        let event_loop = Arc::default();
        let file = file_store(store, &application)?;
        match (refresh_token, &file) {
            (None, Some(file)) => file.check_filled()?,
            (None, None) if store.is_none() => {
                let cure = "pass a refresh token, or a store that holds one: DeviceCodeCredential fills it";
                let (field, cure) = ("refresh_token".into(), cure.to_owned());
                return Err(Error::Configuration(Box::new(Refusal { field, value: None, cure })).into());
            }
            _ => {}
        }
        let store = any_store(file, store, &event_loop);
        let on_rotate = on_rotate.map(|it| Delegate::new("on_rotate", it.unbind(), &event_loop).on_rotate());
        let rotation = Rotation::new(refresh_token.map(lossy), store, on_rotate)?;
        let credential = EntraCredential::refresh_token(application, rotation, service(authority)?);
        Ok(Self::entra(credential, event_loop))
    }

    #[staticmethod]
    fn device_code(
        tenant_id: &str,
        client_id: &str,
        authority: Option<&str>,
        prompt: Bound<'_, PyAny>,
        store: Option<&Bound<'_, PyAny>>,
        on_rotate: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let application = Application::new(tenant_id, client_id, Proof::None)?;
        let event_loop = Arc::default();
        let store = any_store(file_store(store, &application)?, store, &event_loop);
        let on_rotate = on_rotate.map(|it| Delegate::new("on_rotate", it.unbind(), &event_loop).on_rotate());
        let prompt = Delegate::new("prompt", prompt.unbind(), &event_loop).prompt();
        let rotation = Rotation::new(None, store, on_rotate)?;
        let credential = EntraCredential::device_code(application, rotation, prompt, service(authority)?);
        Ok(Self::entra(credential, event_loop))
    }

    /// A token for anything that is wanted: itself, when it expires and when to renew it, both in
    /// seconds since 1970 UTC.
    #[expect(clippy::needless_pass_by_value, reason = "what PyO3 makes of a list")]
    fn token(
        &self,
        scopes: Vec<String>,
        tenant_id: Option<&str>,
        claims: Option<String>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Call> {
        let options = arguments::options(options, Options::default())?;
        let wanted = Wanted::new(&scopes, tenant_id, claims, &options)?;
        let source = self.source();
        Ok(Call::new(&self.event_loop, async move {
            match source {
                Source::Fixed(token) => Ok(token),
                Source::Entra(credential) => credential.token(&options, &wanted).await,
            }
        }))
    }

    /// Forgets access tokens and connections.
    fn close(&self) {
        if let Source::Entra(credential) = self.source() {
            credential.forget();
        }
    }
}

impl Credential {
    fn app_only(application: Application, authority: Option<&str>) -> Result<Self, Error> {
        let credential = EntraCredential::client_credentials(application, service(authority)?);
        Ok(Self::entra(credential, Arc::default()))
    }

    fn entra(credential: EntraCredential, event_loop: Arc<EventLoop>) -> Self {
        Self::new(Source::Entra(Arc::new(credential)), event_loop)
    }

    fn new(source: Source, event_loop: Arc<EventLoop>) -> Self {
        Self { source: Mutex::new((generation::id(), source)), event_loop }
    }

    fn source(&self) -> Source {
        let mut held = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 != generation::id() {
            let own = match &held.1 {
                Source::Fixed(token) => Source::Fixed(token.clone()),
                Source::Entra(credential) => Source::Entra(Arc::new(credential.after_fork())),
            };
            // What the parent used may wait for threads that are not here, if it is dropped.
            std::mem::forget(std::mem::replace(&mut *held, (generation::id(), own)));
        }
        held.1.clone()
    }

    /// A client that asks this credential.
    pub(super) fn client(&self, options: Options) -> Result<crate::Client, Error> {
        match self.source() {
            Source::Fixed(token) => crate::Client::new(Arc::new(StaticToken::from(token)), options),
            Source::Entra(credential) => crate::Client::with_entra(&credential, options),
        }
    }

    /// Where asynchronous code of the user's runs.
    pub(super) fn event_loop(&self) -> Arc<EventLoop> {
        Arc::clone(&self.event_loop)
    }
}

/// The store that a path stands for.
fn file_store(
    store: Option<&Bound<'_, PyAny>>,
    application: &Application,
) -> Result<Option<FileStore>, Error> {
    let path = store.and_then(|store| store.extract::<PathBuf>().ok());
    path.map(|path| FileStore::open(&path, application.client_id())).transpose()
}

fn any_store(
    file: Option<FileStore>,
    store: Option<&Bound<'_, PyAny>>,
    event_loop: &Arc<EventLoop>,
) -> Option<Arc<dyn RefreshTokenStore>> {
    match (file, store) {
        (Some(file), _) => Some(Arc::new(file)),
        (None, Some(store)) => Some(Arc::new(Delegate::new("the store", store.clone().unbind(), event_loop))),
        (None, None) => None,
    }
}

fn service(authority: Option<&str>) -> Result<Option<options::Url>, Error> {
    authority.map(|text| options::service_url("authority", text)).transpose()
}

/// What UTF-8 cannot hold becomes a character that no secret can have.
fn lossy(text: &Bound<'_, PyString>) -> String {
    text.to_string_lossy().into_owned()
}

fn moment(seconds: f64) -> Result<SystemTime, Error> {
    let since = Duration::try_from_secs_f64(seconds).ok();
    since
        .and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since))
        .ok_or_else(|| Refusal::option("expires_on", seconds, "pass seconds since 1970 UTC"))
}
