//! The emulator under https.

use std::time::Duration;

use partnercenter_qual::emulator::{Config, Emulator, Fault, Tls, TokenOptions, serve_tls};
use reqwest::{Certificate, Client};
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::emulator_support::Answer;

struct Secure {
    emulator: Emulator,
    port: u16,
    http: Client,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

/// A client that trusts this authority alone.
fn trusting(tls: &Tls) -> Client {
    let authority = Certificate::from_pem(tls.authority().as_bytes()).unwrap();
    Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap()
}

impl Secure {
    async fn on(address: &str) -> Self {
        let emulator = Emulator::new(Config { customers: 3.into(), ..Config::default() });
        let tls = Tls::new().unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let (handle, http) = (emulator.clone(), trusting(&tls));
        let server = tokio::spawn(async move {
            serve_tls(handle, listener, &tls, async { stopped.await.unwrap_or(()) }).await
        });
        Self { emulator, port, http, stop, server }
    }

    async fn start() -> Self {
        Self::on("127.0.0.1:0").await
    }

    fn get(&self, host: &str, path: &str) -> reqwest::RequestBuilder {
        let token = self.emulator.access_token(&TokenOptions::default());
        self.http.get(format!("https://{host}:{}{path}", self.port)).bearer_auth(token)
    }

    async fn read(&self) -> reqwest::Result<Answer> {
        Answer::to(self.get("127.0.0.1", "/v1/customers")).await
    }
}

#[tokio::test]
async fn its_certificate_is_for_every_name_of_the_loopback() {
    let secure = Secure::start().await;
    for host in ["127.0.0.1", "localhost"] {
        assert_eq!(Answer::to(secure.get(host, "/v1/customers")).await.unwrap().status, 200, "{host}");
    }
    if let Ok(free) = TcpListener::bind("[::1]:0").await {
        drop(free);
        let secure = Secure::on("[::1]:0").await;
        assert_eq!(Answer::to(secure.get("[::1]", "/v1/customers")).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn who_is_led_here_finds_the_services_under_their_own_names() {
    let tls = Tls::new().unwrap();
    let emulator = Emulator::new(Config { customers: 1.into(), ..Config::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let authority = Certificate::from_pem(tls.authority().as_bytes()).unwrap();
    tokio::spawn(async move { serve_tls(emulator, listener, &tls, std::future::pending()).await });
    for (host, found) in [
        ("api.partnercenter.microsoft.com", true),
        ("login.microsoftonline.com", true),
        ("graph.microsoft.com", false),
    ] {
        let client = Client::builder().no_proxy().tls_certs_only([authority.clone()]);
        let client = client.resolve(host, address).build().unwrap();
        let request = client.get(format!("https://{host}:{}/v1/customers", address.port()));
        assert_eq!(request.send().await.is_ok(), found, "{host}");
    }
}

#[tokio::test]
async fn each_has_an_authority_of_its_own() {
    let (secure, other) = (Secure::start().await, Tls::new().unwrap());
    let url = format!("https://127.0.0.1:{}/v1/customers", secure.port);
    assert!(trusting(&other).get(url).send().await.is_err());
    assert_eq!(secure.read().await.unwrap().status, 200);
}

#[tokio::test]
async fn metadata_speaks_of_https() {
    let secure = Secure::start().await;
    let path = format!("/{}/v2.0/.well-known/openid-configuration", secure.emulator.tenant_id());
    let answer = Answer::to(secure.get("localhost", &path)).await.unwrap();
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let start = format!("https://localhost:{}/", secure.port);
    assert!(body["token_endpoint"].as_str().unwrap().starts_with(&start), "{body}");
}

#[tokio::test]
async fn whoever_is_at_the_handshake_holds_up_nobody() {
    let secure = Secure::start().await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(("127.0.0.1", secure.port)).await.unwrap());
    }
    assert_eq!(secure.read().await.unwrap().status, 200);
    secure.stop.send(()).unwrap();
    let stopped = tokio::time::timeout(Duration::from_secs(30), secure.server);
    stopped.await.expect("a shutdown that waits for nobody").unwrap().unwrap();
    for mut stream in silent {
        assert!(!matches!(stream.read(&mut [0; 1]).await, Ok(1)));
    }
}

#[tokio::test]
async fn nonsense_in_place_of_a_handshake_harms_nobody() {
    let secure = Secure::start().await;
    let url = format!("http://127.0.0.1:{}/v1/customers", secure.port);
    assert!(secure.http.get(url).send().await.is_err());
    assert_eq!(secure.read().await.unwrap().status, 200);
}

#[tokio::test]
async fn resets_and_cuts_work_as_they_do_without() {
    let secure = Secure::start().await;
    assert_eq!(secure.read().await.unwrap().status, 200);
    secure.emulator.inject(Fault { reset: true, ..Fault::default() }).unwrap();
    let error = secure.read().await.err().expect("no answer");
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
    secure.emulator.inject(Fault { cut: Some(10), ..Fault::default() }).unwrap();
    let response = secure.get("127.0.0.1", "/v1/customers").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
    let statuses: Vec<_> = secure.emulator.journal().iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Some(200), None, Some(200)]);
    assert_eq!(secure.read().await.unwrap().status, 200);
}
