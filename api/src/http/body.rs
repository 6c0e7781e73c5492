//! Reads the body of every request before anything looks at the request, and refuses what cannot be read.
//!
//! HTTP/1.1 allows the next request on a connection only when the body of the one before was read to its end.
//! Whatever a route answers, with or without a look at the body, the connection stays good for the next
//! request. Where the end of a body is not reached, the reply says `Connection: close`: hyper closes such a
//! connection without a word (hyperium/hyper#2384), and a proxy that keeps it would lose the next request.

use std::sync::Arc;
use std::time::Duration;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::problem::Problem;
use crate::webhooks;

/// The largest body that the API takes. Webhooks have a limit of their own.
const API_BYTES_MAX: usize = 256 * 1024;
/// How long a body that is too large is read on and thrown away, as nginx does (`lingering_time`).
const LINGER: Duration = Duration::from_secs(30);

/// Passes a request on with its whole body in memory, or refuses it.
pub async fn read<E>(endpoint: Arc<E>, mut request: Request) -> poem::Result<Response>
where
    E: Endpoint,
    E::Output: IntoResponse,
{
    if let Some(name) = unreadable(&request) {
        let detail = format!("{name}: its value must be of printable ASCII characters");
        return Ok(closing(Problem::bad_request(detail)));
    }
    let bytes_max = webhooks::body_bytes_max(request.uri().path()).unwrap_or(API_BYTES_MAX);
    let mut unread = request.take_body().into_async_read();
    match read_whole(&mut unread, declared_bytes(&request), bytes_max).await {
        Ok(Some(body)) => {
            request.set_body(body);
            endpoint.call(request).await.map(IntoResponse::into_response)
        }
        Ok(None) => {
            // Whoever waits for "100 Continue" has sent nothing yet.
            if request.header(header::EXPECT).is_none() {
                tokio::spawn(linger(unread));
            }
            let detail = format!("a body has at most {bytes_max} bytes here");
            Ok(closing(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)))
        }
        Err(error) => Ok(closing(Problem::bad_request(format!("the body cannot be read: {error}")))),
    }
}

/// A header that changes what a request means, and cannot be read. It would be taken for one that is not
/// there.
fn unreadable(request: &Request) -> Option<&'static str> {
    ["Idempotency-Key", "If-Match"]
        .into_iter()
        .find(|name| request.headers().get_all(*name).iter().any(|value| value.to_str().is_err()))
}

/// The length in the head. A body in chunks has none.
fn declared_bytes(request: &Request) -> usize {
    request.header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// `None`: it is too large. A body that says so is not even begun, so its sender is not told to continue.
async fn read_whole(
    unread: &mut (impl AsyncRead + Unpin),
    declared: usize,
    bytes_max: usize,
) -> std::io::Result<Option<Vec<u8>>> {
    if declared > bytes_max {
        return Ok(None);
    }
    let mut body = Vec::with_capacity(declared);
    let one_too_many = bytes_max as u64 + 1;
    unread.take(one_too_many).read_to_end(&mut body).await?;
    Ok(Some(body).filter(|body| body.len() <= bytes_max))
}

/// Reads on while the reply is on its way: a connection that is closed over unread bytes is reset, and its
/// client may lose the reply.
async fn linger(mut unread: impl AsyncRead + Unpin) {
    // The connection ends either way.
    let _ = tokio::time::timeout(LINGER, tokio::io::copy(&mut unread, &mut tokio::io::sink())).await;
}

fn closing(problem: Problem) -> Response {
    let mut response = problem.into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
