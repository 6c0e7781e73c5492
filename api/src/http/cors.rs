//! Pages of other origins that may call the API (Fetch, section 3.2: the CORS protocol).
//!
//! A request of any other page is answered as ever; its browser keeps the reply to itself. No cookies are
//! taken, so none are allowed.
//!
//! poem's `Cors` is not used: it refuses whatever comes with an `Origin` that is not listed, requests of our
//! own pages among them.

use std::sync::Arc;

use poem::http::{HeaderValue, Method, Uri, header};
use poem::{Endpoint, Request, Response};

/// What a page may send beside what every page may.
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, traceparent",
);
/// What it may read of a reply beside what every page may.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Allow, ETag, Frontdesk-Position, Idempotency-Replayed, Location, Retry-After, traceparent",
);
/// For how long a browser need not ask again, in seconds: as long as any browser believes it.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// The origins whose pages may call the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origins {
    #[default]
    None,
    Any,
    These(Vec<HeaderValue>),
}

impl Origins {
    /// `*`, or origins as browsers send them, separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        Ok(Self::These(origins.map(origin).collect::<Result<_, _>>()?))
    }

    /// What `Access-Control-Allow-Origin` says to a page.
    fn allow(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        match self {
            Self::None => None,
            Self::Any => Some(HeaderValue::from_static("*")),
            Self::These(origins) => origins.contains(origin).then(|| origin.clone()),
        }
    }

    /// Lets allowed pages read the reply.
    pub async fn tell<E>(self: Arc<Self>, endpoint: Arc<E>, request: Request) -> poem::Result<Response>
    where
        E: Endpoint<Output = Response>,
    {
        if *self == Self::None || !is_for_pages(request.uri().path()) {
            return endpoint.call(request).await;
        }
        let allowed = request.headers().get(header::ORIGIN).and_then(|origin| self.allow(origin));
        let is_preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let mut response = endpoint.call(request).await?;
        let headers = response.headers_mut();
        if matches!(*self, Self::These(_)) {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        let Some(allowed) = allowed else { return Ok(response) };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        if is_preflight && let Some(methods) = headers.get(header::ALLOW).cloned() {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        Ok(response)
    }
}

/// What operators look at is not for pages.
fn is_for_pages(path: &str) -> bool {
    path.starts_with("/api/") || path == "/openapi.json"
}

fn origin(text: &str) -> Result<HeaderValue, String> {
    let is_origin = |uri: &Uri| {
        let (scheme, authority) = (uri.scheme_str(), uri.authority().map(|authority| authority.as_str()));
        let whole = scheme.zip(authority).map(|(scheme, authority)| format!("{scheme}://{authority}"));
        matches!(scheme, Some("http" | "https"))
            && whole.as_deref() == Some(text)
            && !text.contains(['@', '*'])
    };
    let is_lower = !text.contains(char::is_uppercase);
    text.parse::<Uri>()
        .ok()
        .filter(is_origin)
        .filter(|_| is_lower)
        .and_then(|_| text.parse().ok())
        .ok_or_else(|| {
            format!(
                "{text:?} is no origin; give * or origins like https://app.example.com, separated by commas"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_browsers_send_them() {
        let these = |origins: &[&'static str]| {
            Ok(Origins::These(origins.iter().copied().map(HeaderValue::from_static).collect()))
        };
        assert_eq!(Origins::parse(" * "), Ok(Origins::Any));
        assert_eq!(
            Origins::parse("https://a.example, http://localhost:3000"),
            these(&["https://a.example", "http://localhost:3000"])
        );
        for wrong in [
            "a.example",
            "https://a.example/",
            "https://a.example/x",
            "https://A.example",
            "ftp://a.example",
            "https://*.example",
            "https://me@a.example",
            "null",
        ] {
            assert!(Origins::parse(wrong).is_err_and(|error| error.contains(wrong)), "{wrong}");
        }
    }
}
