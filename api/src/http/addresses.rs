//! What there is at which address, and what holds for all of them alike.
//!
//! * A method that an address does not take is refused with those that it takes, and `OPTIONS` asks for them.
//! * What can be read can be asked for its head.
//! * A slash too many at the end leads to the address without it.
//! * What is made can be read at its `Location`.

use std::sync::Arc;

use frontdesk_adapters::providers::ALL;
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fault::Fault;
use super::problem::Problem;

/// Addresses that are not the API's and not in the document, beside those of webhooks.
const OTHER_ADDRESSES: &[(&str, &str)] = &[
    ("/openapi.json", "get"),
    ("/readyz", "get"),
    ("/metrics", "get"),
    ("/", "get"),
    ("/docs", "get"),
    ("/docs/{page}", "get"),
    ("/docs/assets/{file}", "get"),
    ("/calendars/{address}", "get"),
];

/// What there is at addresses, found by their patterns.
#[derive(Debug)]
pub struct Addresses<T>(Vec<(Vec<String>, T)>);

impl<T> FromIterator<(String, T)> for Addresses<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(patterns: I) -> Self {
        let segments = |pattern: String| pattern.split('/').map(str::to_owned).collect();
        Self(patterns.into_iter().map(|(pattern, there)| (segments(pattern), there)).collect())
    }
}

impl<T> Addresses<T> {
    /// The pattern of a path and what is there.
    pub fn find(&self, path: &str) -> Option<(&[String], &T)> {
        let segments: Vec<&str> = path.split('/').collect();
        // From the end: all begin alike.
        let is_at = |pattern: &[String]| {
            pattern.len() == segments.len()
                && pattern
                    .iter()
                    .zip(&segments)
                    .rev()
                    .all(|(wanted, got)| wanted == got || wanted.starts_with('{'))
        };
        self.0.iter().find(|(pattern, _)| is_at(pattern)).map(|(pattern, there)| (pattern.as_slice(), there))
    }
}

/// The methods of an address.
#[derive(Debug)]
struct Methods {
    /// As `Allow` lists them.
    allowed: String,
    reads: bool,
}

impl Methods {
    fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut names: Vec<String> = names.map(str::to_uppercase).collect();
        let reads = names.iter().any(|name| name == "GET");
        if reads {
            names.push("HEAD".to_owned());
        }
        names.push("OPTIONS".to_owned());
        Self { allowed: names.join(", "), reads }
    }

    fn allow(&self, mut response: Response) -> Response {
        if let Ok(allowed) = HeaderValue::from_str(&self.allowed) {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
    }
}

/// All addresses.
#[derive(Debug, Clone)]
pub struct Everywhere(Arc<Addresses<Methods>>);

impl Everywhere {
    pub fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten().map(|(path, operations)| {
            let methods = operations.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
            (path.clone(), Methods::of(methods))
        });
        let others = OTHER_ADDRESSES
            .iter()
            .map(|(path, method)| ((*path).to_owned(), Methods::of(std::iter::once(*method))));
        let webhooks = ALL
            .iter()
            .map(|provider| (format!("/webhooks/{}", provider.name()), Methods::of(std::iter::once("post"))));
        Self(Arc::new(paths.chain(others).chain(webhooks).collect()))
    }

    fn methods(&self, path: &str) -> Option<&Methods> {
        self.0.find(path).map(|(_, methods)| methods)
    }

    /// Where the address without slashes at its end is, if there is one.
    fn without_slash(&self, uri: &Uri) -> Option<String> {
        let path = uri.path().strip_suffix('/')?.trim_end_matches('/');
        self.methods(path)?;
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(format!("{path}{query}"))
    }

    /// Where that can be read which a request to this path has made.
    fn location(&self, path: &str, body: &[u8]) -> Option<String> {
        let Made { id } = serde_json::from_slice(body).ok()?;
        let location = format!("{path}/{id}");
        self.methods(&location).is_some_and(|methods| methods.reads).then_some(location)
    }
}

#[derive(Deserialize)]
struct Made {
    id: String,
}

/// HTTP/1.1 requires it of every request, once (RFC 9112, section 3.2).
fn must_name_host(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    let detail = match headers.get_all(header::HOST).iter().count() {
        0 if version < Version::HTTP_11 => return Ok(()),
        0 => "is missing; HTTP/1.1 requires it".to_owned(),
        1 => return Ok(()),
        count => format!("is given {count} times; give it once"),
    };
    Err(Problem::bad_request(Fault::header("Host", detail)))
}

fn redirect(location: &str) -> Response {
    Response::builder().status(StatusCode::PERMANENT_REDIRECT).header(header::LOCATION, location).finish()
}

impl<E: Endpoint> Middleware<E> for Everywhere {
    type Output = AtAddresses<E>;

