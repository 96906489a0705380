//! What goes over the wire and what does not.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use partnercenter_qual::options::{header_text, proxy_url};
use partnercenter_qual::query::CustomerQuery;
use partnercenter_qual::{Client, Error, Options};

use crate::client_support::{
    CUSTOMER, TOKEN, api_error, at, customer, education, scripted_client, scripted_client_with, token,
};
use crate::scripted::{Received, Scripted, answer, ok};

const LIMIT: usize = 8 << 20;

/// JSON of so many bytes.
fn of_size(bytes: usize) -> Vec<u8> {
    let mut body = vec![b' '; bytes];
    (body[0], body[bytes - 1]) = (b'[', b']');
    body
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

fn gzip(status: u16, body: &[u8]) -> Vec<u8> {
    answer(status, &[("Content-Encoding", "gzip"), ("Content-Type", "application/json")], body)
}

async fn read_from(answers: Vec<Vec<u8>>) -> Result<usize, Error> {
    let server = Scripted::answering(answers).await;
    Ok(scripted_client(&server).get_qualifications(customer()).await?.len())
}

/// The message of an answer that could not be read.
fn undecodable(result: Result<usize, Error>) -> String {
    match result.unwrap_err() {
        Error::Decode(error) => error.message,
        other => panic!("{other}"),
    }
}

fn names(request: &Received) -> Vec<&str> {
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_redirect_is_an_error_and_nothing_goes_where_it_leads() {
    let elsewhere = Scripted::answering(vec![ok(b"[]")]).await;
    let place = format!("{}/qualifications", elsewhere.url());
    for status in [300, 301, 302, 303, 304, 307, 308] {
        let server = Scripted::answering(vec![answer(status, &[("Location", &place)], b"")]).await;
        let client = scripted_client(&server);
        for error in [
            api_error(client.get_qualifications(customer()).await),
            api_error(client.update_qualification(customer(), &education(), None).await),
        ] {
            assert_eq!((error.status_code, error.is_retryable), (status, false));
            assert!(error.hint.as_ref().unwrap().contains(&place), "{error}");
        }
        assert_eq!(server.requests().len(), 2);
    }
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit() {
    assert_eq!(read_from(vec![ok(&of_size(LIMIT))]).await.unwrap(), 0);
    assert!(undecodable(read_from(vec![ok(&of_size(LIMIT + 1))]).await).contains("8 MiB"));
    let error = api_error(read_from(vec![answer(403, &[], &of_size(LIMIT + 1))]).await);
    assert_eq!(error.status_code, 403);
    assert!(error.body.len() <= 4096 && !error.fault.message.is_empty());
}

#[tokio::test]
async fn the_limit_counts_unpacked_bytes() {
    let bomb = packed(&of_size(2 * LIMIT));
    assert!(bomb.len() < LIMIT);
    assert_eq!(read_from(vec![gzip(200, &packed(&of_size(LIMIT)))]).await.unwrap(), 0);
    assert!(undecodable(read_from(vec![gzip(200, &bomb)]).await).contains("8 MiB"));
    assert_eq!(api_error(read_from(vec![gzip(500, &bomb)]).await).status_code, 500);
}

#[tokio::test]
async fn packed_answers_are_unpacked() {
    let body = packed(b"\xEF\xBB\xBF[{\"qualification\":\"Education\"}]");
    assert_eq!(read_from(vec![gzip(200, &body)]).await.unwrap(), 1);
    let fault = packed(br#"{"code":20002,"description":"No relationship"}"#);
    assert_eq!(api_error(read_from(vec![gzip(403, &fault)]).await).fault.code.as_deref(), Some("20002"));
}

#[tokio::test]
async fn a_packed_answer_cut_short_is_asked_for_again() {
    let body = packed(b"[{\"qualification\":\"Education\"}]");
    for end in [0, 1, body.len() / 2, body.len() - 1] {
        let server = Scripted::answering(vec![gzip(200, &body[..end]), gzip(200, &body)]).await;
        let client = scripted_client_with(&server, Options { max_retries: 1, ..Options::default() });
        let read = client.get_qualifications(customer()).await;
        assert_eq!(read.unwrap_or_else(|error| panic!("{end} bytes: {error}")).len(), 1);
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn any_success_is_one() {
    for status in [200, 201, 202, 203, 206] {
        assert_eq!(read_from(vec![answer(status, &[], b"[]")]).await.unwrap(), 0);
    }
    assert_eq!(read_from(vec![answer(204, &[], b"")]).await.unwrap(), 0);
    assert!(undecodable(read_from(vec![ok(b"")]).await).contains("empty"));
}

#[tokio::test]
async fn a_read_says_this_and_no_more() {
    let server = Scripted::answering(vec![ok(b"[]")]).await;
    scripted_client(&server).get_qualifications(customer()).await.unwrap();
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.body.len()), ("GET", 0));
    assert_eq!(request.target, format!("/v1/customers/{CUSTOMER}/qualifications"));
    let expected = [
        "accept",
        "accept-encoding",
        "authorization",
        "host",
        "ms-correlationid",
        "ms-partnercenter-client",
        "ms-requestid",
        "user-agent",
    ];
    assert_eq!(names(request), expected);
    assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(request.header("user-agent"), Some(format!("partnercenter_qual/{version}").as_str()));
    for id in ["ms-requestid", "ms-correlationid"] {
        assert!(uuid::Uuid::try_parse(request.header(id).unwrap()).is_ok());
    }
}

#[tokio::test]
async fn a_request_says_this_and_no_more() {
    let server = Scripted::answering(vec![answer(201, &[], br#"{"qualification":"Education"}"#)]).await;
    let options = Options {
        application_name: Some(header_text("application_name", "School desk 2").unwrap()),
        locale: Some(header_text("locale", "cs-CZ").unwrap()),
        ..Options::default()
    };
    let client = scripted_client_with(&server, options);
    client.update_qualification(customer(), &education(), None).await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.method, "POST");
    let expected = [
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "ms-correlationid",
        "ms-partnercenter-application",
        "ms-partnercenter-client",
        "ms-requestid",
        "user-agent",
        "x-locale",
    ];
    assert_eq!(names(request), expected);
    assert_eq!(request.header("ms-partnercenter-application"), Some("School desk 2"));
    assert_eq!(request.header("x-locale"), Some("cs-CZ"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(request.header("user-agent").unwrap().ends_with(" (School desk 2)"));
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let expected = serde_json::json!(
        {"qualification": "Education", "educationSegment": "K12", "website": "school.example"}
    );
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_next_link_takes_the_token_nowhere_else() {
    let elsewhere = Scripted::answering(vec![ok(br#"{"items":[]}"#)]).await;
    let away = elsewhere.address.port();
    for link in [
        format!("http://127.0.0.1:{away}/v1/customers"),
        format!("//127.0.0.1:{away}/v1/customers"),
        format!("\\\\127.0.0.1:{away}\\v1\\customers"),
        format!("/\\127.0.0.1:{away}/v1/customers"),
        format!("/\t/127.0.0.1:{away}/v1/customers"),
        format!("@127.0.0.1:{away}/v1/customers"),
        format!("http:127.0.0.1:{away}/v1/customers"),
    ] {
        let page = serde_json::json!({"items": [], "links": {"next": {"uri": link}}}).to_string();
        let server = Scripted::answering(vec![ok(page.as_bytes()), ok(br#"{"items":[]}"#)]).await;
        let mut pages = scripted_client(&server).list_customers(&CustomerQuery::default());
        let outcome = [pages.next().await.err(), pages.next().await.err()].into_iter().flatten().next();
        assert!(matches!(outcome, None | Some(Error::Decode(_))), "{link:?}: {outcome:?}");
        assert_eq!(elsewhere.requests(), [], "{link:?}");
    }
}

#[tokio::test]
async fn a_chosen_proxy_is_used_for_loopback_too() {
    let proxy = Scripted::answering(vec![ok(b"[]")]).await;
    let options = Options { proxy: Some(proxy_url(&proxy.url()).unwrap()), ..Options::default() };
    let client = Client::new(Arc::new(token()), at("http://127.0.0.1:9", options)).unwrap();
    client.get_qualifications(customer()).await.unwrap();
    let target = format!("http://127.0.0.1:9/v1/customers/{CUSTOMER}/qualifications");
    assert_eq!(proxy.requests()[0].target, target);
}

/// Set in the child process of the next test: its environment is one that no other test may have.
const CHILD: &str = "PARTNERCENTER_QUAL_TEST_CHILD";

#[tokio::test]
async fn a_proxy_of_the_environment_is_used_but_never_for_loopback() {
    if std::env::var_os(CHILD).is_some() {
        return with_a_proxy_in_the_environment().await;
    }
    let proxy = Scripted::answering(vec![answer(502, &[], b"")]).await;
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let this = "transport::a_proxy_of_the_environment_is_used_but_never_for_loopback";
    child.args(["--exact", this]).env(CHILD, "1").env_remove("NO_PROXY").env_remove("no_proxy");
    for name in ["http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        child.env(name, proxy.url());
    }
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    let asked: Vec<_> =
        proxy.requests().into_iter().map(|request| request.method + " " + &request.target).collect();
    assert_eq!(asked, ["CONNECT api.example:443"]);
}

async fn with_a_proxy_in_the_environment() {
    let server = Scripted::answering(vec![ok(b"[]")]).await;
    scripted_client(&server).get_qualifications(customer()).await.unwrap();
    let options = Options { max_retries: 0, ..Options::default() };
    let away = Client::new(Arc::new(token()), at("https://api.example", options.clone())).unwrap();
    assert!(matches!(away.get_qualifications(customer()).await, Err(Error::Transport(_))));
    let back = away.with_options(at(&server.url(), options)).unwrap();
    back.get_qualifications(customer()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}
