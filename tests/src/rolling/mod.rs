//! A rolling deployment: this release and the one after work on one database, there and back, under load.
//!
//! The release after is this one with another form of an event, of a read model's tables and of a job
//! ([`release_after`]). This one cannot read what it writes.

mod release_after;

use tempfile::TempDir;

use crate::support::binary::{Callers, Server};
use crate::support::database::TestDatabase;
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_there_and_back_fails_nobody_and_loses_nothing() {
    let after = tokio::task::spawn_blocking(release_after::build).await.expect("a release");
    let database = TestDatabase::create().await;
    let count = async |query: &'static str| -> i64 {
        sqlx::query_scalar(query).fetch_one(&database.pool).await.expect("a number")
    };
    let mut this = Server::start(database.owner.options()).await;
    let folder = TempDir::new().expect("a folder");
    let mut after = this.beside(after).await;
    let urls = vec![this.url.clone(), after.url.clone()];
    after.stop().await;
    let mut callers = Callers::of(urls, folder.path().join("journal")).await;

    callers.until_more_is_promised().await;
    after.start_again().await;
    callers.until_more_is_promised().await;
    this.stop().await;
    callers.until_more_is_promised().await;
    this.start_again().await;
    callers.until_more_is_promised().await;
    assert!(callers.hang_up().await.success(), "a caller was failed");

    // Both have written, each in its own form.
    for version in ["2", "3"] {
        let written =
            "select count(*) from events where event_type = 'CustomerRegistered' and event_version = $1";
        let written: i64 =
            sqlx::query_scalar(written).bind(version).fetch_one(&database.pool).await.expect("a number");
        assert!(written > 0, "nobody is registered in version {version}");
    }
    // What this release could not take, the release after has.
    until(async || count("select count(*) from parked_events").await == 0).await;
    until(async || count("select count(*) from jobs where due_at < now()").await == 0).await;
    let registered = "select count(*) from events where event_type = 'CustomerRegistered'";
    assert_eq!(count("select count(*) from customers_v2.customers").await, count(registered).await);
    for server in [&this, &after] {
        let kept = callers.kept(std::slice::from_ref(&server.url)).await;
        assert!(kept["appointments"].as_u64() > Some(0) && kept["webhooks"].as_u64() > Some(0), "{kept}");
        assert_eq!((&kept["lost"], &kept["overlaps"]), (&0.into(), &0.into()), "{kept}");
    }
}
