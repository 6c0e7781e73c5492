//! Pages of other origins that may call the API (Fetch, section 3.2: the CORS protocol).
//!
//! A request of any other page is answered as ever; its browser keeps the reply to itself. No cookies are
//! taken, so none are allowed.
//!
//! poem's `Cors` is not used: it refuses whatever comes with an `Origin` that is not listed, requests of our
//! own pages among them.

use std::sync::Arc;

use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::scheduling::business::Business;
use frontdesk_domain::values::origin::{BadOrigin, Origin};
use poem::http::{HeaderValue, Method, header};
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

/// The origins whose pages the operator lets call the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origins {
    #[default]
    None,
    Any,
    These(Vec<Origin>),
}

impl Origins {
    /// `*`, or origins as browsers send them, separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let origins = origins.map(|origin| origin.parse().map_err(|error: BadOrigin| error.to_string()));
        Ok(Self::These(origins.collect::<Result<_, _>>()?))
    }
}

/// Who may call the API from a page.
pub struct Cors {
    app: App,
    /// Beside those that each business allows for itself.
    origins: Origins,
}

impl Cors {
    pub fn new(app: App, origins: Origins) -> Self {
        Self { app, origins }
    }

    /// Lets allowed pages read the reply.
    pub async fn tell<E>(self: Arc<Self>, endpoint: Arc<E>, request: Request) -> poem::Result<Response>
    where
        E: Endpoint<Output = Response>,
    {
        let business = business(request.uri().path());
        let may_differ = matches!(self.origins, Origins::These(_)) || business.is_some();
        let allowed = match request.headers().get(header::ORIGIN) {
            Some(origin) if is_for_pages(request.uri().path()) => self.allow(origin, business).await,
            _ => None,
        };
        let is_preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let is_for_pages = is_for_pages(request.uri().path());
        let mut response = endpoint.call(request).await?;
        let headers = response.headers_mut();
        if is_for_pages && may_differ {
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

    /// What `Access-Control-Allow-Origin` says to a page.
    async fn allow(&self, origin: &HeaderValue, business: Option<BusinessId>) -> Option<HeaderValue> {
        let is_it = |allowed: &Origin| origin == allowed.as_str();
        match &self.origins {
            Origins::Any => return Some(HeaderValue::from_static("*")),
            Origins::These(origins) if origins.iter().any(is_it) => return Some(origin.clone()),
            Origins::These(_) | Origins::None => {}
        }
        let business = self.app.bus.current::<Business>(business?).await.ok()?;
        let allowed = &business.registered().ok()?.profile.allowed_origins;
        allowed.iter().any(is_it).then(|| origin.clone())
    }
}

/// What operators look at is not for pages.
fn is_for_pages(path: &str) -> bool {
    path.starts_with("/api/") || path == "/openapi.json"
}

/// The business whose address this is.
fn business(path: &str) -> Option<BusinessId> {
    path.strip_prefix("/api/v1/businesses/")?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_listed_with_commas() {
        let these = |origins: &[&str]| {
            Ok(Origins::These(origins.iter().map(|origin| origin.parse().expect("an origin")).collect()))
        };
        assert_eq!(Origins::parse(" * "), Ok(Origins::Any));
        assert_eq!(
            Origins::parse("https://a.example, http://localhost:3000"),
            these(&["https://a.example", "http://localhost:3000"])
        );
        assert!(
            Origins::parse("https://a.example,b.example").is_err_and(|error| error.contains("\"b.example\""))
        );
    }
}
