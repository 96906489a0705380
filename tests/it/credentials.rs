//! Credentials of Entra against the emulator's, each side reading the wire by itself.

use std::sync::Arc;
use std::time::Duration;

use partnercenter_qual::auth::entra::{
    Application, Callback, DeviceCode, EntraCredential, FileStore, Proof, RefreshTokenStore, Rotation, Wanted,
};
use partnercenter_qual::emulator::{Config, Fault};
use partnercenter_qual::options::service_url;
use partnercenter_qual::{AuthenticationError, Client, Error, Options};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::client_support::{at, education, id};
use crate::emulator_support::Service;

fn options(service: &Service) -> Options {
    let url = format!("http://{}", service.address);
    let authority = Some(service_url("authority", &url).unwrap());
    at(&url, Options { authority, max_retries: 0, ..Options::default() })
}

fn application(service: &Service, proof: Proof) -> Application {
    let emulator = &service.emulator;
    Application::new(&emulator.tenant_id().to_string(), &emulator.client_id().to_string(), proof).unwrap()
}

fn with_secret(service: &Service) -> Application {
    let secret = service.emulator.client_secret().expose_secret().to_owned();
    application(service, Proof::secret(secret).unwrap())
}

fn refresh_token(service: &Service) -> String {
    service.emulator.issue_refresh_token(true).expose_secret().to_owned()
}

fn file(service: &Service, folder: &TempDir) -> FileStore {
    FileStore::open(&folder.path().join("token.json"), &service.emulator.client_id().to_string()).unwrap()
}

fn by_refresh_token(service: &Service, first: Option<String>, store: Option<FileStore>) -> EntraCredential {
    let store = store.map(|store| Arc::new(store) as Arc<dyn RefreshTokenStore>);
    let rotation = Rotation::new(first, store, None).unwrap();
    EntraCredential::refresh_token(application(service, Proof::None), rotation, None)
}

/// How many token requests there were.
fn token_requests(service: &Service) -> usize {
    service.emulator.journal().iter().filter(|entry| entry.path.contains("/oauth2/")).count()
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> AuthenticationError {
    match result.unwrap_err() {
        Error::Authentication(error) => *error,
        other => panic!("not about a token: {other}"),
    }
}

#[tokio::test]
async fn clients_of_one_credential_share_its_token() {
    let service = Service::start(Config::default()).await;
    let credential = EntraCredential::client_credentials(with_secret(&service), None);
    let customer = id(service.emulator.customer_ids()[0]);
    for _ in 0..3 {
        let client = Client::with_entra(&credential, options(&service)).unwrap();
        client.get_qualifications(customer).await.unwrap();
    }
    assert_eq!(token_requests(&service), 1);
    service.stop().await;
}

#[tokio::test]
async fn a_user_can_ask_for_a_qualification_and_an_application_alone_cannot() {
    let service = Service::start(Config::default()).await;
    let customer = id(service.emulator.customer_ids()[0]);
    let app_only = EntraCredential::client_credentials(with_secret(&service), None);
    let client = Client::with_entra(&app_only, options(&service)).unwrap();
    let error = client.update_qualification(customer, &education(), None).await.unwrap_err();
    assert!(error.to_string().contains("RefreshTokenCredential"), "{error}");

    let user = by_refresh_token(&service, Some(refresh_token(&service)), None);
    let client = Client::with_entra(&user, options(&service)).unwrap();
    client.update_qualification(customer, &education(), None).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn the_store_has_the_new_refresh_token_and_serves_the_next_credential() {
    let service = Service::start(Config::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let (options, wanted) = (options(&service), wanted());
    let mut first = Some(refresh_token(&service));
    let mut seen = Vec::new();
    for _ in 0..4 {
        let credential = by_refresh_token(&service, first.take(), Some(file(&service, &folder)));
        credential.token(&options, &wanted).await.unwrap();
        seen.push(std::fs::read_to_string(folder.path().join("token.json")).unwrap());
    }
    seen.dedup();
    assert_eq!(seen.len(), 4, "each one is new");
    service.stop().await;
}

#[tokio::test]
async fn one_that_was_taken_back_is_refused_and_the_other_one_tried() {
    let service = Service::start(Config::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let store = file(&service, &folder);
    store.save("spent-and-forgotten".into()).await.unwrap();
    let alone = by_refresh_token(&service, None, Some(store.clone()));
    let error = refused(alone.token(&options(&service), &wanted()).await);
    assert_eq!(error.error.as_deref(), Some("invalid_grant"));
    assert!(error.hint.is_some() && !error.message.contains("spent"), "{error}");

    let fresh = by_refresh_token(&service, Some(refresh_token(&service)), Some(store));
    fresh.token(&options(&service), &wanted()).await.unwrap();
    service.stop().await;
}

#[tokio::test]
async fn a_device_code_is_shown_polled_for_and_then_renewed() {
    let service = Service::start(Config::default()).await;
    let emulator = service.emulator.clone();
    let prompt: Callback<DeviceCode> = Arc::new(move |code| {
        emulator.approve_device_code(&code.user_code, true).unwrap();
        assert!(!format!("{code:?}").contains(&code.user_code));
        Box::pin(async { Ok(()) })
    });
    let rotation = Rotation::new(None, None, None).unwrap();
    let application = application(&service, Proof::None);
    let credential = EntraCredential::device_code(application, rotation, prompt, None);
    credential.token(&options(&service), &wanted()).await.unwrap();
    assert_eq!(token_requests(&service), 2);
    credential.forget();
    credential.token(&options(&service), &wanted()).await.unwrap();
    assert_eq!(token_requests(&service), 3, "nobody is asked a second time");
    service.stop().await;
}

#[tokio::test]
async fn a_failing_authority_is_asked_again_and_its_last_word_is_kept() {
    let service = Service::start(Config::default()).await;
    let credential = EntraCredential::client_credentials(with_secret(&service), None);
    let fault = |times| Fault { status: Some(503), path: Some("/oauth2/".into()), times, ..Fault::default() };
    service.emulator.inject(fault(Some(1))).unwrap();
    let patient = Options { max_retries: 1, ..options(&service) };
    credential.token(&patient, &wanted()).await.unwrap();
    assert_eq!(token_requests(&service), 2);

    credential.forget();
    service.emulator.inject(fault(None)).unwrap();
    let error = refused(credential.token(&options(&service), &wanted()).await);
    assert!(error.is_transient && error.aadsts_code == Some(90033), "{error}");
    service.stop().await;
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_named() {
    let service = Service::start(Config::default()).await;
    let nowhere = Some(service_url("authority", "http://127.0.0.1:9").unwrap());
    let credential = EntraCredential::client_credentials(with_secret(&service), nowhere);
    let options = Options { connect_timeout: Duration::from_secs(5), ..options(&service) };
    let error = refused(credential.token(&options, &wanted()).await);
    assert!(error.is_transient && error.message.contains("127.0.0.1:9"), "{error}");
    service.stop().await;
}

fn wanted() -> Wanted {
    Wanted::new(&[], None, None, &Options::default()).unwrap()
}
