//! Credentials of Microsoft Entra: the ways in which a partner gets tokens. The flows themselves are
//! the OAuth library's; here is which one, with what, and what becomes of a new refresh token.

mod application;
mod certificate;
mod clock;
mod device;
mod endpoint;
mod exchange;
mod refusal;
mod rotation;
mod store;
mod wire;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Notify;
use url::Url;

use super::{Credential, Token, TokenCache, TokenFuture, Waiters};
use crate::error::{AuthenticationError, Error, Refusal};
use crate::options::{Options, ProxyUrl};
pub use application::{Application, Proof};
pub use certificate::Certificate;
pub use device::DeviceCode;
use endpoint::{Endpoint, Grant};
pub use rotation::{RefreshTokenStore, Rotation};
pub use store::FileStore;

/// The outcome of code that is not ours.
pub type CallbackFuture<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// Code that is told of something.
pub type Callback<T> = Arc<dyn Fn(T) -> CallbackFuture<()> + Send + Sync>;

/// How a credential gets its tokens.
#[derive(Clone)]
enum Flow {
    /// App-only: the application proves itself.
    ClientCredentials,
    /// App+User: a refresh token stands for a user who signed in, and who may be asked to again.
    User { rotation: Arc<Rotation>, prompt: Option<Callback<DeviceCode>> },
}

/// What tokens are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// One or more scopes, separated by spaces.
    pub scope: String,
    /// Another tenant than the credential's.
    pub tenant_id: Option<String>,
    /// Claims that a service demanded.
    pub claims: Option<String>,
}

impl Wanted {
    /// Checks what is wanted; no scope stands for Partner Center's.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a scope or claims that are none, [`Error::Configuration`] for a tenant.
    pub fn new(
        scopes: &[String],
        tenant_id: Option<&str>,
        claims: Option<String>,
        options: &Options,
    ) -> Result<Self, Error> {
        let is_scope =
            |scope: &&String| !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic());
        if let Some(bad) = scopes.iter().find(|scope| !is_scope(scope)) {
            let cure = "pass a scope such as https://api.partnercenter.microsoft.com/.default";
            return Err(Refusal::argument("scopes", bad, cure));
        }
        let is_object = |text: &&String| serde_json::from_str::<serde_json::Map<String, Value>>(text).is_ok();
        if let Some(bad) = claims.iter().find(|text| !is_object(text)) {
            return Err(Refusal::argument("claims", bad, "pass the JSON object that the service demanded"));
        }
        let scope = if scopes.is_empty() { options.cloud.scope() } else { scopes.join(" ") };
        let tenant_id = tenant_id.map(application::tenant).transpose()?;
        Ok(Self { scope, tenant_id, claims })
    }
}

/// A credential that asks an authority for tokens. All that use it share its tokens.
pub struct EntraCredential {
    application: Arc<Application>,
    flow: Flow,
    authority: Option<Url>,
    caches: Mutex<Vec<Entry>>,
    closed: Arc<Notify>,
}

/// The tokens for one service.
struct Entry {
    service: Service,
    tokens: Weak<TokenCache>,
    /// Keeps them, unless they are for special claims: those are for who waits for them now.
    _kept: Option<Arc<TokenCache>>,
}

/// What a token is good for, and how it is got: who asks for the same shares the token.
#[derive(Clone, PartialEq, Eq)]
struct Service {
    address: String,
    scope: String,
    claims: Option<String>,
    proxy: Option<ProxyUrl>,
    ca_bundle: Option<PathBuf>,
}

impl EntraCredential {
    /// App-only.
    #[must_use]
    pub fn client_credentials(application: Application, authority: Option<Url>) -> Self {
        Self::new(Arc::new(application), Flow::ClientCredentials, authority)
    }

    /// App+User, by a refresh token.
    #[must_use]
    pub fn refresh_token(application: Application, rotation: Rotation, authority: Option<Url>) -> Self {
        let flow = Flow::User { rotation: Arc::new(rotation), prompt: None };
        Self::new(Arc::new(application), flow, authority)
    }

    /// App+User, by a sign-in on whatever device `prompt` tells the user about.
    #[must_use]
    pub fn device_code(
        application: Application,
        rotation: Rotation,
        prompt: Callback<DeviceCode>,
        authority: Option<Url>,
    ) -> Self {
        let flow = Flow::User { rotation: Arc::new(rotation), prompt: Some(prompt) };
        Self::new(Arc::new(application), flow, authority)
    }

    fn new(application: Arc<Application>, flow: Flow, authority: Option<Url>) -> Self {
        let (caches, closed) = Default::default();
        Self { application, flow, authority, caches, closed }
    }

    /// The same credential for a process forked from the one that used it, whose tasks and connections
    /// are not there: with the refresh token, but without the access tokens.
    #[must_use]
    pub fn after_fork(&self) -> Self {
        let flow = match &self.flow {
            Flow::ClientCredentials => Flow::ClientCredentials,
            Flow::User { rotation, prompt } => {
                Flow::User { rotation: Arc::new(rotation.after_fork()), prompt: prompt.clone() }
            }
        };
        Self::new(Arc::clone(&self.application), flow, self.authority.clone())
    }

