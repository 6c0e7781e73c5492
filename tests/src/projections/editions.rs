//! Read models that are filled anew while they serve.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use frontdesk_adapters::crypto::MasterKey;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection};

use crate::support::app::{Client, Garage, Reply, TestApp};
use crate::support::binary::frontdesk;
use crate::support::commits::{accepted, new_commit};
use crate::support::database::TestDatabase;
use crate::support::{until, within};

async fn change(operator: &Client, name: &str, change: &str) -> Reply {
    operator.post(&format!("/api/v1/projections/{name}/changes"), json!({ "change": change })).await
}

/// An edition of a read model, if it is there.
async fn edition(operator: &Client, name: &str, edition: &str) -> Option<Value> {
    let reply = operator.send(Method::GET, "/api/v1/projections", &[], None).await.expect(200);
    let items = reply.body["items"].as_array().expect("items").clone();
    items
        .into_iter()
        .find(|item| item["name"] == name && item["edition"] == edition && item["is_of_this_release"] == true)
}

async fn until_it_follows(operator: &Client, name: &str, of: &str) {
    until(|| async {
        let edition = edition(operator, name, of).await.expect("an edition");
        edition["behind"] == 0
    })
    .await;
}

async fn customers(garage: &Garage) -> usize {
    let reply = garage.get("/customers").await.expect(200);
    reply.body["items"].as_array().expect("items").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_is_filled_anew_beside_the_one_that_serves_and_takes_its_place() {
    let app = TestApp::start().await;
    let (garage, operator) = (Garage::open(&app, "Garage").await, app.operator());
    let slots = garage.slots("tomorrow").await;
    garage.book(&slots[0], 0).await.expect(201);
    assert_eq!(customers(&garage).await, 1);
    app.database.tamper("delete from customers_v2.customers").await;
    assert_eq!(customers(&garage).await, 0);

    for too_early in ["switch", "rollback", "drop_next", "drop_previous"] {
        change(&operator, "customers", too_early).await.problem(409, "projection-edition");
    }
    change(&operator, "customers", "rebuild").await.expect(201);
    change(&operator, "customers", "rebuild").await.problem(409, "projection-edition");
    until_it_follows(&operator, "customers", "next").await;
    assert_eq!(customers(&garage).await, 0, "the other one serves");

    change(&operator, "customers", "switch").await.expect(201);
    assert_eq!(customers(&garage).await, 1);
    let family = garage.get("/customers?phone=%2B573000000000").await.expect(200);
    assert_eq!(family.body["items"].as_array().map(Vec::len), Some(1), "by its functions, too");
    assert!(edition(&operator, "customers", "next").await.is_none());

    // What served before follows the log, too.
    garage.book(&slots[1], 1).await.expect(201);
    assert_eq!(customers(&garage).await, 2);
    until_it_follows(&operator, "customers", "previous").await;
    let under_a_key = async |change: &str| {
        let headers = [("idempotency-key", "back")];
        let path = "/api/v1/projections/customers/changes";
        operator.post_with(path, &headers, json!({ "change": change })).await
    };
    assert!(!under_a_key("rollback").await.expect(201).replayed);
    assert!(under_a_key("rollback").await.expect(201).replayed, "asked twice, done once");
    under_a_key("switch").await.problem(422, "idempotency-key-reused");
    assert_eq!(customers(&garage).await, 1, "the one that has lost something serves again");
    change(&operator, "customers", "rollback").await.expect(201);
    assert_eq!(customers(&garage).await, 2);
    // What was paused goes on as the previous edition.
    change(&operator, "customers", "pause").await.expect(201);
    garage.book(&slots[2], 2).await.expect(201);
    change(&operator, "customers", "rollback").await.expect(201);
    change(&operator, "customers", "rollback").await.expect(201);
    assert_eq!(customers(&garage).await, 3);
    change(&operator, "customers", "drop_previous").await.expect(201);
    change(&operator, "customers", "rollback").await.problem(409, "projection-edition");

    let changes = operator.get("/api/v1/projection-changes?projection=customers").await.expect(200);
    let said: Vec<&str> = changes.body["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|change| {
            assert_eq!(change["actor_kind"], "operator");
            change["change"].as_str().expect("a change")
        })
        .collect();
    let expected =
        ["drop_previous", "rollback", "rollback", "pause", "rollback", "rollback", "switch", "rebuild"];
    assert_eq!(said, expected);
    change(&operator, "translator", "rebuild").await.problem(404, "not-found");
}

