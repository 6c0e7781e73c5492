//! The tables of all read models: made when the database is migrated, and missed where it was not.

use sqlx::{Connection, Executor, PgConnection};

use crate::edition::Edition;
use crate::read_model::ReadModel;
use crate::read_models;

/// Makes the tables of every read model, as the owner of the database. What is there stays.
pub async fn migrate(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    lock(&mut transaction).await?;
    for model in read_models() {
        create(&mut transaction, model.as_ref(), Edition::Serving).await?;
    }
    transaction.commit().await
}

/// Two processes may want to at once, and `if not exists` is not safe between them.
pub(crate) async fn lock(transaction: &mut PgConnection) -> Result<(), sqlx::Error> {
    // What is there already is nothing to tell.
    let lock = "select pg_advisory_xact_lock(4066220154), set_config('client_min_messages', 'warning', true)";
    sqlx::query(lock).execute(transaction).await.map(drop)
}

/// Makes the tables of an edition, and its checkpoint at the beginning of the log. What is there stays.
pub(crate) async fn create(
    transaction: &mut PgConnection,
    model: &dyn ReadModel,
    edition: Edition,
) -> Result<(), sqlx::Error> {
    let schema = model.schema(edition);
    let statements = format!(
        "create schema if not exists {schema};
         {};
         do $$ begin
             grant usage on schema {schema} to frontdesk_app;
             grant select, insert, update, delete on all tables in schema {schema} to frontdesk_app;
         exception when undefined_object then null; end $$",
        model.tables().replace("{schema}", &schema)
    );
    transaction.execute(statements.as_str()).await?;
    model.checkpoint(edition).create(transaction, 0).await
}

/// The read models of this build that have no tables yet.
pub async fn missing(connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    let mut missing = Vec::new();
    for model in read_models() {
        if model.checkpoint(Edition::Serving).position(&mut *connection).await?.is_none() {
            missing.push(model.schema(Edition::Serving));
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_read_model_is_in_the_list() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = 0;
        let files = std::fs::read_dir(sources).expect("a folder").flatten();
        for file in files.filter(|file| file.path().is_file()) {
            let source = std::fs::read_to_string(file.path()).expect("a source");
            found += source.lines().filter(|line| line.starts_with("impl ReadModel for ")).count();
        }
        assert_eq!(read_models().len(), found);
    }

    #[test]
    fn tables_stand_in_their_own_schema() {
        for model in read_models() {
            for line in model.tables().lines().filter(|line| line.trim_start().starts_with("create table")) {
                assert!(line.contains("if not exists {schema}."), "{line}");
            }
        }
    }
}
