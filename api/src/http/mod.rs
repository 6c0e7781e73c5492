//! The HTTP API. One file for each resource, its requests and replies beside its handlers.
//!
//! * [`addresses`]: what there is where; [`cors`]: for pages of whom;
//! * [`body`]: what a request carries, read before anything looks at it; [`body_room`]: how much of it at once;
//! * [`caller`]: API keys and what they may do;
//! * [`read`] and [`write`](mod@write): from a request to its reply;
//! * [`representation`]: what of a reply goes over the wire, in which [`coding`];
//! * [`reply`] and [`problem`]: how it went; [`affected`]: and which appointments it concerns;
//! * [`mod@document`]: the OpenAPI document, with [`examples`] and [`limits`]; [`check`]: requests held against it, by
//!   [`schema`] and [`nearest`] names, so that each [`fault`] is named; [`json`]: as it was sent;
//! * [`field`], [`agreement`], [`attendee`], [`hours`], [`open_slot`], [`conflict`]: the domain's types on
//!   the wire; [`shown`]: what is JSON already;
//! * [`pages`]: `/`, the reference, the guides;
//! * [`trace`]: a line, a trace and a measure for every request.

pub mod addresses;
pub mod affected;
pub mod agenda;
pub mod agreement;
pub mod api_keys;
pub mod appointment_lifecycle;
pub mod appointments;
pub mod assistant_tools;
pub mod attendee;
pub mod availability;
pub mod body;
pub mod body_room;
pub mod businesses;
pub mod calendars;
pub mod caller;
pub mod channels;
pub mod check;
pub mod coding;
pub mod conflict;
pub mod consents;
pub mod conversation_messages;
pub mod conversations;
pub mod cors;
pub mod customer_merges;
pub mod customer_notes;
pub mod customers;
pub mod document;
pub mod examples;
pub mod fault;
pub mod field;
pub mod history;
pub mod holds;
pub mod hours;
pub mod inbound_webhooks;
pub mod jobs;
pub mod json;
pub mod limits;
pub mod messages;
pub mod nearest;
pub mod open_slot;
pub mod operations;
pub mod pages;
pub mod parked_events;
pub mod problem;
pub mod problem_type;
pub mod projections;
pub mod queues;
pub mod read;
pub mod reply;
pub mod representation;
pub mod resources;
pub mod schema;
pub mod series;
pub mod services;
pub mod shown;
pub mod slot_token;
pub mod tag;
pub mod time_off;
pub mod trace;
pub mod waitlist;
pub mod write;

use std::sync::Arc;

use frontdesk_application::app::App;
use metrics_exporter_prometheus::PrometheusHandle;
use poem::endpoint::BoxEndpoint;
use poem::middleware::CatchPanic;
use poem::{EndpointExt, Response, Route, get};
use poem_openapi::{ContactObject, LicenseObject, OpenApi, OpenApiService, ServerObject};

use self::problem::Problem;
use crate::webhooks;

const DESCRIPTION: &str = "The backend behind AI receptionists: businesses, their services and resources, open slots, appointments and customers.

Every reply to a write carries a `Frontdesk-Position`; a read that gets it as `min_position` waits until the write is visible. Writes that make \
something new take an `Idempotency-Key`, but for those that show a secret once. Errors are `application/problem+json` (RFC 9457) with a stable `type`. \
Times are RFC 3339. Those of appointments and open slots come with the business's offset, all others in UTC.";

/// All operations, in groups, because a tuple of `poem_openapi` holds at most 16.
fn apis(app: &App) -> impl OpenApi + use<> {
    let app = || app.clone();
    (
        (
            businesses::BusinessesApi(app()),
            channels::ChannelsApi(app()),
            services::ServicesApi(app()),
            resources::ResourcesApi(app()),
            time_off::TimeOffApi(app()),
            agenda::AgendaApi(app()),
        ),
        (
            availability::AvailabilityApi(app()),
            holds::HoldsApi(app()),
            appointments::AppointmentsApi(app()),
            appointment_lifecycle::AppointmentLifecycleApi(app()),
            history::HistoryApi(app()),
            series::SeriesApi(app()),
            waitlist::WaitlistApi(app()),
            calendars::CalendarsApi(app()),
        ),
        (
            customers::CustomersApi(app()),
            customer_merges::CustomerMergesApi(app()),
            customer_notes::CustomerNotesApi(app()),
            consents::ConsentsApi(app()),
            messages::MessagesApi(app()),
            conversations::ConversationsApi(app()),
            conversation_messages::ConversationMessagesApi(app()),
        ),
        (
            inbound_webhooks::InboundWebhooksApi(app()),
            assistant_tools::AssistantToolsApi(app()),
            api_keys::ApiKeysApi(app()),
            jobs::JobsApi(app()),
            queues::QueuesApi(app()),
            parked_events::ParkedEventsApi(app()),
            projections::ProjectionsApi(app()),
            operations::OperationsApi(app()),
        ),
    )
}

fn service(app: &App) -> OpenApiService<impl OpenApi + use<>, ()> {
    let license = LicenseObject::new("MIT OR Apache-2.0").url("https://spdx.org/licenses/MIT.html");
    OpenApiService::new(apis(app), "Frontdesk", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .contact(ContactObject::new().name("Whoever operates this deployment"))
        .license(license)
        .server(ServerObject::new("/").description("The deployment that serves this document."))
}

/// Everything that is served.
pub fn routes(
    app: App,
    metrics: PrometheusHandle,
    limits: body::Limits,
    origins: cors::Origins,
) -> BoxEndpoint<'static, Response> {
    let service = service(&app);
    let document = document::of(&service);
    let bodies = body::Bodies::new(app.clone(), limits);
    let cors = Arc::new(cors::Cors::new(app.clone(), origins));
    let shown = examples::from_day(&document, app.bus.clock().now().date_naive());
    pages::routes(Route::new(), &shown)
        .nest_no_strip("/api", service)
        .at("/readyz", get(operations::ready))
        .at("/metrics", get(operations::metrics))
        .at(format!("{}/:address", calendars::FEEDS), get(calendars::feed))
        .nest(webhooks::ROOT, webhooks::routes())
        .with(check::Check::of(&document))
        .data(app)
        .data(metrics)
        .with(addresses::Everywhere::of(&document))
        .around(move |endpoint, request| bodies.clone().read(endpoint, request))
        .with(CatchPanic::new().with_handler(Problem::panicked))
        .around(move |endpoint, request| cors.clone().tell(endpoint, request))
        .around(representation::send)
        .with(trace::Tracing)
        .map_to_response()
        .boxed()
}

/// The OpenAPI document, for whoever has no server running.
pub fn document() -> String {
    document::text(&examples::from_day(&undated(), examples::DAY_OF_FILE))
}

/// As it is written here.
fn undated() -> serde_json::Value {
    document::of(&service(&App::detached()))
}
