//! Makes connections: straight to an address, or by way of a proxy, all within `connect_timeout`.

use std::error::Error as StdError;
use std::io::{Error as IoError, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use tokio_rustls::rustls::ClientConfig;
use tower_service::Service;

use super::hop::Hop;

/// How often a silent connection is asked whether it is still there, and after how many questions
/// without an answer it is not.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 3;
/// How long what was sent may stay unacknowledged.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

type BoxError = Box<dyn StdError + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Connects to addresses of either scheme.
#[derive(Clone)]
pub(super) struct Connector(Arc<Shared>);

struct Shared {
    https: HttpsConnector<Way>,
    timeout: Duration,
}

impl Connector {
    /// `tls` is for the service and for the proxy alike.
    pub(super) fn new(
        mut tls: ClientConfig,
        proxy: Option<&Intercept>,
        https: bool,
        timeout: Duration,
    ) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false); // TLS comes on top
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeout)); // shared among the addresses of a name
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_keepalive_interval(Some(KEEPALIVE));
        tcp.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        let way = match proxy {
            None => Way::Straight(tcp),
            Some(proxy) => Way::through(proxy, HttpsConnector::from((tcp, tls.clone())), https),
        };
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self(Arc::new(Shared { https: HttpsConnector::from((way, tls)), timeout }))
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Hop>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let timeout = self.0.timeout;
        let connecting = self.0.https.clone().call(address);
        Box::pin(async move {
            let late = || IoError::new(ErrorKind::TimedOut, format!("no connection within {timeout:?}"));
            tokio::time::timeout(timeout, connecting).await.map_err(|_| late())?
        })
    }
}

/// The way to a service.
#[derive(Clone)]
enum Way {
    Straight(HttpConnector),
    /// A proxy that is given requests, to pass them on.
    Forwarding {
        proxy: Uri,
        connector: HttpsConnector<HttpConnector>,
    },
    /// A proxy that is given bytes, and no look at what they are.
    Tunnel(Tunnel<HttpsConnector<HttpConnector>>),
}

impl Way {
    fn through(proxy: &Intercept, connector: HttpsConnector<HttpConnector>, https: bool) -> Self {
        let address = proxy.uri().clone();
        if !https {
            return Self::Forwarding { proxy: address, connector };
        }
        let tunnel = Tunnel::new(address, connector);
        Self::Tunnel(match proxy.basic_auth() {
            Some(authorization) => tunnel.with_auth(authorization.clone()),
            None => tunnel,
        })
    }
}

impl Service<Uri> for Way {
    type Response = Hop;
    type Error = BoxError;
    type Future = Connecting<Hop>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        match self {
            Self::Straight(tcp) => {
                let connecting = tcp.call(address);
                Box::pin(async { Ok(Hop::new(MaybeHttpsStream::Http(connecting.await?), false)) })
            }
            Self::Forwarding { proxy, connector } => {
                let connecting = connector.call(proxy.clone());
                Box::pin(async { Ok(Hop::new(connecting.await?, true)) })
            }
            Self::Tunnel(tunnel) => {
                let connecting = tunnel.call(address);
                Box::pin(async { Ok(Hop::new(connecting.await?, false)) })
            }
        }
    }
}
