//! A log in which something is missing stops its readers.

use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::event_log::EventLog;
use frontdesk_adapters::event_log::subscribe::SubscribeError;

use crate::support::commits::{accepted, new_commit};
use crate::support::database::TestDatabase;
use crate::support::process::Process;

/// Reads all there is. Whether it met a hole.
async fn meets_a_hole(log: &EventLog, limit: i64, types: Option<&[&str]>) -> bool {
    let mut after = 0;
    loop {
        match log.read_after(after, limit, types).await {
            Ok(Some(batch)) => after = batch.through,
            Ok(None) => return false,
            Err(SubscribeError::Hole { after: place }) => {
                assert!(place >= after);
                return true;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_anywhere_stops_a_reader_whatever_its_pace() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    for events in [3, 1, 4, 2] {
        accepted(process.appender(), &new_commit(events)).await;
    }
    let mut missed = Vec::new();
    for types in [None, Some(&["nothing"][..])] {
        for limit in [1, 2, 3, 4, 1_000] {
            assert!(!meets_a_hole(&process.log, limit, types).await, "the log is whole");
            for position in 1..10 {
                database
                    .tamper(&format!("create table kept as select * from events where position = {position}"))
                    .await;
                database.tamper(&format!("delete from events where position = {position}")).await;
                if !meets_a_hole(&process.log, limit, types).await {
                    missed.push((position, limit));
                }
                database.tamper("insert into events select * from kept; drop table kept").await;
            }
        }
    }
    assert!(missed.is_empty(), "readers went on past a hole at (position, with limit): {missed:?}");
}
