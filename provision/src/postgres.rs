//! The ways to a PostgreSQL. Where it is no container, it is the product's own embedded one, in a temporary
//! directory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use frontdesk_adapters::postgres::embedded::{self, Embedded};
use frontdesk_adapters::postgres::pool::Database;
use sqlx::Connection;
use sqlx::postgres::PgConnectOptions;

use crate::at_end::AtEnd;
use crate::order::{self, Way};
use crate::server::Server;
use crate::{apt, container};

/// It ends at once, since what it holds is thrown away; it removes its pid file last.
const END: &str = r#"
    kill -s QUIT "$(head -n 1 "$1/postmaster.pid")"
    for _ in $(seq 300); do [ -e "$1/postmaster.pid" ] || break; sleep 0.1; done
    rm -rf "$2" "$3""#;

pub fn ways() -> Vec<Way> {
    vec![
        Way::new("in a container", container::postgres()),
        Way::new("as installed", async {
            ensure!(embedded::is_installed().await, "no PostgreSQL of a version that serves is installed");
            start().await
        }),
        Way::new("downloaded", async {
            ensure!(!embedded::is_installed().await, "one is installed");
            order::tell("PostgreSQL: none is installed; downloading one");
            start().await
        }),
        Way::new("from Debian's packages", async {
            apt::install("postgresql").await?;
            start().await
        }),
    ]
}

async fn start() -> Result<Server> {
    // Not below target/: where that is under /root, an unprivileged server could not reach its data.
    let home = tempfile::Builder::new()
        .prefix("frontdesk-test-")
        .tempdir()
        .context("making a temporary directory")?;
    let (_, database) = Embedded::start(home.path()).await?;
    let home = home.keep();
    let (data, parent) = data(&home);
    let at_end = AtEnd::run(END, &[data.as_os_str(), parent.as_os_str(), home.as_os_str()])?;
    let server = Server::started(url(database.options()), at_end);
    match hurry(&database).await {
        Ok(()) => Ok(server),
        Err(error) => server.end().await.and(Err(error)),
    }
}

/// Where the data are, and what there is to remove of them.
fn data(home: &Path) -> (PathBuf, PathBuf) {
    // Where the unprivileged user could not reach our directory, the data are elsewhere.
    let elsewhere = fs::read_to_string(home.join("postgres-location")).ok();
    let data = elsewhere.map_or_else(|| home.join("postgres"), |data| PathBuf::from(data.trim_end()));
    let parent = data.parent().unwrap_or(home).to_owned();
    (data, parent)
}

/// Commits need not survive a crash of a server that is thrown away. What is set for a role wins over the
/// server's command line.
async fn hurry(database: &Database) -> Result<()> {
    let mut connection = database.connect_as_owner().await?;
    sqlx::query("alter role current_user set synchronous_commit = off").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
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
