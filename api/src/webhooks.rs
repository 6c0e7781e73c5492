//! `POST /webhooks/<provider>`: the edge of what providers send. What is done with it is in
//! [`frontdesk_application::inbound`].

use frontdesk_adapters::providers;
use frontdesk_adapters::providers::provider::{Headers, Provider, Request};
use frontdesk_application::app::App;
use frontdesk_application::inbound::receiving::receive;
use frontdesk_application::inbound::sender;
use frontdesk_domain::kernel::ids::BusinessId;
use hyper::body::Bytes;
use poem::http::HeaderMap;
use poem::web::{Data, Query};
use poem::{EndpointExt, IntoResponse, Response, Route, handler, post};
use serde::Deserialize;

use crate::http::problem::Problem;
use crate::http::reply::POSITION;

pub const ROOT: &str = "/webhooks";

/// The provider whose address this is.
fn provider(path: &str) -> Option<&'static dyn Provider> {
    providers::find(path.strip_prefix(ROOT)?.strip_prefix('/')?)
}

/// What the body of a webhook may hold at this path, if it is the address of a provider.
pub fn body_bytes_max(path: &str) -> Option<usize> {
    provider(path).map(|provider| provider.body_bytes_max())
}

/// The business that a webhook says it is for, before its body is read.
pub async fn claimed(app: &App, request: &poem::Request) -> Option<BusinessId> {
    let address = request.params::<Address>().ok()?;
    let headers = RequestHeaders(request.headers());
    let head = Request { headers: &headers, body: &[] };
    sender::claimed(app, provider(request.uri().path())?, address.channel.as_deref(), &head).await
}

/// An address for each provider.
pub fn routes() -> Route {
    let route = |routes: Route, provider: &'static dyn Provider| {
        routes.at(format!("/{}", provider.name()), post(take.data(provider)))
    };
    providers::ALL.iter().copied().fold(Route::new(), route)
}

#[derive(Debug, Deserialize)]
struct Address {
    channel: Option<String>,
}

#[derive(Debug)]
struct RequestHeaders<'a>(&'a HeaderMap);

impl Headers for RequestHeaders<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}

#[handler]
async fn take(
    app: Data<&App>,
    Data(provider): Data<&&'static dyn Provider>,
    Query(address): Query<Address>,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let request = Request { headers: &RequestHeaders(headers), body: &body };
    let received = receive(&app, *provider, address.channel.as_deref(), &request).await?;
    let mut response = received.reply.body.with_content_type(received.reply.content_type).into_response();
    if let Some(position) = received.position.and_then(|position| app.positions.token(position).parse().ok())
    {
        response.headers_mut().insert(POSITION, position);
    }
    Ok(response)
}
