//! What the release before has left behind: its tables, and what it answered in the end.
//! `fixtures/release-before/README.md` says how that was made.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use frontdesk_adapters::crypto::MasterKey;
use serde::Deserialize;

use crate::support::app::{Client, TestApp};
use crate::support::database::TestDatabase;
use crate::support::until;

/// What `migrations/` makes. Read models are not among it: they are built anew from the log.
const TABLES: [&str; 8] = [
    "log_epoch",
    "events",
    "subject_keys",
    "webhook_bodies",
    "checkpoints",
    "held_deliveries",
    "jobs",
    "cron_jobs",
];

#[derive(Debug, Deserialize)]
pub struct Release {
    master_key: String,
    /// Where it was reached.
    pub public_url: String,
    pub answered_at: DateTime<Utc>,
    /// API keys, by their scope.
    keys: BTreeMap<String, String>,
    pub begun: Begun,
    pub exchanges: Vec<Exchange>,
}

/// What was not settled when it ended.
#[derive(Debug, Deserialize)]
pub struct Begun {
    pub business: String,
    /// Of a channel.
    pub voice_secret: String,
    pub slot_token: String,
    pub hold: String,
    pub lapsing_hold: String,
    pub requested_appointment: String,
    /// Which a caller of the call `call-7` was told of.
    pub disclosed_appointment: String,
    pub series: String,
    pub offered_entry: String,
    pub merged_customer: String,
    /// Others of its call wait behind it.
    pub parked_delivery: String,
}

/// A request that changes nothing, and its answer.
#[derive(Debug, Deserialize)]
pub struct Exchange {
    pub method: String,
    pub path: String,
    headers: BTreeMap<String, String>,
    pub body: Option<String>,
    pub status: u16,
    pub etag: Option<String>,
    pub reply: String,
}

impl Exchange {
    pub fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

fn unpacked(name: &str) -> String {
    let path = format!("{}/fixtures/release-before/{name}.gz", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    GzDecoder::new(file).read_to_string(&mut text).unwrap_or_else(|error| panic!("{path}: {error}"));
    text
}

impl Release {
    pub fn before() -> Self {
        serde_json::from_str(&unpacked("expected.json")).expect("what it answered")
    }

    pub fn master_key(&self) -> MasterKey {
        MasterKey::parse(&self.master_key).expect("a key")
    }

    /// Its database after this release has been installed.
    pub async fn database(&self) -> TestDatabase {
        let database = TestDatabase::create().await;
        let mut owner = database.as_owner().await;
        let emptied =
            sqlx::raw_sql("delete from log_epoch; delete from checkpoints").execute(&mut owner).await;
        emptied.expect("what a new database begins with goes");
        for table in TABLES {
            let csv = unpacked(&format!("{table}.csv"));
            let columns = csv.lines().next().expect("a header");
            let copy = format!("copy {table} ({columns}) from stdin (format csv, header)");
            let mut rows = owner.copy_in_raw(&copy).await.expect(table);
            rows.send(csv.as_bytes()).await.expect(table);
            rows.finish().await.expect(table);
        }
        // They were kept for thirty days, and the fixture is older than that some day.
        let kept =
            sqlx::raw_sql("update webhook_bodies set expires_at = 'infinity'").execute(&mut owner).await;
        kept.expect("bodies stay");
        frontdesk_projections::tables::migrate(&mut owner).await.expect("read models are migrated");
        database
    }

    /// This release on its database, in the minute in which the one before ended.
    pub async fn upgraded(&self) -> TestApp {
        let database = Arc::new(self.database().await);
        let app =
            TestApp::builder().master_key(&self.master_key()).at(self.answered_at).start_on(database).await;
        let behind =
            "select exists (select from checkpoints where position < (select max(position) from events))";
        until(|| async {
            let behind: bool =
                sqlx::query_scalar(behind).fetch_one(&app.database.pool).await.expect("checkpoints");
            !behind
        })
        .await;
        app
    }

    /// A client with one of its API keys.
    pub fn client(&self, app: &TestApp, scope: &str) -> Client {
        app.client(Some(&self.keys[scope]))
    }
}
