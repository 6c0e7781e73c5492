//! What connections and bodies may take: time, and room in memory.

use std::time::Duration;

use frontdesk::connections;
use frontdesk::http::{body, body_room};
use serde_json::json;

use super::connections::{Connection, JSON, WEBHOOK, head, operator, request};
use crate::support::app::{Garage, TestApp};
use crate::support::within;

const SOON: Duration = Duration::from_millis(300);
const LATE: Duration = Duration::from_secs(3_600);

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_never_finishes_a_head_or_sits_idle_is_closed() {
    let limits = connections::Limits { head: SOON, ..Default::default() };
    let app = TestApp::builder().connections(limits).start().await;
    for begun in [&b""[..], b"G", b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] {
        let mut connection = Connection::open(&app).await;
        connection.send(begun).await;
        connection.ends().await;
    }
    let mut connection = Connection::open(&app).await;
    connection.send(&request("GET /api/v1/health", &[], b"")).await;
    assert_eq!(connection.answer().await.status, 200);
    connection.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_ends_is_refused_in_time() {
    let limits = body::Limits { time: SOON, ..Default::default() };
    let app = TestApp::builder().bodies(limits).start().await;
    for length in ["Content-Length: 100", "Content-Length: 200000", "Transfer-Encoding: chunked"] {
        let mut connection = Connection::open(&app).await;
        connection.send(head(WEBHOOK, [JSON, length]).as_bytes()).await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.closes), (408, true), "{length}: {answer:?}");
        assert!(answer.body.contains("/docs/problems#too-slow"), "{}", answer.body);
        connection.ends().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_no_replies_is_let_go() {
    let limits = connections::Limits { reply: SOON, ..Default::default() };
    let app = TestApp::builder().connections(limits).start().await;
    let mut connection = Connection::open(&app).await;
    let asking = request("GET /openapi.json", &[], b"");
    // It asks and asks, and reads nothing. Once it is let go, it cannot ask any more.
    within(async { while connection.try_send(&asking).await.is_ok() {} }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_as_many_connections_as_there_may_be_the_next_one_waits() {
    let limits = connections::Limits { connections: 2, ..Default::default() };
    let app = TestApp::builder().connections(limits).start().await;
    let asking = request("GET /api/v1/health", &[], b"");
    let mut present = [Connection::open(&app).await, Connection::open(&app).await];
    for connection in &mut present {
        connection.send(&asking).await;
        assert_eq!(connection.answer().await.status, 200);
    }
    let mut next = Connection::open(&app).await;
    next.send(&asking).await;
    assert!(tokio::time::timeout(SOON, next.answer()).await.is_err(), "it is served beside two others");
    let [gone, mut stays] = present;
    drop(gone);
    assert_eq!(next.answer().await.status, 200);
    stays.send(&asking).await;
    assert_eq!(stays.answer().await.status, 200);
}

/// Room for two bodies of 100 kB from everybody whom nobody knows, and for two from each who is known.
fn little_room() -> body::Limits {
    let room =
        body_room::Limits { bytes: 400_000, bytes_per_owner: 200_000, patience: SOON, ..Default::default() };
    body::Limits { time: LATE, room, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_send_slowly_keep_neither_small_bodies_nor_known_senders_waiting() {
    let app = TestApp::builder().bodies(little_room()).start().await;
    let garage = Garage::open(&app, "Garage").await;
    let large = head(WEBHOOK, [JSON, "Content-Length: 100000"]);
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut connection = Connection::open(&app).await;
        connection.send(large.as_bytes()).await;
        connection.send(&[b' '; 50_000]).await;
        slow.push(connection);
    }
    // The two have taken their room once a third finds none.
    let (connection, answer) = within(async {
        loop {
            let mut third = Connection::open(&app).await;
            third.send(&request(WEBHOOK, &[JSON], &[b' '; 100_000])).await;
            let answer = third.answer().await;
            if answer.status == 503 {
                break (third, answer);
            }
        }
    })
    .await;
    assert!(answer.closes && answer.body.contains("/docs/problems#busy"), "{answer:?}");
    connection.keeps_its_word(&answer).await;

    let mut small = Connection::open(&app).await;
    small.send(&request(WEBHOOK, &[JSON], b"{}")).await;
    assert_eq!(small.answer().await.status, 401, "a small body of a stranger is looked at");
    let mut medium = Connection::open(&app).await;
    medium.send(&request(WEBHOOK, &[JSON], &[b' '; 30_000])).await;
    assert_eq!(medium.answer().await.status, 401, "and so is one of medium size");
    let call = json!({ "id": "call-1" });
    let transcript = "x".repeat(100_000);
    let report =
        json!({ "type": "end-of-call-report", "call": call, "artifact": { "transcript": transcript } });
    garage.hook(report).await.expect(200);
    let mut known = Connection::open(&app).await;
    let body = vec![b' '; 100_000];
    known.send(&request("POST /api/v1/businesses", &[JSON, &operator()], &body)).await;
    assert_eq!(known.answer().await.status, 400, "what an operator sends is read, and is no JSON");
    drop(slow);
}
