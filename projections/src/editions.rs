//! Filling a read model anew while it serves.
//!
//! A change makes a second edition of the tables, which is filled from the beginning of the log. When it has
//! come as far as the one that serves, one transaction puts it in that one's place. The one that served
//! before goes on following the log, so that the same can be taken back at any time, until it is dropped.
//! Readers follow all editions of the versions that their build knows.
//!
//! Every change is recorded, with who has made it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::metadata::Actor;
use frontdesk_domain::kernel::recorded::Position;
use futures::future::BoxFuture;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::Instant;
use uuid::Uuid;

use crate::edition::Edition;
use crate::page::{After, Page, PageRequest};
use crate::read_model::ReadModel;
use crate::{checkpoints, parked, tables};

/// Whoever is at most so far behind has come as far, but for what is being written at this moment.
pub const NEAR: Position = 1_000;
/// How long a change waits for the edition to come up with the one that serves.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the one that serves stands still meanwhile, at most.
const STANDSTILL: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// What is done to a read model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Change {
    /// A next edition is made, and filled.
    Rebuild,
    /// The next edition serves.
    Switch,
    /// The previous edition serves again.
    Rollback,
    /// There is no next edition any more.
    DropNext,
    /// There is no previous edition any more.
    DropPrevious,
    /// The edition that serves stands still.
    Pause,
    /// It goes on.
    Resume,
}

