//! hyper's connections without a client around them: one for each request in flight.

use futures_util::future::try_join_all;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, HOST, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::answer::{Qualification, decode};
use crate::plan::{Plan, Queue, path};
use crate::{Client, Outcome};

pub struct Program {
    connections: Vec<SendRequest<Empty<Bytes>>>,
    headers: Headers,
}

struct Headers {
    host: HeaderValue,
    authorization: HeaderValue,
}

impl Program {
    pub async fn connect(plan: &Plan) -> Outcome<Self> {
        let host = plan.url.strip_prefix("http://").ok_or("an address with http:// was expected")?;
        let mut connections = Vec::new();
        for _ in 0..plan.concurrency {
            let stream = TcpStream::connect(host).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            connections.push(sender);
        }
        let authorization = HeaderValue::from_str(&plan.authorization)?;
        Ok(Self { connections, headers: Headers { host: HeaderValue::from_str(host)?, authorization } })
    }
}

async fn get(
    connection: &mut SendRequest<Empty<Bytes>>,
    headers: &Headers,
    customer_id: &str,
) -> Outcome<Vec<Qualification>> {
    let request = Request::get(path(customer_id))
        .header(HOST, headers.host.clone())
        .header(AUTHORIZATION, headers.authorization.clone())
        .header(ACCEPT, HeaderValue::from_static("application/json"))
        .body(Empty::new())?;
    connection.ready().await?;
    let answer = connection.send_request(request).await?;
    if answer.status() != StatusCode::OK {
        return Err(format!("{customer_id}: {}", answer.status()).into());
    }
    decode(&answer.into_body().collect().await?.to_bytes())
}

async fn take(
    connection: &mut SendRequest<Empty<Bytes>>,
    headers: &Headers,
    queue: &Queue<'_>,
) -> Outcome<Vec<Qualification>> {
    let mut found = Vec::new();
    while let Some(customer_id) = queue.next() {
        found.extend(get(connection, headers, customer_id).await?);
    }
    Ok(found)
}

impl Client for Program {
    async fn work(&mut self, queue: &Queue<'_>) -> Outcome<usize> {
        let headers = &self.headers;
        let tasks = self.connections.iter_mut().map(|connection| take(connection, headers, queue));
        Ok(try_join_all(tasks).await?.iter().map(Vec::len).sum())
    }
}
