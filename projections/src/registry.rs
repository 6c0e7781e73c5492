//! Every read model there is.

use std::sync::Arc;

use sqlx::{Connection, PgConnection};

use crate::agenda::Agenda;
use crate::appointments::Appointments;
use crate::calendar_feeds::CalendarFeeds;
use crate::channels::Channels;
use crate::customer_figures::CustomerFigures;
use crate::customer_notes::CustomerNotes;
use crate::customers::Customers;
use crate::deliveries::Deliveries;
use crate::directory::Directory;
use crate::messages::Messages;
use crate::reader::ReadModel;
use crate::series::SeriesList;
use crate::waitlist::Waitlist;

pub fn read_models() -> Vec<Arc<dyn ReadModel>> {
    vec![
        Arc::new(Directory),
        Arc::new(Channels),
        Arc::new(Agenda),
        Arc::new(Appointments),
        Arc::new(SeriesList),
        Arc::new(Customers),
        Arc::new(CustomerNotes),
        Arc::new(CustomerFigures),
        Arc::new(Messages),
        Arc::new(Deliveries),
        Arc::new(CalendarFeeds),
        Arc::new(Waitlist),
    ]
}

/// Makes the tables of every read model, as the owner of the database. What is there stays.
pub async fn migrate(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    // Two processes may start at once, and `if not exists` is not safe between them.
    sqlx::query("select pg_advisory_xact_lock(4066220154)").execute(&mut *transaction).await?;
    for model in read_models() {
        let schema = model.schema();
        sqlx::raw_sql(&format!("create schema if not exists {schema}")).execute(&mut *transaction).await?;
        sqlx::raw_sql(&model.tables().replace("{schema}", &schema)).execute(&mut *transaction).await?;
        let grants = format!(
            "do $$ begin
                 grant usage on schema {schema} to frontdesk_app;
                 grant select, insert, update, delete on all tables in schema {schema} to frontdesk_app;
             exception when undefined_object then null; end $$"
        );
        sqlx::raw_sql(&grants).execute(&mut *transaction).await?;
        model.checkpoint().create(&mut *transaction, 0).await?;
    }
    transaction.commit().await
}

/// The read models of this build that have no tables yet.
pub async fn missing(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let mut missing = Vec::new();
    for model in read_models() {
        if model.checkpoint().position(&mut *connection).await?.is_none() {
            missing.push(model.schema());
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stand_in_their_own_schema() {
        for model in read_models() {
            for line in model.tables().lines().filter(|line| line.trim_start().starts_with("create table")) {
                assert!(line.contains("if not exists {schema}."), "{line}");
            }
        }
    }
}
