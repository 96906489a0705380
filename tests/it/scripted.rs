//! A small real HTTP/1.1 server for answers that the emulator does not give.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it arrived; header names in lower case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Answers every request, each on a connection of its own, and remembers it.
pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Received>>>,
    server: JoinHandle<()>,
}

impl Scripted {
    /// Answers what `script` returns, byte for byte; nothing at all closes the connection.
    pub(crate) async fn start(script: impl Fn(&Received) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::halting(|_| Duration::ZERO, script).await
    }

    /// The same, with a halt before each of an answer's last three bytes, of a length by its number.
    pub(crate) async fn halting(
        halt: fn(usize) -> Duration,
        script: impl Fn(&Received) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::<Mutex<Vec<Received>>>::default();
        let (script, seen) = (Arc::new(script), Arc::clone(&requests));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
                tokio::spawn(async move {
                    let answering = |request: Received| {
                        let answer = script(&request);
                        let mut seen = seen.lock().expect("no panic");
                        seen.push(request);
                        (answer, halt(seen.len()))
                    };
                    exchange(stream, answering).await.unwrap_or_default(); // the client may go away
                });
            }
        });
        Self { address, requests, server }
    }

    /// Gives these answers one after the other, and then the last one again.
    pub(crate) async fn answering(answers: Vec<Vec<u8>>) -> Self {
        let last = answers.last().cloned().unwrap_or_default();
        let answers = Mutex::new(answers.into_iter());
        Self::start(move |_| answers.lock().expect("no panic").next().unwrap_or_else(|| last.clone())).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.requests.lock().expect("no panic").clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// An answer with these headers beside its length.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let length = body.len().to_string();
    let mut head = format!("HTTP/1.1 {status} x\r\n");
    for (name, value) in headers.iter().chain(&[("Content-Length", length.as_str()), ("Connection", "close")])
    {
        head.extend([name, ": ", value, "\r\n"]);
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

pub(crate) fn ok(body: &[u8]) -> Vec<u8> {
    answer(200, &[("Content-Type", "application/json; charset=utf-8")], body)
}

async fn exchange(
    mut stream: TcpStream,
    answer: impl FnOnce(Received) -> (Vec<u8>, Duration),
) -> std::io::Result<()> {
    let request = receive(&mut stream).await?;
    let (answer, halt) = answer(request);
    let (most, last) = answer.split_at(answer.len().saturating_sub(3));
    stream.write_all(most).await?;
    for byte in last {
        tokio::time::sleep(halt).await;
        stream.write_all(&[*byte]).await?;
    }
    stream.shutdown().await?;
    // Closing with something unread would reset the connection under the answer.
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(|_| ())
}

async fn receive(stream: &mut TcpStream) -> std::io::Result<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let mut body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes).expect("an ASCII head");
    let (line, rest) = head.split_once("\r\n").expect("a request line");
    let mut words = line.split(' ').map(str::to_owned);
    let headers = rest.lines().filter_map(|line| line.split_once(": "));
    let mut request = Received {
        method: words.next().expect("a method"),
        target: words.next().expect("a target"),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
        body: Vec::new(),
    };
    let length = request.header("content-length").map_or(0, |text| text.parse().expect("a length"));
    while body.len() < length && stream.read_buf(&mut body).await? > 0 {}
    request.body = body;
    Ok(request)
}
