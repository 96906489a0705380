//! An emulator on a loopback port and a bare HTTP client before it.

use std::net::SocketAddr;

use partnercenter_qual::emulator::{Config, Emulator, Fault, TokenOptions, Vetting, serve};
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A served emulator with a token of an application and a user.
pub(crate) struct Service {
    pub(crate) emulator: Emulator,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    pub(crate) http: reqwest::Client,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> reqwest::Result<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        Ok(Self { status, headers, body })
    }

    /// The body as JSON, which must start with a byte order mark.
    pub(crate) fn json(&self) -> Value {
        let body = self.body.strip_prefix(BYTE_ORDER_MARK).expect("a byte order mark");
        serde_json::from_slice(body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The status and the `code` of a refusal.
    pub(crate) fn refusal(&self) -> (u16, u64) {
        (self.status.as_u16(), self.json()["code"].as_u64().expect("a numeric code"))
    }
}

impl Service {
    pub(crate) async fn start(config: Config) -> Self {
        let emulator = Emulator::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { stopped.await.unwrap_or(()) };
        let server = tokio::spawn(serve(emulator.clone(), listener, shutdown));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let token = emulator.access_token(&TokenOptions::default());
        Self { emulator, address, token, http, stop, server }
    }

    /// Ten customers whose vetting only `decide` decides.
    pub(crate) async fn manual() -> Self {
        Self::start(Config { customers: 10.into(), vetting: Vetting::Manual, ..Config::default() }).await
    }

    /// Stops the server and waits until all its connections are closed.
    pub(crate) async fn stop(self) {
        self.stop.send(()).expect("a running server");
        self.server.await.expect("no panic").expect("no error");
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await.expect("an answer")
    }

    pub(crate) fn posting(&self, customer: Uuid, body: &Value) -> RequestBuilder {
        self.request(Method::POST, &qualifications(customer)).body(body.to_string())
    }

    pub(crate) async fn post(&self, customer: Uuid, body: &Value) -> Answer {
        Answer::to(self.posting(customer, body)).await.expect("an answer")
    }

    /// The customer's qualifications.
    pub(crate) async fn read(&self, customer: Uuid) -> Value {
        let answer = self.get(&qualifications(customer)).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.json()
    }

    /// The statuses of so many requests for the customers, one after the other.
    pub(crate) async fn statuses(&self, count: usize) -> Vec<u16> {
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(self.get("/v1/customers").await.status.as_u16());
        }
        statuses
    }

    pub(crate) fn inject(&self, fault: Fault) {
        self.emulator.inject(fault).expect("a good fault");
    }

    pub(crate) fn customer(&self, nth: usize) -> Uuid {
        self.emulator.customer_ids()[nth]
    }
}

pub(crate) fn qualifications(customer: Uuid) -> String {
    format!("/v1/customers/{customer}/qualifications")
}

/// A good request for Education.
pub(crate) fn education() -> Value {
    json!({"qualification": "Education", "educationSegment": "K12", "website": "school.example"})
}
