//! A PostgreSQL for one run: the product's own embedded one, in a temporary directory.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use frontdesk_adapters::postgres::embedded::{Embedded, EmbeddedError};
use frontdesk_adapters::postgres::pool::Database;
use sqlx::Connection;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

use super::apt;

pub struct Server {
    embedded: Embedded,
    database: Database,
    home: TempDir,
}

impl Server {
    pub async fn start() -> Result<Self> {
        // Not below target/: where that is under /root, an unprivileged server could not reach its data.
        let home = tempfile::Builder::new()
            .prefix("frontdesk-test-")
            .tempdir()
            .context("making a temporary directory")?;
        let (embedded, database) = match Embedded::start(home.path()).await {
            Err(EmbeddedError::Download(_)) if apt::install("postgresql")? => {
                Embedded::start(home.path()).await
            }
            other => other,
        }
        .context("starting a PostgreSQL for the tests; with TEST_DATABASE_URL set, that one is used")?;
        let server = Self { embedded, database, home };
        match server.hurry().await {
            Ok(()) => Ok(server),
            Err(error) => server.stop().await.and(Err(error)),
        }
    }

    /// Commits need not survive a crash of a server that is thrown away. What is set for a role wins over the
    /// server's command line.
    async fn hurry(&self) -> Result<()> {
        let mut connection = self.database.connect_as_owner().await?;
        sqlx::query("alter role current_user set synchronous_commit = off").execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    pub fn url(&self) -> String {
        url(self.database.options())
    }

    pub async fn stop(self) -> Result<()> {
        // Where the unprivileged user could not reach our directory, the data are elsewhere.
        let elsewhere = fs::read_to_string(self.home.path().join("postgres-location")).ok();
        self.embedded.stop().await.context("stopping the PostgreSQL of the tests")?;
        if let Some(parent) =
            elsewhere.map(|data| PathBuf::from(data.trim_end())).as_deref().and_then(|data| data.parent())
        {
            fs::remove_dir_all(parent).with_context(|| format!("removing {}", parent.display()))?;
        }
        self.home.close().context("removing the data of the tests' PostgreSQL")
    }
}

/// A socket's directory stands where an address has its host, percent-encoded.
fn url(options: &PgConnectOptions) -> String {
    let host = options
        .get_socket()
        .map_or_else(|| options.get_host().to_owned(), |socket| socket.to_string_lossy().into_owned());
    let host: String = host
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    format!(
        "postgres://{}@{host}:{}/{}",
        options.get_username(),
        options.get_port(),
        options.get_database().unwrap_or("postgres")
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_socket_survives_in_an_address() {
        let socket = "/tmp/a directory/postgrés-1.x";
        let options = PgConnectOptions::new_without_pgpass()
            .socket(socket)
            .port(5433)
            .username("frontdesk")
            .database("test");
        let read: PgConnectOptions = url(&options).parse().expect("an address");
        assert_eq!(read.get_socket().map(PathBuf::as_path), Some(Path::new(socket)));
        assert_eq!(
            (read.get_port(), read.get_username(), read.get_database()),
            (5433, "frontdesk", Some("test"))
        );
    }
}
