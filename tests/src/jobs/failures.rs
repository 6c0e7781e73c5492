//! A job that fails for good, and what operators do about it.

use chrono::{TimeDelta, Utc};
use frontdesk_adapters::command_bus::Clock;
use frontdesk_adapters::jobs::queue;
use frontdesk_domain::kernel::policy::Retry;
use serde_json::{Value, json};
use sqlx::ConnectOptions;

use crate::support::app::{Client, Garage, TestApp};
use crate::support::binary::frontdesk;
use crate::support::{until, within};

/// A hold whose agenda day cannot be read, so that it cannot lapse.
struct Broken {
    app: TestApp,
    garage: Garage,
    hold: String,
    job: String,
}

async fn job(client: &Client, id: &str) -> Value {
    client.get(&format!("/api/v1/jobs/{id}")).await.expect(200).body
}

impl Broken {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let garage = Garage::open(&app, "Garage").await;
        let slot = garage.slots("tomorrow").await.remove(0);
        let held = garage.post("/holds", json!({ "slot_token": slot, "seconds": 60 })).await.expect(201);
        let hold = held.body["hold_id"].as_str().expect("an id").to_owned();
        let operator = app.operator();
        let find = async || {
            let jobs = operator.get("/api/v1/jobs?state=waiting").await.expect(200);
            jobs.body["items"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|job| job["key"] == hold.as_str())
                .cloned()
        };
        until(|| async { find().await.is_some() }).await;
        let job = find().await.expect("a job")["id"].as_str().expect("an id").to_owned();
        app.database.tamper("create table kept as select * from events where event_type = 'TimeHeld'; update events set event_type = 'X', payload = '{\"type\":\"X\"}' where event_type = 'TimeHeld'").await;
        app.process.app.bus.cache().forget_older("agenda_day", day(&app).await, i64::MAX);
        Self { app, garage, hold, job }
    }

    /// Lets the clock run until the job has been tried as often as it may.
    async fn until_dead(&self) {
        let operator = self.app.operator();
        until(|| async {
            let job = job(&operator, &self.job).await;
            if job["state"] == "waiting" {
                let due: chrono::DateTime<Utc> =
                    job["due_at"].as_str().and_then(|due| due.parse().ok()).expect("an instant");
                self.app.clock.set(due);
            }
            job["state"] == "dead"
        })
        .await;
        let dead = job(&operator, &self.job).await;
        assert_eq!(dead["attempts"], json!(Retry::USUAL.attempts_max));
        assert!(dead["error"].as_str().is_some_and(|error| error.contains("cannot be read")), "{dead}");
    }

    async fn repair(&self) {
        let repair = "update events set event_type = 'TimeHeld', payload = k.payload from kept k where k.position = events.position";
        self.app.database.tamper(repair).await;
    }

    async fn status(&self) -> Value {
        self.garage.get(&format!("/appointments/{}", self.hold)).await.expect(200).body["status"].clone()
    }

    async fn command(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = frontdesk(&[&["jobs"], arguments].concat()).await;
        command.env("DATABASE_URL", self.app.database.owner.options().to_url_lossy().to_string());
        command.env("FRONTDESK_MASTER_KEY", self.app.master_key.to_base64());
        let output = within(command.output()).await.expect("an output");
        let text =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.success(), text)
    }
}

