//! `If-Match`, wherever the document says that it is taken.

use super::authorization::operation::Operation;
use super::authorization::things::Things;
use crate::support::app::{Client, Reply, TestApp};

/// The digits of an id that nothing has.
const NOBODY: &str = "01jz8k5f3xe8p9r2m4t6v7w8y9";
/// A version that nothing is at, and the first one.
const TAGS: [&str; 2] = ["\"1\"", "\"4000\""];

/// The address of an operation on these things, with one of its ids replaced by one that nothing has.
fn astray(things: &Things, operation: &Operation, name: &str) -> String {
    let known = things.value(operation, name);
    let (prefix, _) = known.split_once('_').expect("a prefix");
    let unknown = format!("{prefix}_{NOBODY}");
    let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(parameter) if parameter == name => unknown.clone(),
        Some(parameter) => things.value(operation, parameter),
        None => part.to_owned(),
    };
    operation.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn send(things: &Things, operation: &Operation, client: &Client, address: &str, tag: &str) -> Reply {
    let body = things.body(operation).map(|body| body.to_string().into());
    client.send(operation.method.clone(), address, &[("if-match", tag)], body).await
}

/// `*` is whatever version is there (RFC 9110, section 13.1.1): it refuses nothing that is there.
#[tokio::test(flavor = "multi_thread")]
async fn any_version_is_good_for_whoever_says_so() {
    let app = TestApp::start().await;
    let things = Things::make(&app, "Garage").await;
    let document = app.client(None).get("/openapi.json").await.expect(200).body;
    let mut operations = Operation::all(&document);
    operations.retain(|operation| operation.takes_version);
    for operation in &operations {
        let address = things.address(operation);
        let reply = send(&things, operation, &things.garage.client, &address, "*").await;
        let is_about_versions = [400, 412, 428].contains(&reply.status);
        assert!(!is_about_versions, "{}: {}", operation.id, reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_not_found_whatever_version_was_read() {
    let app = TestApp::start().await;
    let things = Things::make(&app, "Garage").await;
    let document = app.client(None).get("/openapi.json").await.expect(200).body;
    let mut operations = Operation::all(&document);
    operations.retain(|operation| operation.takes_version);
    assert!(operations.len() >= 18, "{} operations take If-Match", operations.len());
    let before = app.events().await;
    for operation in &operations {
        let ids = operation.path.split(['{', '}']).filter(|part| part.ends_with("_id"));
        for id in ids {
            let address = astray(&things, operation, id);
            // At a business that does not exist, a slot token of another one is what an operator is told of.
            let operators = (id != "business_id" || !operation.names_something()).then(|| app.operator());
            for tag in TAGS {
                for client in std::iter::once(&things.garage.client).chain(&operators) {
                    let reply = send(&things, operation, client, &address, tag).await;
                    assert_eq!(reply.status, 404, "{} without its {id}: {}", operation.id, reply.text);
                }
            }
        }
    }
    assert_eq!(app.events().await, before, "something was written");
}
