//! Connections and migrations.
//!
//! Two roles stand behind one address. Migrations run as the role in the address, which owns the tables.
//! Everything else runs as `frontdesk_app`, which may read the log and call `append_events` and cannot alter
//! what is written.

use std::io::ErrorKind;
use std::str::FromStr;
use std::time::Duration;

use frontdesk_domain::kernel::chain::Chain;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};
use tokio::time::Instant;

/// The role that the application runs as.
pub const APPLICATION_ROLE: &str = "frontdesk_app";

/// The log and infrastructure tables. Read models bring their own, see `frontdesk_projections::tables`.
const MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Whoever gets no connection by then is told so, and comes again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was idle for this long is asked whether it still lives before it is used; a busier one
/// is trusted, so that the hot path pays no extra round trip.
const TRUSTED_IDLE: Duration = Duration::from_secs(10);

/// How long a process that starts waits for a database that does not answer yet, because it starts, too.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How long one try to reach it takes at most.
const REACH_TIMEOUT: Duration = Duration::from_secs(5);
const REACH_PAUSE: Duration = Duration::from_millis(500);

/// What is asked of the database, within some time: a connection does not notice that the host at its other
/// end is gone.
pub async fn in_time<T, E: From<sqlx::Error>>(
    limit: Duration,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let timed_out = || sqlx::Error::Io(ErrorKind::TimedOut.into());
    tokio::time::timeout(limit, asked).await.unwrap_or_else(|_| Err(timed_out().into()))
}

#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error(
        "DATABASE_URL is not a PostgreSQL address; it should look like postgres://user:password@host:5432/database"
    )]
    BadUrl(#[source] sqlx::Error),
    /// The scheme, which nobody checks for us. The address holds a password.
    #[error(
        "DATABASE_URL is not a PostgreSQL address but one of {0}; it should look like postgres://user:password@host:5432/database"
    )]
    NotPostgres(String),
    #[error("the database cannot be reached")]
    Unreachable(#[source] sqlx::Error),
    #[error("the database schema cannot be brought up to date")]
    Migration(#[source] sqlx::migrate::MigrateError),
    #[error("the database has no tables of Frontdesk yet: run `frontdesk migrate`")]
    Empty,
    #[error("the database schema is at {found}, this build needs {needed}: run `frontdesk migrate`")]
    NotMigrated { found: i64, needed: i64 },
}

/// Whether nobody answers at an address, or a server does that is starting.
fn may_come_up(error: &sqlx::Error) -> bool {
    let is_starting = |error: &dyn sqlx::error::DatabaseError| error.code().as_deref() == Some("57P03");
    matches!(error, sqlx::Error::Io(_)) || error.as_database_error().is_some_and(is_starting)
}

/// Where a database is.
#[derive(Clone)]
pub struct Database {
    options: PgConnectOptions,
    /// How long a caller waits for a free connection.
    patience: Duration,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address holds a password.
        write!(
            f,
            "Database({}:{}/{})",
            self.options.get_host(),
            self.options.get_port(),
            self.options.get_database().unwrap_or("")
        )
    }
}

impl Database {
    pub fn at(url: &str) -> Result<Self, DatabaseError> {
        let scheme = url.split_once("://").map_or("postgres", |(scheme, _)| scheme);
        let options = PgConnectOptions::from_str(url).map_err(DatabaseError::BadUrl)?;
        if !["postgres", "postgresql"].contains(&scheme) {
            return Err(DatabaseError::NotPostgres(scheme.to_owned()));
        }
        Ok(Self::with_options(options))
    }

    /// Waits until it answers. Whatever it answers is for whoever asks it then.
    pub async fn reached(&self) -> Result<(), DatabaseError> {
        self.reached_within(START_PATIENCE).await
    }