    fn transform(&self, endpoint: E) -> AtAddresses<E> {
        AtAddresses { endpoint, everywhere: self.clone() }
    }
}

pub struct AtAddresses<E> {
    endpoint: E,
    everywhere: Everywhere,
}

impl<E: Endpoint> AtAddresses<E> {
    async fn located(&self, mut response: Response, path: &str) -> poem::Result<Response> {
        let body = response.take_body().into_bytes().await?;
        if let Some(location) =
            self.everywhere.location(path, &body).and_then(|location| location.parse().ok())
        {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response.set_body(body);
        Ok(response)
    }
}

impl<E: Endpoint> Endpoint for AtAddresses<E> {
    type Output = Response;

    /// Whatever has gone wrong is a reply from here on.
    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        if let Err(problem) = must_name_host(request.version(), request.headers()) {
            return Ok(problem.into_response());
        }
        if request.method() == Method::HEAD {
            // Nobody sends the body of what was asked for by HEAD: hyper leaves it out.
            request.set_method(Method::GET);
        }
        let (uri, asks) = (request.uri().clone(), request.method() == Method::OPTIONS);
        match self.endpoint.call(request).await.map(IntoResponse::into_response) {
            Ok(response) if response.status() == StatusCode::CREATED => {
                self.located(response, uri.path()).await
            }
            Ok(response) => Ok(response),
            Err(error) if error.is::<MethodNotAllowedError>() => {
                let Some(methods) = self.everywhere.methods(uri.path()) else {
                    return Ok(Problem::of(error).into_response());
                };
                let response = match asks {
                    true => StatusCode::NO_CONTENT.into_response(),
                    false => Problem::of(error).into_response(),
                };
                Ok(methods.allow(response))
            }
            Err(error) if error.is::<NotFoundError>() => Ok(match self.everywhere.without_slash(&uri) {
                Some(location) => redirect(&location),
                None => Problem::of(error).into_response(),
            }),
            // A problem of ours comes as a response; whatever else is an error of poem's.
            Err(error) if error.is_from_response() => Ok(error.into_response()),
            Err(error) => Ok(Problem::of(error).into_response()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn everywhere() -> Everywhere {
        let paths =
            json!({ "/a/{id}/b": { "get": {}, "put": {} }, "/c": { "post": {} }, "/c/{id}": { "get": {} } });
        Everywhere::of(&json!({ "paths": paths }))
    }

    #[test]
    fn an_address_is_known_by_its_pattern() {
        let everywhere = everywhere();
        let allowed = |path: &str| everywhere.methods(path).map(|methods| methods.allowed.clone());
        assert_eq!(allowed("/a/1/b").as_deref(), Some("GET, PUT, HEAD, OPTIONS"));
        assert_eq!(allowed("/readyz").as_deref(), Some("GET, HEAD, OPTIONS"));
        assert_eq!(allowed("/c").as_deref(), Some("POST, OPTIONS"));
        assert_eq!(allowed("/a/1"), None);
    }

    #[test]
    fn a_slash_too_many_leads_to_known_addresses_only() {
        let everywhere = everywhere();
        for (asked, expected) in [
            ("/c/", Some("/c")),
            ("/c//?a=b&c=%2F", Some("/c?a=b&c=%2F")),
            ("/a/1/b/", Some("/a/1/b")),
            ("/a/1/b", None),
            ("/nowhere/", None),
            ("//example.com/", None),
            ("//c/", None),
            ("/", None),
        ] {
            let uri: Uri = asked.parse().expect("an address");
            assert_eq!(everywhere.without_slash(&uri).as_deref(), expected, "{asked}");
        }
    }

    #[test]
    fn what_is_made_is_located_where_it_can_be_read() {
        let everywhere = everywhere();
        assert_eq!(everywhere.location("/c", br#"{"id":"x","other":1}"#).as_deref(), Some("/c/x"));
        for (path, body) in
            [("/c", "{}"), ("/c", "[]"), ("/a/1/b", r#"{"id":"x"}"#), ("/c", r#"{"id":"a/b"}"#)]
        {
            assert_eq!(everywhere.location(path, body.as_bytes()), None, "{path} {body}");
        }
    }

    #[test]
    fn a_request_names_its_host_once() {
        let status = |version, hosts: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, HeaderValue::from_static(host));
            }
            must_name_host(version, &headers).map_err(|problem| problem.body.status)
        };
        assert_eq!(status(Version::HTTP_11, &["a"]), Ok(()));
        assert_eq!(status(Version::HTTP_10, &[]), Ok(()));
        assert_eq!(status(Version::HTTP_11, &[]), Err(400));
        assert_eq!(status(Version::HTTP_11, &["a", "b"]), Err(400));
        assert_eq!(status(Version::HTTP_10, &["a", "b"]), Err(400));
    }
}