    /// The tokens that a client with these options needs.
    pub(crate) fn tokens(&self, options: &Options) -> Result<Arc<TokenCache>, Error> {
        self.tokens_for(options, &Wanted { scope: options.cloud.scope(), tenant_id: None, claims: None })
    }

    /// The tokens for anything that is wanted.
    fn tokens_for(&self, options: &Options, wanted: &Wanted) -> Result<Arc<TokenCache>, Error> {
        let tenant = wanted.tenant_id.as_deref().unwrap_or(&self.application.tenant_id);
        let authority = self.authority.as_ref().or(options.authority.as_ref());
        let service = Service {
            address: format!("{}/{tenant}/oauth2/v2.0", options.authority_or(authority)),
            scope: wanted.scope.clone(),
            claims: wanted.claims.clone(),
            proxy: options.proxy.clone(),
            ca_bundle: options.ca_bundle.clone(),
        };
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        caches.retain(|entry| entry.tokens.strong_count() > 0);
        let shared = caches.iter().find(|entry| entry.service == service);
        if let Some(tokens) = shared.and_then(|entry| entry.tokens.upgrade()) {
            return Ok(tokens);
        }
        let (address, claims) = (service.address.clone(), wanted.claims.as_deref());
        let endpoint = Endpoint::open(options, address, &self.application, claims)?;
        let (flow, closed) = (self.flow.clone(), Arc::clone(&self.closed));
        let credential = Bound { endpoint: Arc::new(endpoint), flow, closed };
        let tokens = Arc::new(TokenCache::new(Arc::new(credential), service.scope.clone()));
        let kept = wanted.claims.is_none().then(|| Arc::clone(&tokens));
        caches.push(Entry { service, tokens: Arc::downgrade(&tokens), _kept: kept });
        Ok(tokens)
    }

    /// Forgets access tokens and connections, and gives up sign-ins. Clients keep the tokens they have.
    pub fn forget(&self) {
        self.closed.notify_waiters();
        self.caches.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// A token for anything that is wanted.
    ///
    /// # Errors
    /// [`Error::Authentication`] when there is none, [`Error::Configuration`] when the options do not
    /// make a connection.
    pub async fn token(&self, options: &Options, wanted: &Wanted) -> Result<Token, Error> {
        let tokens = self.tokens_for(options, wanted)?;
        Ok(tokens.get().await?.token)
    }
}

/// A credential at one authority.
#[derive(Clone)]
struct Bound {
    endpoint: Arc<Endpoint>,
    flow: Flow,
    closed: Arc<Notify>,
}

impl Credential for Bound {
    fn fetch(&self, scope: &str, waiters: &Waiters) -> TokenFuture {
        let (bound, scope, waiters) = (self.clone(), scope.to_owned(), waiters.clone());
        Box::pin(async move {
            match &bound.flow {
                Flow::ClientCredentials => {
                    bound.endpoint.redeem(Grant::ClientCredentials, &scope).await?.token
                }
                Flow::User { rotation, prompt } => {
                    bound.user_token(rotation, prompt.as_ref(), &scope, &waiters).await
                }
            }
        })
    }
}

impl Bound {
    /// A token by a refresh token that is still taken, else by a new sign-in where that is possible.
    async fn user_token(
        &self,
        rotation: &Rotation,
        prompt: Option<&Callback<DeviceCode>>,
        scope: &str,
        waiters: &Waiters,
    ) -> Result<Token, Error> {
        let scope = format!("{scope} offline_access"); // for a new refresh token
        let mut turn = rotation.take_turn().await?;
        let mut refused = None;
        for refresh_token in turn.candidates() {
            match self.endpoint.redeem(Grant::RefreshToken(&refresh_token), &scope).await {
                Ok(answer) => return turn.keep(Some(refresh_token), answer).await,
                Err(error) if asks_for_sign_in(&error) => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        match prompt {
            Some(prompt) => {
                drop(turn); // a user takes minutes, and other processes may have a token of their own
                let answer = self.sign_in(&scope, prompt, waiters).await?;
                rotation.take_turn().await?.keep(None, answer).await
            }
            None => Err(refused.unwrap_or_else(no_refresh_token)),
        }
    }

    async fn sign_in(
        &self,
        scope: &str,
        prompt: &Callback<DeviceCode>,
        waiters: &Waiters,
    ) -> Result<endpoint::Answer, Error> {
        tokio::select! {
            answer = self.endpoint.sign_in(scope, prompt) => answer,
            // Who comes next is prompted anew, instead of waiting for a code that went unseen.
            () = waiters.gone() => Err(given_up()),
            () = self.closed.notified() => Err(given_up()),
        }
    }
}

/// Whether only the user can help: the refresh token is spent, or not enough any more.
fn asks_for_sign_in(error: &Error) -> bool {
    let Error::Authentication(error) = error else { return false };
    matches!(error.error.as_deref(), Some("invalid_grant" | "interaction_required" | "login_required"))
}

fn no_refresh_token() -> Error {
    let mut error = AuthenticationError::new("the store holds no refresh token".to_owned(), None);
    error.hint = Some("sign in with DeviceCodeCredential and the same store".to_owned());
    Error::Authentication(Box::new(error))
}

fn given_up() -> Error {
    let error =
        AuthenticationError::new("the sign-in was given up before the user was done".to_owned(), None);
    Error::Authentication(Box::new(error))
}

/// A secret for each of several uses.
fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}
