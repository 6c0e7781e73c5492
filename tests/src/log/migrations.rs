//! The schema of the log, and builds of other releases.

use crate::support::database::TestDatabase;

/// To go back to a release is to deploy it: its step before the deployment migrates, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_a_later_release_has_made_is_left_as_it_is() {
    let database = TestDatabase::create().await;
    let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (999999, 'of a later release', true, '\\x00', 0)";
    database.tamper(later).await;
    database.owner.migrate().await.expect("it goes on");
    database.owner.check_migrated().await.expect("a later schema is welcome");
}
