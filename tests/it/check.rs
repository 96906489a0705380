//! What is told of credentials.

use std::sync::Arc;
use std::time::Duration;

use partnercenter_qual::auth::StaticToken;
use partnercenter_qual::check::{Kind, Report};
use partnercenter_qual::emulator::TokenOptions;
use partnercenter_qual::{Client, Error, Options};

use crate::client_support::{at, client_with, scripted_client};
use crate::emulator_support::Service;
use crate::scripted::{Scripted, answer};

async fn check(service: &Service, options: &TokenOptions, probe: bool) -> Report {
    let token = StaticToken::new(service.emulator.access_token(options)).unwrap();
    let address = format!("http://{}", service.address);
    let client = Client::new(Arc::new(token), at(&address, Options::default())).unwrap();
    Report::of(&client, probe).await.unwrap()
}

#[tokio::test]
async fn a_good_token_is_taken() {
    let service = Service::manual().await;
    let report = check(&service, &TokenOptions::default(), true).await;
    let claims = report.claims.unwrap();
    assert_eq!((claims.kind, claims.mfa), (Some(Kind::AppAndUser), Some(true)));
    assert_eq!((report.accepted, report.problems), (Some(true), vec![]));
    assert_eq!(claims.expires_on, report.expires_on);
    assert!(report.clock_skew.unwrap().num_seconds().abs() < 10);
}

#[tokio::test]
async fn without_a_probe_nothing_is_sent() {
    let service = Service::manual().await;
    let brief = TokenOptions { app_only: true, lifetime: Duration::from_secs(60), ..TokenOptions::default() };
    let report = check(&service, &brief, false).await;
    assert_eq!(report.claims.unwrap().kind, Some(Kind::AppOnly));
    assert_eq!((report.accepted, report.clock_skew), (None, None));
    assert!(report.problems[0].problem.contains("nothing renews it"));
    assert!(service.emulator.journal().is_empty());
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let service = Service::manual().await;
    let report = check(&service, &TokenOptions { mfa: false, ..TokenOptions::default() }, true).await;
    assert_eq!(report.accepted, Some(false));
    assert!(matches!(report.error, Some(Error::Api(error)) if error.fault.code.as_deref() == Some("900421")));
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].cure.contains("multi-factor"));
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_first() {
    let service = Service::manual().await;
    let (client, fetches) = client_with(&service, Options::default(), 1);
    let report = Report::of(&client, true).await.unwrap();
    assert_eq!((report.accepted, report.problems), (Some(true), vec![]));
    assert!(report.claims.is_some(), "the token that was taken is looked into, not the one before");
    assert_eq!(fetches.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[tokio::test]
async fn whether_the_sign_in_counts_as_multi_factor_is_in_a_header_or_in_the_body() {
    let plain = br#"{"items": []}"#;
    for (headers, body, expected) in [
        (&[("IsMfaCompliant", "true")][..], &plain[..], Some(true)),
        (&[], &br#"{"items": [], "ismfacompliant": false}"#[..], Some(false)),
        (&[("isMfaCompliant", "")], plain, None),
    ] {
        let server = Scripted::answering(vec![answer(200, headers, body)]).await;
        let report = Report::of(&scripted_client(&server), true).await.unwrap();
        assert_eq!((report.accepted, report.is_mfa_compliant), (Some(true), expected));
        assert_eq!(report.problems.is_empty(), expected != Some(false));
        let request = &server.requests()[0];
        assert_eq!(
            (request.target.as_str(), request.header("validatemfa")),
            ("/v1/customers?size=1", Some("true"))
        );
    }
}
