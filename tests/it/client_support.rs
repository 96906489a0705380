//! Clients for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use partnercenter_qual::auth::{Credential, StaticToken, Token, TokenFuture, Waiters};
use partnercenter_qual::emulator::{Emulator, TokenOptions};
use partnercenter_qual::model::{CustomerId, QualificationRequest};
use partnercenter_qual::options::service_url;
use partnercenter_qual::{ApiError, Client, Error, Options};
use uuid::Uuid;

use crate::emulator_support::Service;
use crate::scripted::Scripted;

pub(crate) const TOKEN: &str = "a-token-of-the-tests";
pub(crate) const CUSTOMER: &str = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1";

/// Fetches tokens of an emulator, after as many that it does not take.
pub(crate) struct Issuer {
    emulator: Emulator,
    refused: usize,
    fetches: Arc<AtomicUsize>,
}

impl Credential for Issuer {
    fn fetch(&self, _scope: &str, _waiters: &Waiters) -> TokenFuture {
        let refused = self.fetches.fetch_add(1, Ordering::SeqCst) < self.refused;
        let token = self.emulator.access_token(&TokenOptions::default());
        let text = if refused { "no-token-of-the-emulator".to_owned() } else { token };
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(5)).await; // as if over a network
            Token::new(text, None)
        })
    }
}

/// A client of the emulator, whose token is renewed when it expires.
pub(crate) fn client(service: &Service) -> Client {
    client_with(service, Options::default(), 0).0
}

/// The same with other options, its first tokens refused; and how often a token was fetched.
pub(crate) fn client_with(service: &Service, options: Options, refused: usize) -> (Client, Arc<AtomicUsize>) {
    let fetches = Arc::<AtomicUsize>::default();
    let issuer = Issuer { emulator: service.emulator.clone(), refused, fetches: Arc::clone(&fetches) };
    let client = Client::new(Arc::new(issuer), at(&format!("http://{}", service.address), options));
    (client.expect("good options"), fetches)
}

/// A client of a scripted server that does not retry.
pub(crate) fn scripted_client(server: &Scripted) -> Client {
    scripted_client_with(server, Options { max_retries: 0, ..Options::default() })
}

pub(crate) fn scripted_client_with(server: &Scripted, options: Options) -> Client {
    Client::new(Arc::new(token()), at(&server.url(), options)).expect("good options")
}

pub(crate) fn token() -> StaticToken {
    StaticToken::new(TOKEN.to_owned()).expect("a token")
}

/// `options` for the API at `url`.
pub(crate) fn at(url: &str, options: Options) -> Options {
    Options { base_url: Some(service_url("base_url", url).expect("a good URL")), ..options }
}

pub(crate) fn id(customer: Uuid) -> CustomerId {
    CustomerId::parse(&customer.to_string()).expect("a GUID")
}

pub(crate) fn customer() -> CustomerId {
    CustomerId::parse(CUSTOMER).expect("a GUID")
}

/// A good request for Education.
pub(crate) fn education() -> QualificationRequest {
    QualificationRequest::new("Education", Some("K12"), Some("school.example"), None).expect("a good request")
}

/// What the service said no with.
pub(crate) fn api_error<T: std::fmt::Debug>(result: Result<T, Error>) -> ApiError {
    match result.expect_err("a refusal") {
        Error::Api(error) => *error,
        other => panic!("not an answer of the service: {other}"),
    }
}
