//! A database for each test, copied from a migrated template.
//!
//! The names of a run's databases carry its number, and a session of the run holds an advisory lock of that
//! number for as long as it lives. Whatever an earlier run has left behind is thereby known to be left
//! behind, and goes when the next one starts.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use frontdesk_adapters::postgres::pool::Database;
use frontdesk_provision::Server;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::runtime::{Builder, Runtime};

use super::SOME_TIME;

const PREFIX: &str = "frontdesk_test_";
/// Advisory locks: that a run is alive; and that templates are made and removed one at a time, for migrations
/// touch roles, which all databases share.
const ALIVE: i32 = 4_066_220;
const ONE_AT_A_TIME: i64 = 4_066_220_155;
const CONNECTIONS_MAX: u32 = 16;

/// What all tests of the process share. It has a runtime of its own, because each test's ends with that test.
struct Harness {
    runtime: Runtime,
    options: PgConnectOptions,
    run: i32,
    made: AtomicU32,
    _alive: PgConnection,
    _server: Server,
}

static HARNESS: LazyLock<Harness> = LazyLock::new(|| {
    // In a thread, because whoever asks first stands in a runtime, and a runtime cannot be blocked on within
    // another.
    std::thread::spawn(Harness::start).join().expect("a PostgreSQL with a template")
});

impl Harness {
    fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (server, options, run, alive) = runtime.block_on(async {
            let server = frontdesk_provision::postgres().await.unwrap_or_else(|error| panic!("{error:#}"));
            let options: PgConnectOptions =
                server.url.parse().expect("TEST_DATABASE_URL is the address of a PostgreSQL");
            let run = rand::random_range(1..i32::MAX);
            let mut alive = connect(&options).await;
            execute(&mut alive, &format!("select pg_advisory_lock({ALIVE}, {run})")).await;
            execute(&mut alive, &format!("select pg_advisory_lock({ONE_AT_A_TIME})")).await;
            remove_left_behind(&mut alive).await;
            make_template(&mut alive, &options, run).await;
            execute(&mut alive, &format!("select pg_advisory_unlock({ONE_AT_A_TIME})")).await;
            (server, options, run, alive)
        });
        Self { runtime, options, run, made: AtomicU32::new(0), _alive: alive, _server: server }
    }
}

fn template(run: i32) -> String {
    format!("{PREFIX}{run}_template")
}

async fn connect(options: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(options).await.expect("PostgreSQL answers")
}

async fn execute(connection: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(statement).execute(connection).await.expect(statement);
}

async fn remove_left_behind(connection: &mut PgConnection) {
    let names: Vec<String> =
        sqlx::query_scalar("select datname from pg_database where starts_with(datname, $1)")
            .bind(PREFIX)
            .fetch_all(&mut *connection)
            .await
            .expect("databases");
    for name in names {
        let Some(run) = name[PREFIX.len()..].split('_').next().and_then(|run| run.parse::<i32>().ok()) else {
            continue;
        };
        let dead: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock($1, $2)")
            .bind(ALIVE)
            .bind(run)
            .fetch_one(&mut *connection)
            .await
            .expect("a lock");
        if dead {
            execute(connection, &format!("drop database if exists {name} with (force)")).await;
        }
    }
}

async fn make_template(connection: &mut PgConnection, options: &PgConnectOptions, run: i32) {
    let name = template(run);
    execute(connection, &format!("create database {name}")).await;
    let database = Database::with_options(options.clone().database(&name));
    database.migrate().await.expect("the log is migrated");
    let mut owner = database.connect_as_owner().await.expect("a connection");
    frontdesk_projections::tables::migrate(&mut owner).await.expect("read models are migrated");
    // A database in use cannot be copied.
    owner.close().await.expect("closed");
}

/// A database of one test's own, dropped with it.
#[derive(Debug)]
pub struct TestDatabase {
    /// As the role that owns the tables; it is a superuser, too.
    pub owner: Database,
    /// As the role of the application.
    pub database: Database,
    /// Connections as the application.
    pub pool: PgPool,
    name: String,
}

impl TestDatabase {
    pub async fn create() -> Self {
        let harness = tokio::task::spawn_blocking(|| &*HARNESS).await.expect("a harness");
        let name = format!("{PREFIX}{}_{}", harness.run, harness.made.fetch_add(1, Ordering::Relaxed));
        let create = format!("create database {name} template {}", template(harness.run));
        execute(&mut connect(&harness.options).await, &create).await;
        // A busy machine may need long to make a connection.
        let owner = Database::with_options(harness.options.clone().database(&name)).with_patience(SOME_TIME);
        let database = owner.as_application().await.expect("the application's role");
        let pool = database.pool(CONNECTIONS_MAX);
        Self { owner, database, pool, name }
    }

    /// A connection as the owner, who may do anything.
    pub async fn as_owner(&self) -> PgConnection {
        self.owner.connect_as_owner().await.expect("a connection")
    }

    /// A connection as the application.
    pub async fn as_application(&self) -> PgConnection {
        connect(self.database.options()).await
    }

    /// Runs statements as the owner with triggers off: what somebody with the server's files could do.
    pub async fn tamper(&self, statements: &str) {
        let mut owner = self.as_owner().await;
        execute(&mut owner, &format!("set session_replication_role = replica; {statements}")).await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        let dropped = std::thread::spawn(move || {
            let harness = &*HARNESS;
            harness.runtime.block_on(async {
                let mut connection = connect(&harness.options).await;
                // If this fails the next run removes it.
                let _ = sqlx::raw_sql(&statement).execute(&mut connection).await;
            });
        });
        let _ = dropped.join();
    }
}
