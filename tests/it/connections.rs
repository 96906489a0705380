//! How connections are made: through proxies of either scheme, and with HTTP/2 where it is offered.

use std::convert::Infallible;
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use partnercenter_qual::auth::StaticToken;
use partnercenter_qual::emulator::{Config, Emulator, Tls, TokenOptions, serve_tls};
use partnercenter_qual::options::proxy_url;
use partnercenter_qual::{Client, Error, Options};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::client_support::{at, customer, id, token};
use crate::scripted::{Scripted, ok};

/// `user` and `pass:word`, as a URL has them and as they are sent.
const CREDENTIALS: &str = "user:pass%3Aword";
const AUTHORIZATION: &str = "Basic dXNlcjpwYXNzOndvcmQ=";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

/// TLS for 127.0.0.1, by the authority of the tests.
fn acceptor(protocols: &[&str]) -> TlsAcceptor {
    let pem = fs::read(file("server.pem")).unwrap();
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_slice(&pem).unwrap())
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// A proxy that makes tunnels, and remembers how it was asked to.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl Proxy {
    async fn start(tls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (heads, acceptor) = (Arc::clone(&asked), acceptor(&[]));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (heads, acceptor) = (Arc::clone(&heads), acceptor.clone());
                tokio::spawn(async move {
                    if tls {
                        tunnel(acceptor.accept(stream).await?, &heads).await
                    } else {
                        tunnel(stream, &heads).await
                    }
                });
            }
        });
        Self { address, asked, server }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn tunnel(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let place = head.split(' ').nth(1).unwrap().to_owned();
    let knows_us = head.contains(AUTHORIZATION);
    asked.lock().unwrap().push(head);
    if !knows_us {
        return client.write_all(b"HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n").await;
    }
    let mut service = TcpStream::connect(place).await?;
    client.write_all(b"HTTP/1.1 200 x\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut service).await.map(drop)
}

/// An emulator under TLS, and what its clients have to trust.
struct Secure {
    emulator: Emulator,
    url: String,
    bundle: tempfile::NamedTempFile,
    server: JoinHandle<()>,
}

impl Secure {
    async fn start() -> Self {
        let emulator = Emulator::new(Config { customers: 1.into(), ..Config::default() });
        let (tls, listener) = (Tls::new().unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let url = format!("https://{}", listener.local_addr().unwrap());
        let mut bundle = tempfile::NamedTempFile::new().unwrap();
        bundle.write_all(&[tls.authority().as_bytes(), &fs::read(file("ca.pem")).unwrap()].concat()).unwrap();
        let handle = emulator.clone();
        let server = tokio::spawn(async move {
            serve_tls(handle, listener, &tls, std::future::pending()).await.unwrap();
        });
        Self { emulator, url, bundle, server }
    }

    fn client(&self, proxy: &str) -> Client {
        let options = Options {
            proxy: Some(proxy_url(proxy).unwrap()),
            ca_bundle: Some(self.bundle.path().to_owned()),
            max_retries: 0,
            ..Options::default()
        };
        let token = StaticToken::new(self.emulator.access_token(&TokenOptions::default())).unwrap();
        Client::new(Arc::new(token), at(&self.url, options)).unwrap()
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[tokio::test]
async fn a_proxy_of_either_scheme_makes_a_tunnel_and_sees_no_more_than_where_it_leads() {
    let secure = Secure::start().await;
    let customer = id(secure.emulator.customer_ids()[0]);
    let place = secure.url.trim_start_matches("https://");
    for (scheme, tls) in [("http", false), ("https", true)] {
        let proxy = Proxy::start(tls).await;
        let client = secure.client(&format!("{scheme}://{CREDENTIALS}@{}", proxy.address));
        for _ in 0..2 {
            assert_eq!(client.get_qualifications(customer).await.unwrap().len(), 0, "{scheme}");
        }
        let head = format!(
            "CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nProxy-Authorization: {AUTHORIZATION}\r\n\r\n"
        );
        assert_eq!(*proxy.asked.lock().unwrap(), [head]);
    }
    assert_eq!(secure.emulator.journal().len(), 4);
}

#[tokio::test]
async fn a_proxy_that_does_not_know_us_is_told_of() {
    let secure = Secure::start().await;
    let proxy = Proxy::start(false).await;
    let client = secure.client(&format!("http://stranger:hunter2@{}", proxy.address));
    let error = client.get_qualifications(customer()).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(matches!(error, Error::Transport(_)) && !shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("proxy authorization required") && shown.contains("check the network, the proxy"));
    assert_eq!(secure.emulator.journal().len(), 0);
}

#[tokio::test]
async fn a_proxy_that_passes_requests_on_is_told_who_asks() {
    let proxy = Scripted::answering(vec![ok(b"[]")]).await;
    let address = proxy.url().replace("http://", &format!("http://{CREDENTIALS}@"));
    let options = Options { proxy: Some(proxy_url(&address).unwrap()), ..Options::default() };
    let client = Client::new(Arc::new(token()), at("http://127.0.0.1:9", options)).unwrap();
    client.get_qualifications(customer()).await.unwrap();
    assert_eq!(proxy.requests()[0].header("proxy-authorization"), Some(AUTHORIZATION));
    assert_eq!(proxy.requests()[0].header("host"), Some("127.0.0.1:9"));
}

/// Answers with an empty list over HTTP/2 alone.
async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.version(), Version::HTTP_2);
    assert_eq!(request.headers()["accept-encoding"], "gzip");
    Ok(Response::new(Full::from("[]")))
}

#[tokio::test]
async fn where_http_2_is_offered_one_connection_carries_all_calls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let connections = Arc::<AtomicUsize>::default();
    let (count, acceptor) = (Arc::clone(&connections), acceptor(&["h2", "http/1.1"]));
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let stream = TokioIo::new(acceptor.accept(stream).await.unwrap());
            let serving =
                http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service_fn(answer));
            tokio::spawn(serving);
        }
    });
    let options = Options { ca_bundle: Some(file("ca.pem")), max_retries: 0, ..Options::default() };
    let client = Client::new(Arc::new(token()), at(&url, options)).unwrap();
    client.get_qualifications(customer()).await.unwrap();
    for answer in join_all((0..16).map(|_| client.get_qualifications(customer()))).await {
        assert_eq!(answer.unwrap().len(), 0);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    server.abort();
}