impl Change {
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The edition that serves afterwards, if that is another one.
    pub fn serves(self) -> Option<Edition> {
        match self {
            Self::Switch => Some(Edition::Next),
            Self::Rollback => Some(Edition::Previous),
            Self::Rebuild | Self::DropNext | Self::DropPrevious | Self::Pause | Self::Resume => None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("the tables cannot be changed")]
    Database(#[from] sqlx::Error),
    #[error("{0} is being filled anew already: switch to that edition, or drop it")]
    Rebuilding(&'static str),
    #[error("{0} has no next edition: rebuild it first")]
    NoNext(&'static str),
    #[error("{0} has no previous edition")]
    NoPrevious(&'static str),
    #[error("that edition of {name} is {behind} events behind the one that serves: wait until it has them")]
    Behind { name: &'static str, behind: Position },
    #[error(
        "that edition of {name} has parked {parked} events, the one that serves {serving}: look at them, have \
         them tried again, or drop the edition"
    )]
    Parked { name: &'static str, parked: i64, serving: i64 },
    #[error("{0} has no tables yet: run `frontdesk migrate`")]
    NotThere(&'static str),
    #[error("this Idempotency-Key was used for another change")]
    RequestReused,
}

/// Who wants a change.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub by: &'a Actor,
    /// What it is asked under: the same is made once.
    pub request: Option<&'a str>,
}

/// A change that was made.
#[derive(Debug)]
pub struct Made {
    pub change: ChangeRow,
    /// It was made when it was asked for before.
    pub repeated: bool,
}

/// Makes a change, as the owner of the tables.
pub fn make<'a>(
    owner: &'a mut PgConnection,
    model: &'a dyn ReadModel,
    change: Change,
    asked: Asked<'a>,
) -> BoxFuture<'a, Result<Made, ChangeError>> {
    Box::pin(async move {
        if let Some(change) = made_before(owner, model, change, asked).await? {
            return Ok(Made { change, repeated: true });
        }
        if let Some(edition) = change.serves() {
            until_behind(owner, model, edition, NEAR, PATIENCE).await?;
        }
        let mut transaction = owner.begin().await?;
        tables::lock(&mut transaction).await?;
        // The same may have been asked twice at once.
        if let Some(change) = made_before(&mut transaction, model, change, asked).await? {
            return Ok(Made { change, repeated: true });
        }
        // From here on it stands still.
        let serving = model.checkpoint(Edition::Serving).lock_waiting(&mut transaction).await?;
        let serving = serving.ok_or(ChangeError::NotThere(model.name()))?;
        let edition = match change {
            Change::Rebuild => Some(rebuild(&mut transaction, model).await?),
            Change::Switch => Some(serve(&mut transaction, model, Edition::Next).await?),
            Change::Rollback => Some(serve(&mut transaction, model, Edition::Previous).await?),
            Change::DropNext => Some(discard(&mut transaction, model, Edition::Next).await?),
            Change::DropPrevious => Some(discard(&mut transaction, model, Edition::Previous).await?),
            Change::Pause | Change::Resume => {
                let checkpoint = model.checkpoint(Edition::Serving);
                checkpoint.pause(&mut transaction, change == Change::Pause).await?;
                None
            }
        };
        let change = record(&mut transaction, model, change, (serving, edition), asked).await?;
        transaction.commit().await?;
        Ok(Made { change, repeated: false })
    })
}

async fn made_before(
    transaction: &mut PgConnection,
    model: &dyn ReadModel,
    change: Change,
    asked: Asked<'_>,
) -> Result<Option<ChangeRow>, ChangeError> {
    let Some(request) = asked.request else { return Ok(None) };
    let row: Option<ChangeRow> = sqlx::query_as("select * from read_model_changes where request = $1")
        .bind(request)
        .fetch_optional(transaction)
        .await?;
    match row {
        Some(row) if row.name != model.name() || row.change != change.name() => {
            Err(ChangeError::RequestReused)
        }
        row => Ok(row),
    }
}

/// Waits until an edition is at most so far behind the one that serves. It locks neither: whoever locks the
/// checkpoint of the edition in between keeps its runner away.
async fn until_behind(
    connection: &mut PgConnection,
    model: &dyn ReadModel,
    edition: Edition,
    most: Position,
    patience: Duration,
) -> Result<(), ChangeError> {
    let deadline = Instant::now() + patience;
    loop {
        let serving = model.checkpoint(Edition::Serving).position(&mut *connection).await?.unwrap_or(0);
        let reached = model.checkpoint(edition).position(&mut *connection).await?;
        let behind = serving - reached.ok_or_else(|| missing(model, edition))?;
        if behind <= most {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(ChangeError::Behind { name: model.name(), behind });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn missing(model: &dyn ReadModel, edition: Edition) -> ChangeError {
    match edition {
        Edition::Previous => ChangeError::NoPrevious(model.name()),
        Edition::Next | Edition::Serving | Edition::Retiring => ChangeError::NoNext(model.name()),
    }
}

/// Waits for an edition's turn to end, and says how far it has come.
async fn find(
    transaction: &mut PgConnection,
    model: &dyn ReadModel,
    edition: Edition,
) -> Result<Position, ChangeError> {
    let found = model.checkpoint(edition).lock_waiting(transaction).await?;
    found.ok_or_else(|| missing(model, edition))
}

async fn rebuild(transaction: &mut PgConnection, model: &dyn ReadModel) -> Result<Position, ChangeError> {
    if model.checkpoint(Edition::Next).lock_waiting(transaction).await?.is_some() {
        return Err(ChangeError::Rebuilding(model.name()));
    }
    tables::create(transaction, model, Edition::Next).await?;
    Ok(0)
}

/// Puts an edition in the place of the one that serves, which becomes the previous one.
async fn serve(
    transaction: &mut PgConnection,
    model: &dyn ReadModel,
    edition: Edition,
) -> Result<Position, ChangeError> {
    let name = model.name();
    // Whoever has seen something must not miss it afterwards. The one that serves stands still by now.
    until_behind(transaction, model, edition, 0, STANDSTILL).await?;
    let reached = find(transaction, model, edition).await?;
    let parked = parked::count(transaction, model.checkpoint(edition)).await?;
    let serving = parked::count(transaction, model.checkpoint(Edition::Serving)).await?;
    if parked > serving {
        return Err(ChangeError::Parked { name, parked, serving });
    }
    if edition == Edition::Next {
        drop_edition(transaction, model, Edition::Previous).await?;
    }
    // What was paused goes on as the previous edition, so that it can serve again.
    model.checkpoint(Edition::Serving).pause(transaction, false).await?;
    for (from, to) in [
        (Edition::Serving, Edition::Retiring),
        (edition, Edition::Serving),
        (Edition::Retiring, Edition::Previous),
    ] {
        let rename = format!("alter schema {} rename to {}", model.schema(from), model.schema(to));
        sqlx::query(&rename).execute(&mut *transaction).await?;
        checkpoints::rename(transaction, model.checkpoint(from), model.checkpoint(to)).await?;
        parked::rename(transaction, model.checkpoint(from), model.checkpoint(to)).await?;
    }
    // Functions name their schema in their text, which stays as it was.
    for edition in [Edition::Serving, Edition::Previous] {
        tables::create(transaction, model, edition).await?;
    }
    Ok(reached)
}

async fn discard(
    transaction: &mut PgConnection,
    model: &dyn ReadModel,
    edition: Edition,
) -> Result<Position, ChangeError> {
    let reached = find(transaction, model, edition).await?;
    drop_edition(transaction, model, edition).await?;
    Ok(reached)
}

/// Nothing happens if there is no such edition.
async fn drop_edition(
    transaction: &mut PgConnection,
    model: &dyn ReadModel,
    edition: Edition,
) -> Result<(), sqlx::Error> {
    let checkpoint = model.checkpoint(edition);
    // Before its tables, as whoever fills it does.
    checkpoint.lock_waiting(transaction).await?;
    let schema = model.schema(edition);
    sqlx::query(&format!("drop schema if exists {schema} cascade")).execute(&mut *transaction).await?;
    parked::forget(transaction, checkpoint).await?;
    checkpoint.delete(transaction).await
}

async fn record(
    transaction: &mut PgConnection,
    model: &dyn ReadModel,
    change: Change,
    (serving, edition): (Position, Option<Position>),
    asked: Asked<'_>,
) -> Result<ChangeRow, sqlx::Error> {
    sqlx::query_as(
        "insert into read_model_changes (name, version, change, serving, edition, actor_kind, actor_id, request)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning *",
    )
    .bind(model.name())
    .bind(model.version())
    .bind(change.name())
    .bind(serving)
    .bind(edition)
    .bind(<&str>::from(asked.by.kind))
    .bind(&asked.by.id)
    .bind(asked.request)
    .fetch_one(transaction)
    .await
}

/// What was done to a read model.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ChangeRow {
    id: i64,
    pub name: String,
    pub version: i32,
    pub change: String,
    /// How far the edition that served had come.
    pub serving: Position,
    /// How far the one had come that the change is about.
    pub edition: Option<Position>,
    pub actor_kind: String,
    pub actor_id: String,
    pub changed_at: DateTime<Utc>,
}

/// The changes of a read model, or of all, the newest first.
pub async fn changes(
    pool: &PgPool,
    name: Option<&str>,
    request: PageRequest,
) -> Result<Page<ChangeRow>, sqlx::Error> {
    let rows = sqlx::query_as(
        "select * from read_model_changes where ($1::text is null or name = $1) and ($2::bigint is null or id < $2)
         order by id desc limit $3",
    )
    .bind(name)
    .bind(request.after.map(|after| after.key))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    Ok(request.page(rows, |last: &ChangeRow| After { key: last.id, id: Uuid::nil() }))
}
