//! Connections that clients and proxies keep: a reply either leaves the connection good for the next request,
//! or says that it is closed.

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::app::{OPERATOR_KEY, TestApp};
use crate::support::within;

/// More than any route takes.
const HUGE: usize = 5 << 20;
/// More than the API takes, and less than a webhook may have.
const LARGE: usize = 300 << 10;

/// A proxy's connection to the server. It sends what it is told, byte by byte, and adds nothing.
pub struct Connection(BufReader<TcpStream>);

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub closes: bool,
    pub body: String,
}

impl Connection {
    pub async fn open(app: &TestApp) -> Self {
        let address = app.url.strip_prefix("http://").expect("an address");
        Self(BufReader::new(TcpStream::connect(address).await.expect("a connection")))
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).await.expect("the server reads what it is sent");
    }

    pub async fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        within(self.0.write_all(bytes)).await
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        within(self.0.read_line(&mut line)).await.expect("a line");
        line.trim_end().to_owned()
    }

    pub async fn answer(&mut self) -> Answer {
        let status = self.line().await;
        let status = status.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.unwrap_or_else(|| panic!("a status, not {status:?}"));
        let (mut length, mut closes) = (0, false);
        loop {
            let line = self.line().await.to_ascii_lowercase();
            let Some((name, value)) = line.split_once(": ") else { break };
            match name {
                "content-length" => length = value.parse().expect("a length"),
                "connection" => closes = value == "close",
                _ => {}
            }
        }
        let mut body = vec![0; length];
        within(self.0.read_exact(&mut body)).await.expect("the whole body");
        Answer { status, closes, body: String::from_utf8(body).expect("a text") }
    }

    /// Says that the server ends the connection, without another word.
    pub async fn ends(mut self) {
        let mut rest = Vec::new();
        within(self.0.read_to_end(&mut rest)).await.expect("an orderly end");
        assert_eq!(rest, b"");
    }

    /// Says that the connection does what the answer has announced.
    pub async fn keeps_its_word(mut self, answer: &Answer) {
        if answer.closes {
            self.ends().await;
        } else {
            self.send(&request("GET /api/v1/health", &[], b"")).await;
            assert_eq!(self.answer().await.status, 200, "the next request after {answer:?}");
        }
    }
}

/// A request whose body has the length that it says.
pub fn request(line: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.len());
    let headers = headers.iter().copied().chain((!body.is_empty()).then_some(length.as_str()));
    head(line, headers).into_bytes().into_iter().chain(body.iter().copied()).collect()
}

fn chunked(line: &str, chunks: usize, size: usize) -> Vec<u8> {
    let chunk = format!("{size:x}\r\n{}\r\n", "x".repeat(size));
    [head(line, ["Transfer-Encoding: chunked"]), chunk.repeat(chunks), "0\r\n\r\n".to_owned()]
        .concat()
        .into_bytes()
}

