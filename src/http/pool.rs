//! A pool of connections to one address.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Request, Uri};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connector::Connector;
use super::{chain, failure, tls};
use crate::error::{Error, REDACTED, Refusal};
use crate::options::{Options, is_loopback};

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(90);

/// The connections. Cheap to clone; clones share them. No redirect is followed: the token would go along.
#[derive(Clone)]
pub(crate) struct Pool {
    client: Client<Connector, Full<Bytes>>,
    /// Scheme, host and port.
    origin: Arc<str>,
    /// For a proxy that passes requests on.
    proxy_authorization: Option<HeaderValue>,
}

impl Pool {
    /// Prepares connections to the host of `address`, which is what `setting` says. Nothing is sent.
    pub(crate) fn open(options: &Options, setting: &'static str, address: &str) -> Result<Self, Error> {
        let unusable = || Refusal::option(setting, address, "pass an absolute URL");
        let address: Uri = address.parse().map_err(|_| unusable())?;
        let (Some(scheme), Some(authority)) = (address.scheme_str(), address.authority()) else {
            return Err(unusable());
        };
        let (origin, https) = (format!("{scheme}://{authority}").into(), scheme == "https");
        let proxy = proxy(options, &address)?;
        let certificates = options.ca_bundle.as_deref().map(tls::certificates).transpose()?;
        let config = if https || proxy.as_ref().is_some_and(|proxy| proxy.uri().scheme_str() != Some("http"))
        {
            tls::config(certificates.unwrap_or_default())
        } else {
            tls::unused()
        };
        let config = config.map_err(|error| {
            let cure = "check ca_bundle and the system's certificates (package ca-certificates)";
            Refusal::option("client", chain(&error), cure)
        })?;
        let connector = Connector::new(config, proxy.as_ref(), https, options.connect_timeout);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(options.max_concurrency)
            .http1_writev(false) // requests are short: copied into one piece, they are sent sooner
            .build(connector);
        let authorization = proxy.filter(|_| !https).and_then(|proxy| proxy.basic_auth().cloned());
        Ok(Self { client, origin, proxy_authorization: authorization })
    }

    /// Sends a request once it is polled; what comes back has its body still to come.
    pub(crate) fn send(&self, mut request: Request<Full<Bytes>>) -> ResponseFuture {
        if let Some(authorization) = &self.proxy_authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        self.client.request(request)
    }

    /// Scheme, host and port that requests go to.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Why there is no connection, and what to do; `setting` is the option that says where it leads.
    pub(crate) fn unconnected(&self, error: &(dyn StdError + 'static), setting: &str) -> String {
        failure::unconnected(&self.origin, error, setting)
    }
}

/// The proxy on the way to `address`: the chosen one, else the environment's, but not to this very machine.
fn proxy(options: &Options, address: &Uri) -> Result<Option<Intercept>, Error> {
    if let Some(proxy) = &options.proxy {
        let cure = "pass the proxy's URL, such as http://proxy.example:8080";
        let proxy = Matcher::builder().all(proxy.url().as_str()).build().intercept(address);
        return proxy.map(Some).ok_or_else(|| Refusal::option("proxy", REDACTED, cure));
    }
    let is_local = address.host().is_some_and(is_loopback);
    Ok(if is_local { None } else { Matcher::from_system().intercept(address) })
}
