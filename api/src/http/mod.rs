//! The HTTP API. One file for each resource, its requests and replies beside its handlers.
//!
//! * [`body`]: what a request carries, read before anything looks at it;
//! * [`caller`]: API keys and what they may do;
//! * [`reply`] and [`problem`]: how it went;
//! * [`mod@document`]: the OpenAPI document;
//! * [`field`]: the domain's types on the wire;
//! * [`trace`]: a line, a trace and a measure for every request.

pub mod agreement;
pub mod api_keys;
pub mod appointment_lifecycle;
pub mod appointments;
pub mod availability;
pub mod body;
pub mod businesses;
pub mod calendars;
pub mod caller;
pub mod channels;
pub mod customer_merges;
pub mod customer_notes;
pub mod customers;
pub mod document;
pub mod field;
pub mod hours;
pub mod inbox;
pub mod jobs;
pub mod operations;
pub mod paging;
pub mod problem;
pub mod reply;
pub mod resources;
pub mod series;
pub mod services;
pub mod trace;
pub mod waitlist;

use frontdesk_application::app::App;
use metrics_exporter_prometheus::PrometheusHandle;
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, IntoResponse, Response, Route, get, handler};
use poem_openapi::{LicenseObject, OpenApiService, Tags};

use crate::webhooks;

#[derive(Tags)]
pub enum Tag {
    /// The tenants: profile, hours, voice channels.
    Businesses,
    /// What is offered.
    Services,
    /// Who and what is booked.
    Resources,
    /// Open slots, holds and appointments.
    Appointments,
    /// Those who wait for a time to become free.
    Waitlist,
    /// Appointments for calendar programs.
    Calendars,
    /// The people served.
    Customers,
    /// What callers left, and webhooks that need somebody.
    Inbox,
    /// Keys to this API.
    ApiKeys,
    /// The process itself.
    Operations,
}

type Apis = (
    // A tuple takes so many; this one is a tuple in it.
    (businesses::BusinessesApi, channels::ChannelsApi),
    services::ServicesApi,
    resources::ResourcesApi,
    availability::AvailabilityApi,
    appointments::AppointmentsApi,
    series::SeriesApi,
    appointment_lifecycle::AppointmentLifecycleApi,
    waitlist::WaitlistApi,
    calendars::CalendarsApi,
    customers::CustomersApi,
    customer_merges::CustomerMergesApi,
    customer_notes::CustomerNotesApi,
    inbox::InboxApi,
    api_keys::ApiKeysApi,
    jobs::JobsApi,
    operations::OperationsApi,
);

const DESCRIPTION: &str = "The backend behind AI receptionists: businesses, their services and resources, open slots, appointments and customers.

Every reply to a write carries a `Frontdesk-Position`; a read that gets it as `min_position` waits until the write is visible. Writes that make \
something new take an `Idempotency-Key`. Errors are `application/problem+json` (RFC 9457) with a stable `type`. Times go in as RFC 3339 and come out \
with the business's offset.";

fn service(app: App) -> OpenApiService<Apis, ()> {
    let apis = (
        (businesses::BusinessesApi(app.clone()), channels::ChannelsApi(app.clone())),
        services::ServicesApi(app.clone()),
        resources::ResourcesApi(app.clone()),
        availability::AvailabilityApi(app.clone()),
        appointments::AppointmentsApi(app.clone()),
        series::SeriesApi(app.clone()),
        appointment_lifecycle::AppointmentLifecycleApi(app.clone()),
        waitlist::WaitlistApi(app.clone()),
        calendars::CalendarsApi(app.clone()),
        customers::CustomersApi(app.clone()),
        customer_merges::CustomerMergesApi(app.clone()),
        customer_notes::CustomerNotesApi(app.clone()),
        inbox::InboxApi(app.clone()),
        api_keys::ApiKeysApi(app.clone()),
        jobs::JobsApi(app.clone()),
        operations::OperationsApi(app),
    );
    let license = LicenseObject::new("MIT OR Apache-2.0").url("https://spdx.org/licenses/MIT.html");
    OpenApiService::new(apis, "Frontdesk", env!("CARGO_PKG_VERSION")).description(DESCRIPTION).license(license)
}

/// Everything that is served.
pub fn routes(app: App, metrics: PrometheusHandle) -> BoxEndpoint<'static, Response> {
    let service = service(app.clone());
    let document = document::of(&service);
    let docs = service.swagger_ui();
    Route::new()
        .nest("/", service)
        .nest("/docs", docs)
        .at("/docs/problems", get(problems))
        .at("/openapi.json", get(openapi.data(Document(document::text(&document)))))
        .at("/readyz", get(operations::ready))
        .at("/metrics", get(operations::metrics))
        .at(format!("{}/:address", calendars::FEEDS), get(calendars::feed))
        .nest(webhooks::ROOT, webhooks::routes())
        .data(app)
        .data(metrics)
        .with(document::Methods::of(&document))
        .around(body::read)
        .with(trace::Tracing)
        .map_to_response()
        .boxed()
}

#[derive(Clone)]
struct Document(String);

#[handler]
fn openapi(document: poem::web::Data<&Document>) -> Response {
    document.0.0.clone().with_content_type("application/json").into_response()
}

/// What the `type` of a problem points to.
#[handler]
fn problems() -> Response {
    include_str!("../../../docs/problems.md").with_content_type("text/markdown; charset=utf-8").into_response()
}

/// The OpenAPI document, for whoever has no server running.
pub fn document() -> String {
    document::text(&document::of(&service(App::detached())))
}
