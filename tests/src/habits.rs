//! Callers as they are: they repeat themselves under other tool-call ids, withhold their numbers, share
//! telephones and change their minds. What they were told is in the log, exactly.

use serde_json::Value;

use crate::support::binary::{Server, frontdesk};
use crate::support::database::TestDatabase;
use crate::support::within;

#[tokio::test(flavor = "multi_thread")]
async fn what_callers_with_habits_were_told_is_there_exactly_once() {
    let database = TestDatabase::create().await;
    let server = Server::start(database.owner.options()).await;
    let arguments = ["simulate", "calls", "--habits", "--concurrency", "40", "--duration", "5s", "--json"];
    let mut callers = frontdesk(&arguments).await;
    let output = within(callers.args(["--url", &server.url]).output()).await.expect("an output");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let summary: Value = serde_json::from_str(told.lines().last().expect("a line")).expect("JSON");
    for played in ["repeats", "withheld", "shared", "changes_of_mind", "done_already"] {
        assert!(summary["habits"][played].as_u64() > Some(0), "{played}: {summary}");
    }
    for fault in ["lost", "repeated", "twice", "mistold", "overheard", "overlaps", "errors"] {
        assert_eq!(summary[fault], 0, "{fault}: {summary}");
    }
}
