//! What handlers take from a request: a body, the query, an id of the path. Each is read by
//! [`read`], so that errors name the member, the value and the cure.

use std::str::FromStr;

use axum::body::{Bytes, to_bytes};
use axum::extract::rejection::ExtensionRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use super::super::error::InvalidArgument;
use super::super::json::{read, shown};
use super::super::request::host;
use super::super::server::Connection;
use super::super::wire::header_text;
use super::numbers::simplify;
use super::refusal::Refusal;

/// Far above any body but a state's and a reset's.
const SMALL: usize = 256 * 1024;

/// The largest state: a million customers take some 300 MB.
pub(super) const LARGE: usize = 512 * 1024 * 1024;

/// Where the caller found the emulator, as in `http://127.0.0.1:4711`.
pub(super) struct BaseUrl(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for BaseUrl {
    type Rejection = ExtensionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ExtensionRejection> {
        let ConnectInfo(connection) = ConnectInfo::<Connection>::from_request_parts(parts, state).await?;
        Ok(Self(format!("{}://{}", connection.scheme(), host(&parts.uri, &parts.headers))))
    }
}

/// A JSON body of at most so many bytes.
pub(super) struct Body<T, const LIMIT: usize = SMALL>(pub(super) T);

impl<S: Sync, T: DeserializeOwned + Send + 'static, const LIMIT: usize> FromRequest<S> for Body<T, LIMIT> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        check_content_type(request.headers())?;
        decoded(whole(request, LIMIT).await?).await.map(Self)
    }
}

/// A body of no bytes at all is none.
impl<S: Sync, T: DeserializeOwned + Send + 'static, const LIMIT: usize> OptionalFromRequest<S>
    for Body<T, LIMIT>
{
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Option<Self>, Refusal> {
        let content_type = check_content_type(request.headers());
        let body = whole(request, LIMIT).await?;
        if body.is_empty() {
            return Ok(None);
        }
        content_type?;
        decoded(body).await.map(|body| Some(Self(body)))
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(CONTENT_TYPE).map(header_text).unwrap_or_default();
    let media_type = given.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = format!("Content-Type is {given:?}.");
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message, "send application/json"))
}

async fn whole(request: Request, limit: usize) -> Result<Bytes, Refusal> {
    to_bytes(request.into_body(), limit).await.map_err(|_| {
        let message = format!("The body is longer than {limit} bytes, or broke off.");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message, "send less")
    })
}

async fn decoded<T: DeserializeOwned + Send + 'static>(body: Bytes) -> Result<T, Refusal> {
    let small = body.len() <= SMALL;
    let decode = move || Ok(read(&parse(&body)?)?);
    if small { decode() } else { aside(decode).await? }
}

/// Does what takes a while beside the requests of others.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    spawn_blocking(work).await.map_err(Refusal::failure)
}

fn parse(body: &[u8]) -> Result<Value, Refusal> {
    let mut value: Value = serde_json::from_slice(body).map_err(|error| {
        let message = format!("The body is not JSON: {error}.");
        Refusal::new(StatusCode::BAD_REQUEST, message, "send a JSON object")
    })?;
    // serde would take an array of the members' values as well.
    if value.is_object() {
        simplify(&mut value);
        return Ok(value);
    }
    Err(InvalidArgument::new("body", &shown(&value), "send a JSON object").into())
}

/// The parameters of a query; unknown ones are refused as unknown members are.
pub(super) struct Parameters<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| InvalidArgument::new("query", &error.body_text(), "send name=value pairs"))?;
        let members: Map<_, _> = pairs.into_iter().map(|(name, text)| (name, text.into())).collect();
        Ok(Self(read(&Value::Object(members))?))
    }
}

/// Reads what is a text only because it stands in a query.
pub(super) fn parsed<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: std::fmt::Display,
{
    String::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
}

/// A number in a query: how many, or from where on.
#[derive(Clone, Copy)]
pub(super) struct Count(pub(super) usize);

impl FromStr for Count {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const MOST: usize = 1_000_000_000;
        let count = text.parse().ok().filter(|count| *count <= MOST);
        count.map(Self).ok_or("pass a whole number from 0 to 1,000,000,000")
    }
}

/// The id that ends or divides a path; one that cannot be read is one that does not exist.
pub(super) struct Id<T>(pub(super) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = parts.uri.path().to_owned();
        let id = Path::<String>::from_request_parts(parts, state).await.ok();
        id.and_then(|Path(id)| id.parse().ok())
            .map(Self)
            .ok_or_else(|| Refusal::not_found("path", &path, "pass an id that a list here gives"))
    }
}
