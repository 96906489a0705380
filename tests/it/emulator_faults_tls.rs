//! Injected faults under https.

use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use partnercenter_qual::emulator::{Config, Emulator, Tls, TokenOptions, read, serve_tls};
use reqwest::{Certificate, Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::emulator_support::Answer;

struct Secure {
    emulator: Emulator,
    url: String,
    http: Client,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Secure {
    async fn start() -> Self {
        let emulator = Emulator::new(Config { customers: 3.into(), ..Config::default() });
        let tls = Tls::new().unwrap();
        let authority = Certificate::from_pem(tls.authority().as_bytes()).unwrap();
        let http = Client::builder().no_proxy().no_gzip().tls_certs_only([authority]).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/v1/customers", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let handle = emulator.clone();
        let server = tokio::spawn(async move {
            serve_tls(handle, listener, &tls, async { stopped.await.unwrap_or(()) }).await
        });
        Self { emulator, url, http, stop, server }
    }

    fn inject(&self, fault: &Value) {
        self.emulator.inject(read(fault).unwrap()).unwrap();
    }

    fn asking(&self) -> RequestBuilder {
        self.http.get(&self.url).bearer_auth(self.emulator.access_token(&TokenOptions::default()))
    }
}

#[tokio::test]
async fn slow_heads_and_bodies_arrive_whole() {
    let secure = Secure::start().await;
    let whole = Answer::to(secure.asking()).await.unwrap();
    for fault in [
        json!({"slow_headers": 0.1}),
        json!({"slow_body": 0.1}),
        json!({"slow_headers": 0.05, "slow_body": 0.05}),
    ] {
        secure.inject(&fault);
        let began = Instant::now();
        let answer = Answer::to(secure.asking()).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(100), "{fault}");
        assert_eq!((answer.status.as_u16(), &answer.body), (200, &whole.body), "{fault}");
    }
    assert_eq!(Answer::to(secure.asking()).await.unwrap().body, whole.body);
}

#[tokio::test]
async fn what_is_padded_packed_cut_or_reset_works_as_it_does_without() {
    let secure = Secure::start().await;
    secure.inject(&json!({"size": 5_000_000}));
    assert_eq!(Answer::to(secure.asking()).await.unwrap().body.len(), 5_000_000);
    secure.inject(&json!({"gzip_size": 9_000_000}));
    let packed = Answer::to(secure.asking()).await.unwrap().body;
    assert_eq!(std::io::copy(&mut GzDecoder::new(&packed[..]), &mut std::io::sink()).unwrap(), 9_000_000);
    secure.inject(&json!({"size": 5_000_000, "cut": 2_000_000}));
    let mut response = secure.asking().send().await.unwrap();
    let (length, mut received) = (response.content_length(), 0);
    while let Ok(Some(chunk)) = response.chunk().await {
        received += chunk.len();
    }
    assert_eq!((length, received), (Some(5_000_000), 2_000_000));
    secure.inject(&json!({"reset": true, "delay": 0.02}));
    let error = format!("{:?}", secure.asking().send().await.unwrap_err());
    assert!(error.contains("ConnectionReset"), "{error}");
}

#[tokio::test]
async fn the_server_stops_at_once_while_it_is_slow() {
    for fault in
        [json!({"slow_headers": 3600}), json!({"slow_body": 3600}), json!({"gzip_size": 1_u64 << 40})]
    {
        let secure = Secure::start().await;
        secure.inject(&fault);
        let waiting = tokio::spawn(secure.asking().send());
        while secure.emulator.journal().is_empty() {
            tokio::task::yield_now().await;
        }
        secure.stop.send(()).unwrap();
        let stopped = tokio::time::timeout(Duration::from_secs(30), secure.server).await;
        stopped.unwrap_or_else(|_| panic!("{fault} holds it up")).unwrap().unwrap();
        // The head may have come before, not the whole answer.
        let ended = match waiting.await.unwrap() {
            Ok(response) => response.bytes().await.is_err(),
            Err(_) => true,
        };
        assert!(ended, "{fault}");
    }
}
