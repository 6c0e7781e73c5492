//! What HTTP has rules for, whatever is asked: methods, heads, tags, codings, redirects, origins.

use reqwest::Method;
use serde_json::json;

use super::connections::{Connection, JSON, operator, request};
use crate::support::app::{Client, Garage, OPERATOR_KEY, Reply, TestApp};
use crate::support::binary::Server;
use crate::support::database::TestDatabase;

async fn ask(client: &Client, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
    client.send(method, path, headers, None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_can_be_read_where_its_reply_says() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slot = garage.slots("tomorrow").await.remove(0);
    let ada = json!({ "name": "Ada", "phone": "+573001112233" });
    let wish = json!({ "service_id": garage.service, "first_date": "2026-11-27", "attendee": ada });
    for (path, body) in [
        ("/resources", json!({ "name": "Bea" })),
        (
            "/services",
            json!({ "name": "Wash", "duration_minutes": 30, "needs": [{ "any_of": [garage.resource] }] }),
        ),
        ("/customers", ada.clone()),
        ("/appointments", json!({ "slot_token": slot, "attendee": ada })),
        ("/waitlist", wish),
    ] {
        let made = garage.post(path, body).await.expect(201);
        let location = made.header("location").unwrap_or_else(|| panic!("{path} without a location"));
        let read = garage.client.get(location).await.expect(200);
        assert_eq!(read.body["id"], made.body["id"], "{path}");
    }
    let key = json!({ "name": "reader", "scope": "tenant_read" });
    let issued = garage.post("/api-keys", key).await.expect(201);
    assert_eq!(issued.header("location"), None, "nobody can read a key");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_says_what_it_takes_and_gives_its_head() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let path = garage.path(&format!("/services/{}", garage.service));
    let client = &garage.client;
    let refused = ask(client, Method::PATCH, &path, &[]).await.problem(405, "method-not-allowed");
    assert_eq!(refused.header("allow"), Some("DELETE, GET, PUT, HEAD, OPTIONS"));
    let asked = ask(&app.client(None), Method::OPTIONS, &path, &[]).await.expect(204);
    assert_eq!((asked.header("allow"), asked.text.as_str()), (refused.header("allow"), ""));
    for path in [path.as_str(), "/openapi.json", "/readyz"] {
        let (head, whole) = (ask(client, Method::HEAD, path, &[]).await, client.get(path).await);
        assert_eq!((head.status, head.text.as_str()), (whole.status, ""), "{path}");
        for name in ["content-type", "content-length", "etag", "cache-control"] {
            assert_eq!(head.header(name), whole.header(name), "{name} of {path}");
        }
    }
    ask(client, Method::HEAD, &garage.path("/services/svc_01jz8k5f3xe8p9r2m4t6v7w8y9"), &[])
        .await
        .expect(404);
    ask(&app.client(None), Method::HEAD, &path, &[]).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_is_not_sent_again_and_what_is_personal_is_not_kept() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let client = &garage.client;
    let path = garage.path(&format!("/services/{}", garage.service));
    for path in [path.as_str(), garage.path("").as_str(), "/openapi.json"] {
        let read = client.get(path).await.expect(200);
        assert!(read.header("cache-control").is_some_and(|control| control.ends_with("no-cache")), "{path}");
        let etag = read.etag.expect("a tag");
        let again = ask(client, Method::GET, path, &[("if-none-match", &etag)]).await.expect(304);
        assert_eq!((again.text.as_str(), again.etag), ("", Some(etag)));
        ask(client, Method::GET, path, &[("if-none-match", "\"other\"")]).await.expect(200);
    }
    let details =
        json!({ "name": "Wash", "duration_minutes": 60, "needs": [{ "any_of": [garage.resource] }] });
    let changed = client.put(&path, details).await.expect(200);
    let position = changed.position.expect("a position");
    let after = format!("{path}?min_position={position}");
    let read = ask(client, Method::GET, &after, &[("if-none-match", "\"1\"")]).await.expect(200);
    assert_eq!(read.body["details"]["name"], "Wash");

    let slot = garage.slots("tomorrow").await.remove(0);
    let booked = garage.book(&slot, 1).await.expect(201);
    let appointment = format!("/appointments/{}", booked.id());
    let key = garage.post("/api-keys", json!({ "name": "reader", "scope": "tenant_read" })).await.expect(201);
    let read = garage.get(&appointment).await.expect(200);
    let listed = garage.get("/customers").await.expect(200);
    let refused = garage.book(&slot, 2).await.expect(409);
    for reply in [booked, key, read, listed, refused] {
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{}", reply.text);
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_tag_matches_nothing() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let path = garage.path(&format!("/services/{}", garage.service));
    let details =
        json!({ "name": "Wash", "duration_minutes": 60, "needs": [{ "any_of": [garage.resource] }] });
    for (tag, status) in [("W/\"1\"", 412), ("\"1\"", 200)] {
        let body = Some(details.to_string().into_bytes());
        let reply = garage.client.send(Method::PUT, &path, &[("if-match", tag)], body).await;
        assert_eq!(reply.status, status, "{tag}: {}", reply.text);
    }
}

/// An encoded reply, by raw bytes.
async fn packed(app: &TestApp, path: &str, accepts: &str) -> (Vec<u8>, Option<String>) {
    let client = reqwest::Client::new();
    let request = client.get(format!("{}{path}", app.url)).header("accept-encoding", accepts);
    let response = request.bearer_auth(OPERATOR_KEY).send().await;
    let response = response.expect("a response");
    let coding =
        response.headers().get("content-encoding").map(|value| value.to_str().expect("a text").to_owned());
    (response.bytes().await.expect("a body").to_vec(), coding)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_large_is_compressed_for_those_who_take_it() {
    let app = TestApp::start().await;
    let (plain, coding) = packed(&app, "/openapi.json", "identity").await;
    assert_eq!(coding, None);
    for (accepts, expected) in [("gzip, deflate, br", "br"), ("gzip", "gzip")] {
        let (packed, coding) = packed(&app, "/openapi.json", accepts).await;
        assert_eq!(coding.as_deref(), Some(expected));
        assert!(packed.len() * 8 < plain.len(), "{} of {} bytes", packed.len(), plain.len());
    }
    let (_, coding) = packed(&app, "/api/v1/assistant-tools", "gzip").await;
    assert_eq!(coding.as_deref(), Some("gzip"));
    let (_, coding) = packed(&app, "/api/v1/health", "gzip").await;
    assert_eq!(coding, None, "there is nothing to gain");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_too_many_is_led_back_with_its_query_and_body() {
    let app = TestApp::start().await;
    let mut connection = Connection::open(&app).await;
    for (line, status) in
        [("GET /api/v1/health/", 308), ("POST /api/v1/businesses/?a=b", 308), ("GET //example.com/", 404)]
    {
        connection.send(&request(line, &[JSON, &operator()], b"{}")).await;
        assert_eq!(connection.answer().await.status, status, "{line}");
    }
    let profile = json!({ "name": "Garage", "zone": "America/Bogota" });
    // The client goes where it is led to, and sends its body again.
    app.operator().post("/api/v1/businesses/", json!({ "profile": profile })).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_host_is_refused() {
    let app = TestApp::start().await;
    for (head, status) in [
        ("GET /api/v1/health HTTP/1.1\r\n\r\n", 400),
        ("GET /api/v1/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /api/v1/health HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    ] {
        let mut connection = Connection::open(&app).await;
        connection.send(head.as_bytes()).await;
        assert_eq!(connection.answer().await.status, status, "{head:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_in_utf_8_is_refused_before_it_is_read() {
    let app = TestApp::start().await;
    let body = json!({ "profile": { "name": "Garage", "zone": "America/Bogota" } }).to_string();
    for (headers, status) in [
        (&["Content-Type: application/json; charset=utf-8"][..], 201),
        (&["Content-Type: application/json;charset=\"UTF-8\""], 201),
        (&["Content-Type: application/json; charset=iso-8859-1"], 415),
        (&["Content-Type: text/plain"], 415),
        (&["Content-Type: application/problem+json"], 415),
        (&["Content-Type: application/vnd.api+json; charset=utf-8"], 415),
        (&[], 415),
        (&[JSON, "Content-Encoding: gzip"], 415),
        (&[JSON, "Content-Encoding: identity"], 201),
    ] {
        let mut connection = Connection::open(&app).await;
        let operator = operator();
        let headers: Vec<&str> = headers.iter().copied().chain([operator.as_str()]).collect();
        connection.send(&request("POST /api/v1/businesses", &headers, body.as_bytes())).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_allowed_origins_may_call_the_api_and_no_others() {
    let app = TestApp::builder().origins("https://app.example.com").start().await;
    let garage = Garage::open(&app, "Garage").await;
    let (path, allowed) = (garage.path("/services"), [("origin", "https://app.example.com")]);
    let name = "access-control-allow-origin";
    let read = ask(&garage.client, Method::GET, &path, &allowed).await.expect(200);
    assert_eq!((read.header(name), read.header("vary")), (Some(allowed[0].1), Some("Origin")));
    let refused = ask(&app.client(None), Method::GET, &path, &allowed).await.expect(401);
    assert_eq!(refused.header(name), Some(allowed[0].1), "a page can read why");
    let preflight = [allowed[0], ("access-control-request-method", "POST")];
    let asked = ask(&app.client(None), Method::OPTIONS, &path, &preflight).await.expect(204);
    assert_eq!(asked.header("access-control-allow-methods"), Some("GET, POST, HEAD, OPTIONS"));
    assert!(
        asked.header("access-control-allow-headers").is_some_and(|headers| headers.contains("Authorization"))
    );
    for (path, origin) in
        [(path.as_str(), "https://other.example.com"), (&path, "null"), ("/metrics", allowed[0].1)]
    {
        let read = ask(&garage.client, Method::GET, path, &[("origin", origin)]).await.expect(200);
        assert_eq!(read.header(name), None, "{origin} {path}");
    }
    let closed = TestApp::start().await;
    let read = ask(&closed.operator(), Method::GET, "/api/v1/businesses", &allowed).await.expect(200);
    assert_eq!(read.header(name), None, "nobody is allowed unless somebody says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_allows_pages_of_its_own_and_for_itself_only() {
    let app = TestApp::start().await;
    let (garage, other) = (Garage::open(&app, "Garage").await, Garage::open(&app, "Other").await);
    let (name, page) = ("access-control-allow-origin", [("origin", "https://www.garage.example")]);
    let path = garage.path("/services");
    let before = ask(&garage.client, Method::GET, &path, &page).await.expect(200);
    assert_eq!((before.header(name), before.header("vary")), (None, Some("Origin")));
    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["allowed_origins"] = json!(["https://www.garage.example"]);
    garage.client.put(&garage.path(""), profile.clone()).await.expect(200);
    let read = ask(&garage.client, Method::GET, &path, &page).await.expect(200);
    assert_eq!(read.header(name), Some(page[0].1));
    let preflight = [page[0], ("access-control-request-method", "POST")];
    let asked = ask(&app.client(None), Method::OPTIONS, &path, &preflight).await.expect(204);
    assert_eq!((asked.header(name), asked.header("access-control-max-age")), (Some(page[0].1), Some("7200")));
    for (client, path) in
        [(&other.client, other.path("/services")), (&app.operator(), "/api/v1/businesses".into())]
    {
        assert_eq!(ask(client, Method::GET, &path, &page).await.expect(200).header(name), None, "{path}");
    }
    profile["allowed_origins"] = json!(["https://www.garage.example/"]);
    let refused = garage.client.put(&garage.path(""), profile).await.expect(400);
    assert_eq!(refused.body["errors"][0]["pointer"], "/allowed_origins/0", "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_counted_under_a_route() {
    let database = TestDatabase::create().await;
    let server = Server::start(database.owner.options()).await;
    let client = reqwest::Client::new();
    for path in ["/", "/nowhere", "/api/v1/nowhere", "/docs/nowhere", "/api/v1/health", "/api/v1/health/"] {
        client.get(format!("{}{path}", server.url)).send().await.expect("a response");
    }
    let shown = client.get(format!("{}/metrics", server.url)).send().await.expect("a response");
    let shown = shown.text().await.expect("a text");
    assert!(!shown.contains("route=\"\""), "{shown}");
    let helped = |name: &str| shown.contains(&format!("# HELP {name} "));
    let counted = shown.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let helpless: Vec<&str> = counted.filter(|name| !helped(name)).collect();
    assert_eq!(helpless, [""; 0]);
}
