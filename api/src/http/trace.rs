//! One line and one trace for every request.
//!
//! `traceparent` (W3C Trace Context) is taken over from the caller or begun here, recorded in the metadata of
//! what the request causes, and given back with the reply.

use std::time::Instant;

use frontdesk_application::trace;
use poem::http::HeaderValue;
use poem::{Endpoint, Middleware, PathPattern, Request, Response};
use tracing::Instrument;

#[derive(Debug, Clone, Copy)]
pub struct Tracing;

impl<E: Endpoint> Middleware<E> for Tracing {
    type Output = TracingEndpoint<E>;

    fn transform(&self, endpoint: E) -> TracingEndpoint<E> {
        TracingEndpoint(endpoint)
    }
}

pub struct TracingEndpoint<E>(E);

impl<E: Endpoint> Endpoint for TracingEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let trace_id = request
            .header("traceparent")
            .and_then(trace_id_of)
            .map_or_else(|| hex::encode(rand::random::<[u8; 16]>()), str::to_owned);
        let (method, path) = (request.method().clone(), shown_path(request.uri().path()).to_owned());
        let span = tracing::info_span!("request", trace_id);
        let served = trace::scope(trace_id.clone(), self.0.get_response(request));
        let mut response = served.instrument(span).await;
        let elapsed = started.elapsed().as_secs_f64();
        let status = response.status().as_u16();
        let route = response.data::<PathPattern>().map_or("other", |pattern| pattern.0.as_ref()).to_owned();
        metrics::counter!("frontdesk_http_requests_total", "route" => route.clone(), "status" => status.to_string()).increment(1);
        metrics::histogram!("frontdesk_http_seconds", "route" => route).record(elapsed);
        tracing::debug!(trace_id, %method, path, status, elapsed_ms = elapsed * 1_000.0, "served");
        let parent = format!("00-{trace_id}-{}-01", hex::encode(rand::random::<[u8; 8]>()));
        if let Ok(value) = HeaderValue::from_str(&parent) {
            response.headers_mut().insert("traceparent", value);
        }
        Ok(response)
    }
}

/// The path, as long as there is no secret in it.
fn shown_path(path: &str) -> &str {
    if path.starts_with(super::calendars::FEEDS) { super::calendars::FEEDS } else { path }
}

/// `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`
fn trace_id_of(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let (version, trace_id) = (parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let is_valid = is_hex(version, 2) && is_hex(trace_id, 32) && trace_id.bytes().any(|b| b != b'0');
    is_valid.then_some(trace_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_addresses_are_not_logged() {
        assert_eq!(shown_path("/calendars/01jz8k5f3xe8p9r2m4t6v7w8y9_secret.ics"), "/calendars");
        assert_eq!(shown_path("/api/v1/health"), "/api/v1/health");
    }

    #[test]
    fn trace_ids_are_those_of_the_specification() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id_of(&format!("00-{id}-00f067aa0ba902b7-01")), Some(id));
        for text in [
            "",
            "00",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-0-0",
            "x",
        ] {
            assert_eq!(trace_id_of(text), None, "{text}");
        }
    }
}