    async fn reached_within(&self, patience: Duration) -> Result<(), DatabaseError> {
        let deadline = Instant::now() + patience;
        let mut told = false;
        loop {
            match in_time(REACH_TIMEOUT, PgConnection::connect_with(&self.options)).await {
                Err(error) if may_come_up(&error) && Instant::now() < deadline => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(
                            cause = %Chain(&error),
                            "the database does not answer yet; trying for {} s",
                            patience.as_secs()
                        );
                    }
                }
                Err(error) if may_come_up(&error) => return Err(DatabaseError::Unreachable(error)),
                Ok(_) | Err(_) => return Ok(()),
            }
            tokio::time::sleep(REACH_PAUSE).await;
        }
    }

    pub fn with_options(options: PgConnectOptions) -> Self {
        let options = options
            .application_name("frontdesk")
            .log_slow_statements(log::LevelFilter::Warn, Duration::from_secs(1));
        Self { options, patience: ACQUIRE_TIMEOUT }
    }

    /// The same database, for callers who wait so long for a free connection.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// A single connection as the role in the address, the owner of the tables.
    pub async fn connect_as_owner(&self) -> Result<PgConnection, DatabaseError> {
        let mut connection =
            PgConnection::connect_with(&self.options).await.map_err(DatabaseError::Unreachable)?;
        // The options may name the application's.
        sqlx::query("set role none").execute(&mut connection).await.map_err(DatabaseError::Unreachable)?;
        Ok(connection)
    }

    /// Brings the log's tables up to date. Safe to run from several processes at once: the second waits for
    /// the first. A schema that a later release has made stays: to go back to this one, this one is deployed.
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        let mut connection = self.connect_as_owner().await?;
        let migrations = Migrator { ignore_missing: true, ..MIGRATIONS };
        migrations.run(&mut connection).await.map_err(DatabaseError::Migration)?;
        connection.close().await.map_err(DatabaseError::Unreachable)
    }

    /// Refuses to go on where the schema is older than this build. A newer one is welcome: old code serves
    /// while a migration runs.
    pub async fn check_migrated(&self) -> Result<(), DatabaseError> {
        let mut connection = self.connect_as_owner().await?;
        let found: Option<i64> =
            match sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
                .fetch_one(&mut connection)
                .await
            {
                Ok(found) => found,
                Err(error)
                    if error.as_database_error().is_some_and(|e| e.code().as_deref() == Some("42P01")) =>
                {
                    None
                }
                Err(error) => return Err(DatabaseError::Unreachable(error)),
            };
        let needed = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
        match found {
            Some(found) if found >= needed => Ok(()),
            Some(found) => Err(DatabaseError::NotMigrated { found, needed }),
            None => Err(DatabaseError::Empty),
        }
    }

    /// The same database, as the application's role; where that role does not exist, as the owner.
    pub async fn as_application(&self) -> Result<Self, DatabaseError> {
        let mut connection = self.connect_as_owner().await?;
        let exists: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
            .bind(APPLICATION_ROLE)
            .fetch_one(&mut connection)
            .await
            .map_err(DatabaseError::Unreachable)?;
        if !exists {
            tracing::warn!(
                role = APPLICATION_ROLE,
                "the application's role does not exist; running as the owner of the tables"
            );
            return Ok(self.clone());
        }
        let options = self.options.clone().options([("role", APPLICATION_ROLE)]);
        Ok(Self { options, ..self.clone() })
    }

    pub fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    pub fn pool(&self, connections_max: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(self.patience)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(self.options.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_of_database_is_refused_without_telling_its_password() {
        let refusal =
            Database::at("mysql://someone:secret@host/name").expect_err("no PostgreSQL").to_string();
        assert!(refusal.contains("one of mysql;") && !refusal.contains("secret"), "{refusal}");
        for url in ["postgres://host/name", "postgresql://host/name"] {
            Database::at(url).expect(url);
        }
    }

    #[tokio::test]
    async fn a_database_that_comes_up_later_is_waited_for_and_one_that_never_does_is_given_up() {
        let place = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = place.local_addr().expect("an address");
        let database = Database::at(&format!("postgres://x@{address}/x")).expect("an address");
        drop(place);
        let given_up = database.reached_within(Duration::ZERO).await;
        assert!(matches!(given_up, Err(DatabaseError::Unreachable(_))), "{given_up:?}");
        let waiting = tokio::spawn(async move { database.reached_within(Duration::from_secs(60)).await });
        tokio::task::yield_now().await;
        let place = tokio::net::TcpListener::bind(address).await.expect("the port");
        // A server is there that speaks, if not as PostgreSQL does. Whoever asks next hears of that.
        let served = async {
            loop {
                let (mut connection, _) = place.accept().await.expect("a connection");
                tokio::io::AsyncWriteExt::write_all(&mut connection, b"?").await.expect("written");
            }
        };
        tokio::select! {
            reached = waiting => reached.expect("no panic").expect("reached"),
            () = served => {}
        }
    }
}