/// Whoever has seen something must not miss it afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn an_edition_that_has_not_come_as_far_as_the_one_that_serves_does_not_serve() {
    let app = TestApp::start().await;
    let (garage, operator) = (Garage::open(&app, "Garage").await, app.operator());
    let slots = garage.slots("tomorrow").await;
    change(&operator, "customers", "rebuild").await.expect(201);
    let pause = async |paused: bool| {
        let pause = format!("update checkpoints set paused = {paused} where name = 'customers.next'");
        app.database.tamper(&pause).await;
    };
    pause(true).await;
    garage.book(&slots[0], 0).await.expect(201);
    assert_eq!(customers(&garage).await, 1);
    change(&operator, "customers", "switch").await.problem(409, "projection-not-filled");
    assert_eq!(customers(&garage).await, 1);
    pause(false).await;
    until_it_follows(&operator, "customers", "next").await;
    change(&operator, "customers", "switch").await.expect(201);
    assert_eq!(customers(&garage).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_names_a_write_sees_it_however_often_another_edition_serves() {
    let one = TestApp::start().await;
    let other = TestApp::builder().master_key(&one.master_key).start_on(one.database.clone()).await;
    let garage = Garage::open(&one, "Garage").await;
    let elsewhere = garage.at(&other);
    let done = Arc::new(AtomicBool::new(false));
    let changes = tokio::spawn({
        let (operator, done) = (one.operator(), done.clone());
        async move {
            let mut changes = 0;
            while !done.load(Ordering::SeqCst) || changes == 0 {
                change(&operator, "customers", "rebuild").await.expect(201);
                within(async {
                    for wanted in ["switch", "rollback"] {
                        // On a busy machine it may take longer than it may stand still.
                        while change(&operator, "customers", wanted).await.status != 201 {}
                    }
                })
                .await;
                changes += 1;
            }
            changes
        }
    });
    for number in 0..60 {
        let body = json!({ "name": format!("Customer {number}"), "phone": format!("+57300{number:07}") });
        let written = garage.post("/customers", body).await.expect(201);
        let position = written.position.expect("a position");
        let path = garage.path(&format!("/customers?limit=200&min_position={position}"));
        for client in [&garage.client, &elsewhere.client] {
            let seen = within(async {
                loop {
                    let reply = client.send(Method::GET, &path, &[], None).await;
                    // On a busy machine it may take longer than a client waits.
                    if reply.status != 503 {
                        break reply.expect(200);
                    }
                }
            })
            .await;
            assert_eq!(seen.body["items"].as_array().map(Vec::len), Some(number + 1));
        }
    }
    done.store(true, Ordering::SeqCst);
    assert!(changes.await.expect("changes") >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_ready_when_the_read_models_of_its_build_are_filled_and_looks_at_no_others() {
    let one = TestApp::start().await;
    let operator = one.operator();
    let ready = async |app: &TestApp| app.client(None).send(Method::GET, "/readyz", &[], None).await;
    until(|| async { ready(&one).await.status == 200 }).await;
    // Of a release before.
    one.database.tamper("insert into checkpoints (name, version) values ('agenda', 0), ('gone', 1)").await;

    // Nobody gets it any further.
    let mut owner = one.database.as_owner().await;
    let mut held = owner.begin().await.expect("a transaction");
    sqlx::query("select from checkpoints where name = 'agenda' for update")
        .execute(&mut *held)
        .await
        .expect("held");
    for _ in 0..12 {
        accepted(one.log().appender(), &new_commit(100)).await;
    }
    let other = TestApp::builder().master_key(&one.master_key).start_on(one.database.clone()).await;
    until(|| async {
        let statuses = edition(&operator, "customers", "serving").await.expect("customers");
        statuses["behind"] == 0
    })
    .await;
    let reply = ready(&other).await.expect(503);
    assert_eq!(reply.body["status"], "filling", "{}", reply.text);
    assert!(reply.body["lag_events"]["agenda"].as_i64() > Some(1_000), "{}", reply.text);
    assert!(reply.body["lag_events"]["gone"].is_null(), "{}", reply.text);
    assert_eq!(ready(&one).await.expect(200).body["status"], "ready", "it is not far behind");
    held.rollback().await.expect("let go");
    until(|| async { ready(&other).await.status == 200 }).await;

    // One that is paused is as old as somebody wants it to be.
    change(&operator, "messages", "pause").await.expect(201);
    for _ in 0..12 {
        accepted(one.log().appender(), &new_commit(100)).await;
    }
    let third = TestApp::builder().master_key(&one.master_key).start_on(one.database.clone()).await;
    until(|| async { ready(&third).await.status == 200 }).await;
    assert_eq!(ready(&third).await.body["paused"], json!(["messages"]));
    change(&operator, "messages", "resume").await.expect(201);
    until_it_follows(&operator, "messages", "serving").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_worker_runs_the_command_line_fills_a_read_model_itself() {
    let (database, key) = (Arc::new(TestDatabase::create().await), MasterKey::generate());
    {
        let app = TestApp::builder().master_key(&key).start_on(database.clone()).await;
        let garage = Garage::open(&app, "Garage").await;
        let slots = garage.slots("tomorrow").await;
        garage.book(&slots[0], 0).await.expect(201);
        assert_eq!(customers(&garage).await, 1);
        app.process.stop().await;
    }
    database.tamper("delete from customers_v2.customers").await;
    let run = async |arguments: &[&str]| {
        let mut command = frontdesk(arguments).await;
        command.env("DATABASE_URL", database.owner.options().to_url_lossy().to_string());
        command.env("FRONTDESK_MASTER_KEY", key.to_base64());
        let output = within(command.output()).await.expect("an output");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    };
    let (done, said) = run(&["projections", "switch", "customers"]).await;
    assert!(!done && said.contains("rebuild it first"), "{said}");
    let (done, said) = run(&["projections", "rebuild", "nobody"]).await;
    assert!(!done && said.contains("there are") && said.contains("customers"), "{said}");
    let (done, said) = run(&["projections", "rebuild", "customers", "--switch"]).await;
    assert!(done, "{said}");
    let rows: i64 = sqlx::query_scalar("select count(*) from customers_v2.customers")
        .fetch_one(&database.pool)
        .await
        .expect("a count");
    assert_eq!(rows, 1);
    let (done, said) = run(&["projections", "status"]).await;
    assert!(done && said.contains("customers.previous"), "{said}");
    let (done, said) = run(&["projections", "rollback", "customers"]).await;
    assert!(done, "nobody else takes it to the end of the log: {said}");
    let (done, said) = run(&["projections", "pause", "customers"]).await;
    assert!(done, "{said}");
    let (done, said) = run(&["projections", "fill"]).await;
    assert!(done && said.contains("customers is paused"), "{said}");
}
