//! A PostgreSQL of our own, for whoever has given us no database: found on the machine, or else downloaded.
//!
//! It keeps its data in the data directory, listens on a Unix socket only, and has the durable settings of a
//! real one (`fsync`, `full_page_writes` and `synchronous_commit` stay on). It runs as an unprivileged user
//! where we are root, because PostgreSQL refuses to run as root. When that user cannot reach the data
//! directory (a checkout under `/root`, say), the data goes elsewhere and the file `postgres-location` in the
//! data directory says where ([`home`]).
//!
//! Several processes may share one data directory, in several containers, too. What holds:
//!
//! * there is never more than one server on the data: see [`server`];
//! * a cluster that was there and is gone is missed, and not made anew: see [`cluster`];
//! * a server that ends while somebody uses it is started again: see [`watch`];
//! * each process holds a shared lock on `postgres-users`; the last to let go stops the server. One that a
//!   crash left running is simply found running, and used.

mod cluster;
mod error;
mod home;
mod programs;
mod server;
mod socket;
mod user;
mod watch;

use std::fs::File;
use std::path::Path;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::time::Instant;

use self::cluster::{Cluster, MARKER};
pub use self::error::EmbeddedError;
use self::error::file;
use self::home::{Home, LOCATION};
use self::programs::Programs;
use self::server::{RETRY_PAUSE, Server, VACATE_TIMEOUT};
use self::watch::{TASK, Watch};
use super::pool::Database;
use crate::supervisor::Supervisor;

const DATABASE: &str = "frontdesk";

/// Whether one is installed that serves; else one is downloaded.
pub async fn is_installed() -> bool {
    programs::newest_installed().await.is_some()
}

/// A running PostgreSQL that this process uses.
#[derive(Debug)]
pub struct Embedded {
    home: Home,
    server: Server,
    users: File,
}

impl Embedded {
    /// Whether there is, or was, a deployment in a data directory.
    pub fn is_known(home: &Path) -> bool {
        ["postgres", MARKER, LOCATION].iter().any(|name| home.join(name).exists())
    }

    /// Finds or makes the server that belongs to a data directory, and its database.
    pub async fn start(home: &Path) -> Result<(Self, Database), EmbeddedError> {
        let home = Home::prepare(home)?;
        let user = user::unprivileged()?;
        let cluster = Cluster::new(home.clone(), home.data(user)?);
        let programs = Programs::find(&cluster.data, cluster.major()?, user).await?;

        let starting = home.exclusive().await?;
        let users = home.users()?;
        users.lock_shared().map_err(file("locking", &home.join(home::USERS)))?;
        let identity = match cluster.found()? {
            Some(identity) => identity,
            None => cluster.initialise(&programs).await?,
        };
        let server = Server::new(cluster, identity, programs)?;
        let options = server.socket().options();
        let deadline = Instant::now() + VACATE_TIMEOUT;
        loop {
            server.ensure().await?;
            match create_database(&options).await {
                Ok(()) => break,
                Err(error) if Instant::now() >= deadline => return Err(error),
                // One that is ending has answered. The next look finds it gone.
                Err(_) => tokio::time::sleep(RETRY_PAUSE).await,
            }
        }
        drop(starting);
        let database = Database::with_options(options.database(DATABASE));
        Ok((Self { home, server, users }, database))
    }

    /// Has it started again whenever it ends, as long as the supervisor's tasks run.
    pub fn watch(&self, supervisor: &Supervisor) {
        let watch =
            Watch { home: self.home.clone(), server: self.server.clone(), supervisor: supervisor.clone() };
        supervisor.run(TASK, watch, |watch, stop| watch.run(stop));
    }

    /// Lets go of the server, and stops it if nobody else uses it.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        let _stopping = self.home.exclusive().await?;
        self.users.unlock().map_err(file("unlocking", &self.home.join(home::USERS)))?;
        if self.users.try_lock().is_err() {
            return Ok(());
        }
        self.server.stop().await
    }
}

async fn create_database(options: &PgConnectOptions) -> Result<(), EmbeddedError> {
    let mut connection = options.connect().await.map_err(EmbeddedError::CreateDatabase)?;
    let created = sqlx::query(&format!("create database {DATABASE}")).execute(&mut connection).await;
    match created {
        Ok(_) => {}
        // Another process was first: a duplicate database, or the race for its name in the catalogue.
        Err(error)
            if error
                .as_database_error()
                .is_some_and(|e| matches!(e.code().as_deref(), Some("42P04" | "23505"))) => {}
        Err(error) => return Err(EmbeddedError::CreateDatabase(error)),
    }
    connection.close().await.map_err(EmbeddedError::CreateDatabase)
}