pub fn head<'a>(line: &str, headers: impl IntoIterator<Item = &'a str>) -> String {
    let headers: String = headers.into_iter().map(|header| format!("{header}\r\n")).collect();
    format!("{line} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

pub fn operator() -> String {
    format!("Authorization: Bearer {OPERATOR_KEY}")
}

pub const JSON: &str = "Content-Type: application/json";
pub const WEBHOOK: &str = "POST /webhooks/vapi";
const BUSINESSES: &str = "POST /api/v1/businesses";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_refused_costs_the_next_one_on_its_connection_nothing() {
    let app = TestApp::start().await;
    let (huge, large, operator) = (vec![b'x'; HUGE], vec![b'x'; LARGE], operator());
    let asked = [
        ("a webhook that is too large", 413, request(WEBHOOK, &[JSON], &huge)),
        ("one in pieces", 413, chunked(WEBHOOK, 80, HUGE / 80)),
        ("a request that is too large", 413, request(BUSINESSES, &[JSON, &operator], &large)),
        ("one in pieces", 413, chunked(BUSINESSES, 40, LARGE / 40)),
        ("too much for an address that does not exist", 413, request("POST /nowhere", &[], &huge)),
        ("too much for a reader", 413, request("GET /openapi.json", &[], &huge)),
        ("a webhook of nobody", 401, request(WEBHOOK, &[JSON], &large)),
        ("a request without a key", 401, request(BUSINESSES, &[JSON], &large[..200 << 10])),
        ("an address that does not exist", 404, request("POST /nowhere", &[], b"{}")),
        ("a provider that does not exist", 404, request("POST /webhooks/nobody", &[], &large[..200 << 10])),
        (
            "a business that does not exist",
            404,
            request("PUT /api/v1/businesses/biz_1/hours", &[JSON, &operator], b"{}"),
        ),
        ("another method", 405, request("PUT /api/v1/businesses", &[JSON, &operator], b"{}")),
        ("another method on a webhook", 405, request("PUT /webhooks/vapi", &[JSON], &large)),
        ("another type", 415, request(BUSINESSES, &["Content-Type: text/plain", &operator], b"{}")),
        ("what is not JSON", 400, request(BUSINESSES, &[JSON, &operator], b"{")),
        ("a webhook that is not JSON", 401, request(WEBHOOK, &[JSON], b"{")),
        ("a key for repeats that is too long", 400, {
            let key = format!("Idempotency-Key: {}", "k".repeat(300));
            request(BUSINESSES, &[JSON, &operator, &key], b"{}")
        }),
    ];
    for (what, status, bytes) in asked {
        let mut connection = Connection::open(&app).await;
        connection.send(&bytes).await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.closes), (status, status == 413), "{what}: {answer:?}");
        connection.keeps_its_word(&answer).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_what_its_head_says_ends_its_connection_and_says_so() {
    let app = TestApp::start().await;
    let operator = operator();
    let mut connection = Connection::open(&app).await;
    connection.send(head(BUSINESSES, ["Content-Length: many"]).as_bytes()).await;
    let answer = connection.answer().await;
    assert_eq!((answer.status, answer.closes), (400, true), "no length: {answer:?}");
    connection.keeps_its_word(&answer).await;

    for line in [WEBHOOK, BUSINESSES, "POST /nowhere"] {
        let mut connection = Connection::open(&app).await;
        connection.send(head(line, [JSON, &operator, "Content-Length: 100"]).as_bytes()).await;
        connection.send(b"{\"message\":").await;
        connection.0.get_mut().shutdown().await.expect("half closed");
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.closes), (400, true), "cut off, {line}: {answer:?}");
        connection.keeps_its_word(&answer).await;

        let mut connection = Connection::open(&app).await;
        connection.send(head(line, [JSON, &operator, "Transfer-Encoding: chunked"]).as_bytes()).await;
        connection.send(b"2\r\n{}\r\nnot a length\r\n").await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.closes), (400, true), "no chunk, {line}: {answer:?}");
        connection.keeps_its_word(&answer).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_before_it_sends_a_body_is_told_to_go_on_or_that_it_is_too_large() {
    let app = TestApp::start().await;
    let (operator, body) =
        (operator(), json!({ "profile": { "name": "Garage", "zone": "UTC" } }).to_string());
    let asking = |length: usize| {
        let length = format!("Content-Length: {length}");
        head(BUSINESSES, [JSON, &operator, "Expect: 100-continue", &length]).into_bytes()
    };
    let mut connection = Connection::open(&app).await;
    connection.send(&asking(body.len())).await;
    assert_eq!(connection.answer().await.status, 100);
    connection.send(body.as_bytes()).await;
    let answer = connection.answer().await;
    assert_eq!((answer.status, answer.closes), (201, false), "{answer:?}");
    connection.keeps_its_word(&answer).await;

    let mut connection = Connection::open(&app).await;
    connection.send(&asking(HUGE)).await;
    let answer = connection.answer().await;
    assert_eq!((answer.status, answer.closes), (413, true), "{answer:?}");
    connection.keeps_its_word(&answer).await;
}

/// A stop waits for what is under way, and not for a body that does not come.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_body_does_not_hold_a_stop() {
    let app = TestApp::start().await;
    let (operator, mut halves) = (operator(), Vec::new());
    for (line, length) in [(BUSINESSES, 100), (WEBHOOK, 100), (WEBHOOK, LARGE)] {
        let mut connection = Connection::open(&app).await;
        let length = format!("Content-Length: {length}");
        connection.send(head(line, [JSON, &operator, &length]).as_bytes()).await;
        connection.send(b"{\"message\":").await;
        halves.push(connection);
    }
    // What was sent before on another connection has been read by now.
    let mut other = Connection::open(&app).await;
    other.send(&request("GET /api/v1/health", &[], b"")).await;
    assert_eq!(other.answer().await.status, 200);
    let stopped = std::time::Instant::now();
    app.stop();
    for mut connection in halves {
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.closes), (503, true), "{answer:?}");
        assert!(answer.body.contains("/docs/problems#stopping"), "{}", answer.body);
        connection.ends().await;
    }
    assert!(stopped.elapsed() < std::time::Duration::from_secs(10), "{:?}", stopped.elapsed());
    other.ends().await;
}
