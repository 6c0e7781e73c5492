//! What of a reply goes over the wire: nothing but its head if the client has it already (304), and less if it
//! can be compressed.
//!
//! Replies may not be stored unless their handler has said otherwise with a `Cache-Control`: most are about
//! people, and some have keys in them.
//!
//! poem's `Compression` is not used. It unpacks the bodies of requests past every limit on them, compresses
//! replies of ten bytes, says nothing in `Vary` and passes over `q=0`.

use std::sync::Arc;

use hyper::body::Bytes;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response};

use super::coding::{Coding, Effort};
use crate::webhooks;

/// What is smaller fits into one packet anyway.
const COMPRESSED_BYTES_MIN: usize = 1_024;
/// What is larger would keep others waiting for this thread: some milliseconds.
const COMPRESSED_AT_ONCE_BYTES_MAX: usize = 128 * 1_024;

/// Finishes a reply as its request wants it.
pub async fn send<E>(endpoint: Arc<E>, request: Request) -> poem::Result<Response>
where
    E: Endpoint<Output = Response>,
{
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get(header::IF_NONE_MATCH).filter(|_| is_read).cloned();
    // Whoever waits on the telephone does not wait for this.
    let is_webhook = request.uri().path().starts_with(webhooks::ROOT);
    let coding = Coding::accepted(request.headers()).filter(|_| !is_webhook);
    let mut response = endpoint.call(request).await?;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    } else if known.is_some_and(|known| is_known(&response, &known)) {
        return Ok(not_modified(response));
    }
    if is_webhook || !can_be_compressed(&response) {
        return Ok(response);
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    match coding {
        Some(coding) => compressed(response, coding).await,
        None => Ok(response),
    }
}

/// Whether one of the tags is that of the text, in weak comparison (RFC 9110, section 13.1.2).
pub fn names(if_none_match: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    if_none_match.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}

fn is_known(response: &Response, if_none_match: &HeaderValue) -> bool {
    let tags = if_none_match.to_str().ok().zip(response.header(header::ETAG));
    response.status() == StatusCode::OK && tags.is_some_and(|(known, etag)| names(known, etag))
}

fn not_modified(mut response: Response) -> Response {
    response.set_status(StatusCode::NOT_MODIFIED);
    response.set_body(());
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
        response.headers_mut().remove(name);
    }
    response
}

/// Texts that are not compressed yet. A strong tag stands for the very bytes that it came with, and clients
/// send it back in `If-Match`; so these stay as they are.
fn can_be_compressed(response: &Response) -> bool {
    let headers = response.headers();
    let is_strong = |tag: &HeaderValue| !tag.as_bytes().starts_with(b"W/");
    let is_text = |kind: &str| kind.starts_with("text/") || kind.contains("json");
    response.content_type().is_some_and(is_text)
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.get(header::ETAG).is_some_and(is_strong)
}

async fn compressed(mut response: Response, coding: Coding) -> poem::Result<Response> {
    let body = response.take_body().into_bytes().await?;
    match smaller(coding, body.clone()).await {
        Some(packed) => {
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
            headers.remove(header::CONTENT_LENGTH);
            response.set_body(packed);
        }
        None => response.set_body(body),
    }
    Ok(response)
}

async fn smaller(coding: Coding, body: Bytes) -> Option<Vec<u8>> {
    let bytes = body.len();
    let compress = move || coding.compress(&body, Effort::Little);
    let packed = match bytes {
        ..COMPRESSED_BYTES_MIN => None,
        COMPRESSED_BYTES_MIN..=COMPRESSED_AT_ONCE_BYTES_MAX => compress(),
        _ => tokio::task::spawn_blocking(compress).await.ok().flatten(),
    };
    packed.filter(|packed| packed.len() < bytes)
}

#[cfg(test)]
mod tests {
    use poem::IntoResponse;
    use poem::endpoint::make_sync;

    use super::*;

    async fn ask(
        headers: &[(&str, &str)],
        path: &str,
        reply: impl Fn() -> Response + Send + Sync + 'static,
    ) -> Response {
        let mut request = Request::builder().uri_str(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(Arc::new(make_sync(move |_| reply())), request.finish()).await.expect("a reply")
    }

    fn text(bytes: usize, headers: &[(&'static str, &'static str)]) -> Response {
        let mut response = "x".repeat(bytes).with_content_type("text/plain").into_response();
        for (name, value) in headers {
            response.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        response
    }

    #[tokio::test]
    async fn what_is_large_is_compressed_unless_its_tag_stands_for_its_bytes() {
        let takes = [("accept-encoding", "br, gzip")];
        for (path, bytes, headers, expected) in [
            ("/a", 200_000, &[][..], Some("br")),
            ("/a", 1_024, &[], Some("br")),
            ("/a", 1_023, &[], None),
            ("/a", 9_000, &[("etag", "W/\"1\"")], Some("br")),
            ("/a", 9_000, &[("etag", "\"1\"")], None),
            ("/a", 9_000, &[("content-encoding", "gzip")], Some("gzip")),
            ("/webhooks/vapi", 9_000, &[], None),
        ] {
            let response = ask(&takes, path, move || text(bytes, headers)).await;
            assert_eq!(response.header("content-encoding"), expected, "{path} {bytes} {headers:?}");
            let length = response.into_body().into_bytes().await.expect("a body").len();
            assert_eq!(length < bytes, expected == Some("br"), "{path} {bytes} {headers:?}");
        }
        let plain = ask(&[], "/a", || text(9_000, &[])).await;
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, Some("Accept-Encoding")));
    }

    #[tokio::test]
    async fn what_a_client_has_is_not_sent_again_where_it_may_have_it() {
        let kept = [("etag", "\"3\""), ("cache-control", "private, no-cache")];
        for (tags, status) in
            [("\"3\"", 304), ("W/\"3\"", 304), ("\"1\", \"3\"", 304), ("*", 304), ("\"2\"", 200), ("3", 200)]
        {
            let response = ask(&[("if-none-match", tags)], "/a", move || text(10, &kept)).await;
            assert_eq!(response.status().as_u16(), status, "{tags}");
            assert_eq!(response.header("etag"), Some("\"3\""));
            let body = response.into_body().into_string().await.expect("a text");
            assert_eq!(body.is_empty(), status == 304);
        }
        let unkept = ask(&[("if-none-match", "\"3\"")], "/a", || text(10, &[("etag", "\"3\"")])).await;
        assert_eq!((unkept.status(), unkept.header("cache-control")), (StatusCode::OK, Some("no-store")));
    }
}
