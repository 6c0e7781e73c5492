//! Reads the body of every request before anything looks at the request, and refuses what cannot be read.
//!
//! HTTP/1.1 allows the next request on a connection only when the body of the one before was read to its end.
//! Whatever a route answers, with or without a look at the body, the connection stays good for the next
//! request. Where the end of a body is not reached, the reply says `Connection: close`: hyper closes such a
//! connection without a word (hyperium/hyper#2384), and a proxy that keeps it would lose the next request.
//!
//! A body that is not small is read when there is [room](Rooms) for it, and has to come at a certain pace. When
//! the process stops, it has to come at once.

use std::sync::Arc;
use std::time::Duration;

use frontdesk_application::access::authenticate;
use frontdesk_application::app::App;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use super::body_room::{self, Owner, Rooms, Taken};
use super::fault::Fault;
use super::problem::Problem;
use crate::stopping::Stopping;
use crate::webhooks;

/// The largest body that the API takes. Webhooks have a limit of their own.
const API_BYTES_MAX: usize = 256 * 1024;
/// How long a body that is not wanted is read on and thrown away, as nginx does (`lingering_time`).
const LINGER: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// What every body has to arrive.
    pub time: Duration,
    /// What it has beyond that: a second for so many bytes.
    pub bytes_per_second: usize,
    pub room: body_room::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(15), bytes_per_second: 128 << 10, room: Default::default() }
    }
}

impl Limits {
    fn time_for(&self, bytes: usize) -> Duration {
        self.time + Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64)
    }
}

/// Reads bodies.
pub struct Bodies {
    app: App,
    limits: Limits,
    rooms: Rooms,
}

/// A body in memory, and its room there.
struct Whole {
    body: Vec<u8>,
    _room: Option<Taken>,
}

/// Why a body is not read to its end.
enum Unread {
    Unwanted(Problem),
    Broken(Problem),
}

impl Bodies {
    pub fn new(app: App, limits: Limits) -> Arc<Self> {
        Arc::new(Self { app, limits, rooms: Rooms::new(limits.room) })
    }

    /// Passes a request on with its whole body in memory, or refuses it.
    pub async fn read<E>(self: Arc<Self>, endpoint: Arc<E>, mut request: Request) -> poem::Result<Response>
    where
        E: Endpoint,
        E::Output: IntoResponse,
    {
        let mut unread = request.take_body().into_async_read();
        match self.read_whole(&request, &mut unread).await {
            Ok(Whole { body, _room }) => {
                request.set_body(body);
                endpoint.call(request).await.map(IntoResponse::into_response)
            }
            Err(Unread::Unwanted(problem)) => {
                // Whoever waits for "100 Continue" has sent nothing yet.
                if request.header(header::EXPECT).is_none() {
                    tokio::spawn(linger(unread));
                }
                Ok(closing(problem))
            }
            Err(Unread::Broken(problem)) => Ok(closing(problem)),
        }
    }

    /// A body that says that it is too large is not even begun, so its sender is not told to continue.
    async fn read_whole(
        &self,
        request: &Request,
        unread: &mut (impl AsyncRead + Unpin),
    ) -> Result<Whole, Unread> {
        let bytes_max = webhooks::body_bytes_max(request.uri().path()).unwrap_or(API_BYTES_MAX);
        let small = self.limits.room.small;
        let declared = declared_bytes(request);
        // In chunks, it may be small or as large as it can be.
        let expected = declared.unwrap_or(bytes_max);
        if expected > bytes_max {
            return Err(too_large(bytes_max));
        }
        let mut body = Vec::with_capacity(declared.unwrap_or(0).min(small));
        if declared.is_none_or(|declared| declared <= small) {
            self.read_on(request, unread, &mut body, small + 1, self.limits.time_for(small)).await?;
            if body.len() <= small {
                return Ok(Whole { body, _room: None });
            }
        }
        let mut taken = self.take_room(request, expected).await?;
        body.reserve_exact(declared.unwrap_or(0).saturating_sub(body.len()));
        self.read_on(request, unread, &mut body, bytes_max + 1, self.limits.time_for(expected)).await?;
        if body.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        taken.shrink_to(body.len());
        Ok(Whole { body, _room: Some(taken) })
    }

    /// Reads until the body ends or has so many bytes, for so long.
    async fn read_on(
        &self,
        request: &Request,
        unread: &mut (impl AsyncRead + Unpin),
        body: &mut Vec<u8>,
        bytes: usize,
        time: Duration,
    ) -> Result<(), Unread> {
        let mut wanted = unread.take(bytes.saturating_sub(body.len()) as u64);
        let stopping = request.data::<Stopping>().cloned().unwrap_or_default();
        let read = tokio::select! {
            read = timeout(time, wanted.read_to_end(body)) => read,
            () = stopping.is_impatient() => {
                let detail = "the rest of the body did not come before this process stops; nothing was done";
                return Err(Unread::Broken(Problem::unavailable("stopping", detail, 1)));
            }
        };
        match read {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                let fault = Fault::body("", format_args!("cannot be read: {error}"));
                Err(Unread::Broken(Problem::bad_request(fault)))
            }
            Err(_) => {
                let detail = format!("the body did not come within {} seconds", time.as_secs());
                Err(Unread::Broken(Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", detail)))
            }
        }
    }

    async fn take_room(&self, request: &Request, bytes: usize) -> Result<Taken, Unread> {
        let taken = self.rooms.take(self.owner(request).await, bytes).await;
        taken.map_err(|full| Unread::Unwanted(Problem::unavailable("busy", full.to_string(), 2)))
    }

    /// Whose request it is, as its head has it. What is asked for is decided later, and on more than that.
    async fn owner(&self, request: &Request) -> Owner {
        if webhooks::body_bytes_max(request.uri().path()).is_some() {
            return webhooks::claimed(&self.app, request).await.map_or(Owner::Stranger, Owner::Business);
        }
        let token = request.header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let Some(token) = token else { return Owner::Stranger };
        match authenticate(&self.app.bus, self.app.keys.operator.as_deref(), token).await {
            Ok(principal) => principal.tenant.map_or(Owner::Operator, Owner::Business),
            Err(_) => Owner::Stranger,
        }
    }
}

/// The length in the head. A body in chunks has none. What has neither has no body.
fn declared_bytes(request: &Request) -> Option<usize> {
    if request.headers().contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    Some(request.header(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()).unwrap_or(0))
}

fn too_large(bytes_max: usize) -> Unread {
    let detail = format!("a body has at most {bytes_max} bytes here");
    Unread::Unwanted(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail))
}

/// Reads on while the reply is on its way: a connection that is closed over unread bytes is reset, and its
/// client may lose the reply.
async fn linger(mut unread: impl AsyncRead + Unpin) {
    // The connection ends either way.
    let _ = timeout(LINGER, tokio::io::copy(&mut unread, &mut tokio::io::sink())).await;
}

fn closing(problem: Problem) -> Response {
    let mut response = problem.into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_body_has_less_than_a_minute_and_the_smallest_some_seconds() {
        let limits = Limits::default();
        let seconds = |bytes| limits.time_for(bytes).as_secs();
        assert_eq!([seconds(0), seconds(4 << 20)], [15, 47]);
    }
}
