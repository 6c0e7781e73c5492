//! What is wrong with queries, paths and headers.

use reqwest::Method;
use serde_json::json;

use super::{Row, Wrong, check, get, post, put, told};
use crate::support::app::{Garage, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn queries_and_paths_are_told_what_is_wrong_by_name() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let resource = format!("/resources/{}", garage.resource);
    let open = |query: &str| get(&format!("/availability?service_id={}&{query}", garage.service));
    let table: Vec<Row> = vec![
        (
            get("/appointments?status=bogus"),
            400,
            &[
                "query status: must be one of held, released, lapsed, requested, declined, expired, booked, checked_in, completed, no_show, cancelled, not \"bogus\"",
            ],
        ),
        (
            get("/appointments?from=yesterday&limit=1000&customer_id=ada&staus=held"),
            400,
            &[
                "query staus: is unknown; did you mean \"status\"?",
                "query from: must be an instant with its offset like \"2026-11-24T15:00:00-05:00\"",
                "query customer_id: expected an id like cus_01jz8k5f3xe8p9r2m4t6v7w8y9, got \"ada\"",
                "query limit: must be a whole number from 1 to 200, not 1000",
            ],
        ),
        (
            get("/services?page=2&per_page=10"),
            400,
            &[
                "query page: is unknown; these are known: cursor, limit, min_position",
                "query per_page: is unknown; these are known: cursor, limit, min_position",
            ],
        ),
        (
            Wrong::of(Method::DELETE, "/holds/apt_01jz8k5f3xe8p9r2m4t6v7w8y9?force=true", None),
            400,
            &["query force: is unknown; none is taken here"],
        ),
        (get("/services?limit=5&limit=6&limit=7"), 400, &["query limit: is given 3 times; give it once"]),
        (
            get("/services?cursor=nonsense"),
            400,
            &["query cursor: is not a cursor of this list; copy next_cursor from the page before"],
        ),
        (
            get("/services?min_position=7"),
            400,
            &[
                "query min_position: this is not a position token; copy it from the Frontdesk-Position header of a reply",
            ],
        ),
        (
            get("/services?cursor=%20&min_position=7&limit=0&page=2"),
            400,
            &[
                "query page: is unknown; these are known: cursor, limit, min_position",
                "query cursor: is not a cursor of this list; copy next_cursor from the page before",
                "query limit: must be a whole number from 1 to 200, not 0",
                "query min_position: this is not a position token; copy it from the Frontdesk-Position header of a reply",
            ],
        ),
        (
            get(&format!("/services?cursor=nonsense&min_position={}", "A".repeat(54))),
            400,
            &[
                "query min_position: this is not a position token; copy it from the Frontdesk-Position header of a reply",
                "query cursor: is not a cursor of this list; copy next_cursor from the page before",
            ],
        ),
        (
            get(&format!("{resource}/agenda")),
            400,
            &["query date: is missing; give a date like \"2026-11-24\""],
        ),
        (
            get(&format!("{resource}/agenda?date=24/11/2026")),
            400,
            &["query date: must be a date like \"2026-11-24\""],
        ),
        (get("/availability"), 400, &["query service_id: is missing; give it, or an appointment in moving"]),
        (
            open("day=someday"),
            400,
            &[
                "query day: \"someday\" is not a day; say today, tomorrow, a weekday such as \"tuesday\" or \"next tuesday\", some days such as \"next week\", or a date such as 2026-11-24",
            ],
        ),
        (
            open("day=tomorrow&time=lilac"),
            400,
            &[
                "query time: \"lilac\" is not a time; say it like 15:00, 3:30 pm, after 5 pm or between 2 and 4 pm",
            ],
        ),
        (open("seats=3"), 422, &["query seats: the service has 1 of them"]),
        (
            open("from=2026-11-24T00:00:00Z&to=2027-11-24T00:00:00Z"),
            422,
            &["query to: must be at most 62 days after from"],
        ),
        (
            Wrong::of(Method::DELETE, &format!("{resource}?dry_run=yes"), None),
            400,
            &["query dry_run: must be true or false, not \"yes\""],
        ),
        (
            get("/appointments/nonsense"),
            404,
            &["path appointment_id: expected an id like apt_01jz8k5f3xe8p9r2m4t6v7w8y9, got \"nonsense\""],
        ),
        (
            get("/api/v1/businesses/acme/services?limt=1"),
            404,
            &[
                "path business_id: expected an id like biz_01jz8k5f3xe8p9r2m4t6v7w8y9, got \"acme\"",
                "query limt: is unknown; did you mean \"limit\"?",
            ],
        ),
        (
            get("/api/v1/businesses/%ff"),
            404,
            &["path business_id: expected an id like biz_01jz8k5f3xe8p9r2m4t6v7w8y9, got \"\u{fffd}\""],
        ),
        (
            put("/date-overrides/2026-1-5", json!({ "windows": [] })),
            404,
            &["path date: must be a date like \"2026-11-24\""],
        ),
        (
            put("/date-overrides/24.11.2026", json!({ "windows": [{}] })),
            404,
            &[
                "path date: must be a date like \"2026-11-24\"",
                "body /windows/0/closes: is missing; give a time of day like \"18:00\"",
                "body /windows/0/opens: is missing; give a time of day like \"09:30\"",
            ],
        ),
    ];
    check(&app, &garage, table).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_told_what_is_wrong_by_name() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let table: Vec<Row> = vec![
        (
            post("/resources", json!({ "name": "" }))
                .with("Idempotency-Key", "a")
                .with("Idempotency-Key", "b"),
            400,
            &["header Idempotency-Key: is given 2 times; give it once", "body /name: must not be empty"],
        ),
        (
            post("/resources", json!({ "name": "Ben" })).with("Idempotency-Key", &"x".repeat(300)),
            400,
            &["header Idempotency-Key: must be a text of 1 to 255 characters, has 300"],
        ),
        (
            post("/resources", json!({ "name": "Ben" })).with("Idempotency-Key", "reservaci\u{f3}n-42"),
            400,
            &["header Idempotency-Key: must be of printable ASCII characters"],
        ),
        (
            put("/hours", json!({})).with("If-Match", "\"1\"").with("If-Match", "\"2\""),
            400,
            &["header If-Match: is given 2 times; give it once"],
        ),
        (
            put(&format!("/resources/{}", garage.resource), json!({ "name": "Ana" })).with("If-Match", "3"),
            400,
            &["header If-Match: must be the ETag of what you have read, like \"3\""],
        ),
        (
            put(&format!("/resources/{}", garage.resource), json!({ "name": "" })).with("If-Match", "3"),
            400,
            &[
                "header If-Match: must be the ETag of what you have read, like \"3\"",
                "body /name: must not be empty",
            ],
        ),
        (
            get("/services").with("Authorization", "Bearer fd_other"),
            400,
            &["header Authorization: is given 2 times; give it once"],
        ),
        (
            post("/resources", json!({ "name": "Ben" })).with("Content-Type", "application/json"),
            415,
            &["header Content-Type: is given 2 times; give it once"],
        ),
        (
            Wrong::of(Method::POST, "/resources", None).with("Content-Type", "text/plain"),
            415,
            &["header Content-Type: \"text/plain\" is not taken here; send application/json"],
        ),
        (
            Wrong::of(Method::POST, "/resources?page=1", None),
            400,
            &[
                "query page: is unknown; none is taken here",
                "header Content-Type: is missing; send application/json",
            ],
        ),
    ];
    check(&app, &garage, table).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_is_asked_before_what_is_wrong() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    for key in [None, Some("fd_nonsense")] {
        let stranger = app.client(key);
        let refused =
            stranger.get(&garage.path("/services?page=1&limit=x")).await.problem(401, "unauthorized");
        assert!(refused.body["errors"].is_null(), "{}", refused.text);
    }
    // What needs no key needs none to be told.
    let health = app.client(None).get("/api/v1/health?verbose=1").await.problem(400, "bad-request");
    assert_eq!(told(&health.body), ["query verbose: is unknown; none is taken here"]);
}