/// The agenda day that was held.
async fn day(app: &TestApp) -> uuid::Uuid {
    let mut owner = app.database.as_owner().await;
    let day: String =
        sqlx::query_scalar("select aggregate_id from events where aggregate_type = 'agenda_day'")
            .fetch_one(&mut owner)
            .await
            .expect("a day");
    day.parse().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_dies_visibly_and_is_retried_over_the_api() {
    let broken = Broken::set().await;
    broken.until_dead().await;
    let operator = broken.app.operator();
    let dead = operator.get("/api/v1/jobs?state=dead&limit=1").await.expect(200);
    assert_eq!(dead.body["items"][0]["id"], broken.job.as_str());
    assert_eq!(
        dead.body["items"][0]["payload"],
        json!({ "hold_id": broken.hold, "resources": [broken.garage.resource] })
    );
    let depth = queue::depth(&broken.app.database.pool, broken.app.clock.now()).await.expect("a depth");
    assert_eq!(depth, queue::Depth { dead: 1, ..queue::Depth::default() }, "what /metrics shows");
    assert_eq!(broken.status().await, "held");

    broken.repair().await;
    operator.post(&format!("/api/v1/jobs/{}/retry", broken.job), json!(null)).await.expect(204);
    until(|| async { broken.status().await == "lapsed" }).await;
    until(|| async { operator.get(&format!("/api/v1/jobs/{}", broken.job)).await.status == 404 }).await;
    operator.get(&format!("/api/v1/jobs/{}", broken.job)).await.problem(404, "job-not-found");
    operator
        .post(&format!("/api/v1/jobs/{}/retry", broken.job), json!(null))
        .await
        .problem(404, "job-not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_is_looked_at_and_retried_by_the_command_line() {
    let broken = Broken::set().await;
    let (done, text) = broken.command(&["retry", &broken.job]).await;
    assert!(!done && text.contains("has not failed for good"), "{text}");
    broken.until_dead().await;
    let (done, text) = broken.command(&["list", "--state", "dead"]).await;
    assert!(done && text.lines().count() == 2 && text.contains(&broken.job), "a head, and it: {text}");
    let (done, text) = broken.command(&["list", "--state", "running"]).await;
    assert!(done && text == "there are no such jobs\n", "{text}");
    let (done, text) = broken.command(&["show", &broken.job]).await;
    assert!(done && text.lines().any(|line| line.starts_with("error ")), "{text}");
    let (done, text) = broken.command(&["show", &broken.job, "--json"]).await;
    let shown: Value = serde_json::from_str(&text).expect("JSON");
    assert!(done && shown["state"] == "dead" && shown["error"].is_string(), "{text}");

    broken.repair().await;
    let (done, text) = broken.command(&["retry", &broken.job]).await;
    assert!(done, "{text}");
    // The command line goes by the time of day, and the server under test by a clock that stands.
    broken.app.clock.set(Utc::now().max(broken.app.clock.now()) + TimeDelta::days(1));
    until(|| async { broken.status().await == "lapsed" }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_discarded_is_not_run_again_and_the_log_says_by_whom_and_why() {
    let broken = Broken::set().await;
    let operator = broken.app.operator();
    let path = format!("/api/v1/jobs/{}/discard", broken.job);
    operator.post(&path, json!({ "reason": "a test" })).await.problem(409, "job-not-dead");
    broken.until_dead().await;
    broken.repair().await;
    let (done, text) = broken.command(&["discard", &broken.job, "--reason", "the shop has moved"]).await;
    assert!(done, "{text}");
    let mut owner = broken.app.database.as_owner().await;
    let (event, payload): (String, String) =
        sqlx::query_as("select event_type, payload::text from events where aggregate_type = 'effect'")
            .fetch_one(&mut owner)
            .await
            .expect("one outcome");
    assert!(
        event == "EffectDiscarded" && payload.contains("the shop has moved") && payload.contains("operator"),
        "{payload}"
    );
    operator.post(&path, json!({ "reason": "again" })).await.problem(404, "job-not-found");
    // A replay brings the job back, and it finds that it is not to be done.
    let replay = "update checkpoints set position = 0 where name = 'hold_expiry'";
    sqlx::query(replay).execute(&mut owner).await.expect("set back");
    let checkpoint = "select (select position from checkpoints where name = 'hold_expiry') = (select max(position) from events)
                      and not exists (select from jobs)";
    until(|| async {
        let mut owner = broken.app.database.as_owner().await;
        sqlx::query_scalar::<_, bool>(checkpoint).fetch_one(&mut owner).await.expect("an answer")
    })
    .await;
    assert_eq!(broken.status().await, "held");
}
