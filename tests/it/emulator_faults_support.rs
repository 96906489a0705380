//! Requests and answers as bytes: what a client of HTTP would hide.

use partnercenter_qual::emulator::Fault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::emulator_support::Service;

/// A request as it goes over the wire.
pub(crate) fn request(service: &Service, method: &str, path: &str, body: &str) -> String {
    let (token, length) = (&service.token, body.len());
    format!(
        "{method} {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// A connection with a request for the customers on it.
pub(crate) async fn asked(service: &Service) -> TcpStream {
    asked_by(service, &request(service, "GET", "/v1/customers", "")).await
}

pub(crate) async fn asked_by(service: &Service, request: &str) -> TcpStream {
    let mut socket = TcpStream::connect(service.address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    socket
}

/// An answer on a connection of its own: head, body, and how many reads it took.
pub(crate) struct Raw {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) reads: usize,
}

impl Raw {
    /// What is sent until the connection closes, or as much as the head says.
    pub(crate) async fn of(mut socket: TcpStream) -> Self {
        let (mut bytes, mut reads) = (Vec::new(), 0);
        loop {
            if let Some((head, body)) = split(&bytes)
                && body.len() >= content_length(&head)
            {
                return Self { head, body: body.to_vec(), reads };
            }
            if socket.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                let (head, body) = split(&bytes).expect("a whole head");
                return Self { head, body: body.to_vec(), reads };
            }
            reads += 1;
        }
    }

    pub(crate) fn content_length(&self) -> usize {
        content_length(&self.head)
    }
}

fn split(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    Some((String::from_utf8_lossy(&bytes[..end]).to_lowercase(), &bytes[end..]))
}

fn content_length(head: &str) -> usize {
    let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    line.map_or(0, |length| length.parse().unwrap())
}

/// The answer to a request that meets this fault.
pub(crate) async fn faulty(service: &Service, fault: Fault) -> Raw {
    service.inject(fault);
    Raw::of(asked(service).await).await
}
