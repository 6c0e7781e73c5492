//! `POST /webhooks/<provider>`: the edge of what providers send. What is done with it is in
//! [`frontdesk_application::inbound`].

use frontdesk_adapters::providers;
use frontdesk_adapters::providers::provider::{Headers, Provider, Request};
use frontdesk_application::app::App;
use frontdesk_application::inbound::error::ReceiveError;
use frontdesk_application::inbound::receiving::receive;
use frontdesk_application::inbound::sender;
use frontdesk_domain::kernel::ids::BusinessId;
use hyper::body::Bytes;
use poem::http::{HeaderMap, Uri};
use poem::web::{Data, Query};
use poem::{EndpointExt, IntoResponse, Response, Route, handler, post};
use serde::Deserialize;

use crate::http::problem::Problem;
use crate::http::reply::POSITION;

pub const ROOT: &str = "/webhooks";

/// The provider whose address this is.
fn provider(path: &str) -> Option<&'static dyn Provider> {
    let path = path.strip_prefix(ROOT)?.strip_prefix('/')?;
    let (name, part) = path.split_once('/').map_or((path, None), |(name, part)| (name, Some(part)));
    let provider = providers::find(name)?;
    part.is_none_or(|part| provider.parts().contains(&part)).then_some(provider)
}

/// What the body of a webhook may hold at this path, if it is the address of a provider.
pub fn body_bytes_max(path: &str) -> Option<usize> {
    provider(path).map(|provider| provider.body_bytes_max())
}

/// The business that a webhook says it is for, before its body is read.
pub async fn claimed(app: &App, request: &poem::Request) -> Option<BusinessId> {
    let address = request.params::<Address>().ok()?;
    let headers = RequestHeaders(request.headers());
    let head = Request { headers: &headers, url: "", body: &[] };
    sender::claimed(app, provider(request.uri().path())?, address.channel.as_deref(), &head).await
}

/// An address for each provider.
pub fn routes() -> Route {
    let route = |routes: Route, provider: &'static dyn Provider| {
        let take_here = || post(take.data(provider));
        // What a message is about stands in it. Parts of the address only tell people.
        let asks = provider.asks_for_a_token();
        let here = || if asks { take_here().get(challenge.data(provider)) } else { take_here() };
        let (name, parts) = (provider.name(), provider.parts().iter());
        parts.fold(routes.at(format!("/{name}"), here()), |routes, part| {
            routes.at(format!("/{name}/{part}"), here())
        })
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

/// What a platform asks before it sends anything: whether the address knows the token that somebody has told it.
#[handler]
fn challenge(
    app: Data<&App>,
    Data(provider): Data<&&'static dyn Provider>,
    Query(address): Query<Address>,
    uri: &Uri,
) -> Result<Response, Problem> {
    let token = app.verify_token(provider.name(), address.channel.as_deref().unwrap_or_default());
    match provider.challenge(uri.query().unwrap_or_default(), &token) {
        Some(Ok(challenge)) => Ok(challenge.with_content_type("text/plain; charset=utf-8").into_response()),
        Some(Err(error)) => Err(ReceiveError::from(error).into()),
        None => Err(Problem::not_found("the platform does not ask for anything here")),
    }
}

#[handler]
async fn take(
    app: Data<&App>,
    Data(provider): Data<&&'static dyn Provider>,
    Query(address): Query<Address>,
    called: &poem::Request,
    body: Bytes,
) -> Result<Response, Problem> {
    // As the platform was told it: what stands between may have rewritten the host.
    let path = called.original_uri().path_and_query().map_or("", |path| path.as_str());
    let url = format!("{}{path}", app.public_url);
    let request = Request { headers: &RequestHeaders(called.headers()), url: &url, body: &body };
    let received = receive(&app, *provider, address.channel.as_deref(), &request).await?;
    let mut response = received.reply.body.with_content_type(received.reply.content_type).into_response();
    if let Some(position) = received.position.and_then(|position| app.positions.token(position).parse().ok())
    {
        response.headers_mut().insert(POSITION, position);
    }
    Ok(response)
}
