//! What is the same for everybody until the next release, at an address of its own.

use std::sync::{Arc, OnceLock};

use frontdesk_adapters::crypto::sha256_hex;
use hyper::body::Bytes;
use poem::http::{HeaderValue, header};
use poem::{Endpoint, Request, Response};

use crate::http::coding::{Coding, Effort};

pub const HTML: &str = "text/html; charset=utf-8";
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const NO_FRAMES: HeaderValue = HeaderValue::from_static("DENY");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
/// Kept, and asked for again each time: after a deployment nobody sees the pages of before.
const REVALIDATED: HeaderValue = HeaderValue::from_static("public, no-cache");

#[derive(Debug)]
pub struct Page {
    pub path: String,
    pub kind: &'static str,
    pub body: Bytes,
    digest: String,
    compressed: [OnceLock<Option<Bytes>>; Coding::ALL.len()],
}

impl Page {
    pub fn new(path: impl Into<String>, kind: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let digest = sha256_hex(&body).chars().take(32).collect();
        Self { path: path.into(), kind, body, digest, compressed: Default::default() }
    }

    /// The body in a coding, if it can be had in that.
    fn compressed(&self, coding: Coding) -> Option<Bytes> {
        let place = Coding::ALL.iter().position(|known| *known == coding)?;
        let compress = || coding.compress(&self.body, Effort::Much).map(Bytes::from);
        self.compressed.get(place)?.get_or_init(compress).clone()
    }

    /// Each coding has a tag of its own: a strong one stands for the bytes that are sent.
    fn response(&self, coding: Option<Coding>) -> Response {
        let coded = coding.and_then(|coding| Some((coding, self.compressed(coding)?)));
        let response = Response::builder()
            .content_type(self.kind)
            .header(header::CACHE_CONTROL, REVALIDATED)
            .header(header::VARY, "Accept-Encoding")
            .header(header::REFERRER_POLICY, NO_REFERRER)
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .header(header::X_FRAME_OPTIONS, NO_FRAMES);
        match coded {
            Some((coding, body)) => response
                .header(header::ETAG, format!("\"{}-{}\"", self.digest, coding.name()))
                .header(header::CONTENT_ENCODING, coding.name())
                .body(body),
            None => response.header(header::ETAG, format!("\"{}\"", self.digest)).body(self.body.clone()),
        }
    }
}

/// A page at its address.
pub struct At(pub Arc<Page>);

impl Endpoint for At {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.0.response(Coding::accepted(request.headers())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_comes_as_it_is_asked_for_each_with_its_own_tag() {
        let page = Page::new("/x", HTML, "x".repeat(5_000));
        let tags = [None, Some(Coding::Gzip), Some(Coding::Brotli)].map(|coding| {
            let response = page.response(coding);
            assert_eq!(response.header("content-encoding"), coding.map(Coding::name));
            response.header("etag").expect("a tag").to_owned()
        });
        assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
    }
}
