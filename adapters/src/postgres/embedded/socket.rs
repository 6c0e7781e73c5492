//! The socket of a server, by which it is known whether it runs: it answers, as the one with our data.
//!
//! A process id tells nothing. In another container it belongs to something else, and so it does after a
//! crash.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use frontdesk_domain::kernel::chain::Chain;
use rustix::process::Pid;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::net::UnixStream;

use super::cluster::{Identity, SUPERUSER};
use super::error::{EmbeddedError, file};

pub(super) const PORT: u16 = 5432;
/// A Unix socket's address holds some 108 bytes; a little less everywhere else.
const ADDRESS_BYTES_MAX: usize = 100;
/// How long a server may take to answer. A busy one takes its time; one that is stopped says nothing at all.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Who answers at a socket.
#[derive(Debug)]
pub(super) enum Answer {
    Ours,
    /// A server that is starting or stopping.
    NotYet(String),
    /// Somebody who does not say who it is.
    Unclear(String),
    /// A server with other data.
    Another,
    Nobody,
}

#[derive(Debug, Clone)]
pub(super) struct Socket {
    /// The directory that it is in.
    pub directory: PathBuf,
}

impl Socket {
    /// That of the server with the data in this directory. It is in there, unless the path is too long.
    pub fn of(data: &Path) -> Result<Self, EmbeddedError> {
        if path_in(data).as_os_str().len() <= ADDRESS_BYTES_MAX {
            return Ok(Self { directory: data.to_owned() });
        }
        let inode = fs::metadata(data).map_err(file("reading", data))?;
        let directory = PathBuf::from(format!("/tmp/frontdesk-{:x}-{:x}", inode.dev(), inode.ino()));
        Ok(Self { directory })
    }

    /// The server's own file beside it.
    pub fn lock_file(&self) -> PathBuf {
        path_in(&self.directory).with_added_extension("lock")
    }

    /// How a client gets there.
    pub fn options(&self) -> PgConnectOptions {
        // Not `PgConnectOptions::new()`: that reads PGHOST and its like from the environment.
        PgConnectOptions::new_without_pgpass()
            .socket(&self.directory)
            .port(PORT)
            .username(SUPERUSER)
            .password("")
            .database("postgres")
    }

    /// Asks who is there.
    pub async fn ask(&self, ours: Identity) -> Answer {
        let options = self.options();
        let asking = async {
            let mut connection = options.connect().await?;
            let identity: i64 = sqlx::query_scalar("select system_identifier from pg_control_system()")
                .fetch_one(&mut connection)
                .await?;
            connection.close().await?;
            Ok::<_, sqlx::Error>(Identity(identity.cast_unsigned()))
        };
        match tokio::time::timeout(ANSWER_TIMEOUT, asking).await {
            Ok(Ok(identity)) if identity == ours => Answer::Ours,
            Ok(Ok(_)) => Answer::Another,
            Ok(Err(sqlx::Error::Io(error))) if is_nobody(error.kind()) => Answer::Nobody,
            Ok(Err(error)) if is_not_yet(&error) => Answer::NotYet(Chain(&error).to_string()),
            Ok(Err(error)) => Answer::Unclear(Chain(&error).to_string()),
            Err(_) => Answer::Unclear("it accepts connections and does not answer".to_owned()),
        }
    }

    /// The process that has opened it; the system says so in terms of our own processes, and `None` where it
    /// has no number among them, because it runs in another container.
    pub async fn postmaster(&self) -> io::Result<Option<Pid>> {
        let stream = UnixStream::connect(path_in(&self.directory)).await?;
        Ok(stream.peer_cred()?.pid().and_then(Pid::from_raw))
    }

    /// Whether anybody listens.
    pub async fn is_open(&self) -> bool {
        !self.postmaster().await.is_err_and(|error| is_nobody(error.kind()))
    }
}

/// By this file a server is found in a directory.
fn path_in(directory: &Path) -> PathBuf {
    directory.join(format!(".s.PGSQL.{PORT}"))
}

fn is_nobody(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// SQLSTATE 57P03: it cannot take connections now.
fn is_not_yet(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("57P03"))
}
