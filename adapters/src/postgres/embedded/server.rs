//! A PostgreSQL on one data directory, whoever has started it.
//!
//! Two things tell whether it runs: its socket ([`Socket`]), and a lock on a file in the data directory. The
//! lock is the server's standard input, so the postmaster and all that it forks have it, and nobody else: the
//! system lets it go when the last of them has ended, however it ends, and in whatever container. Whoever
//! gets the lock knows that nothing of a server is left on these data, may remove what it has left lying
//! about, and hands the lock on to the next.
//!
//! `postmaster.pid` is written by PostgreSQL and decides nothing here. PostgreSQL looks at it and refuses to
//! start beside whatever process has that number now, so it is removed under the lock.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use tokio::process::Child;
use tokio::time::Instant;

use super::cluster::{Cluster, Identity};
use super::error::{EmbeddedError, file};
use super::programs::Programs;
use super::socket::{Answer, PORT, Socket};
use super::user::{hand_over, make_private};

/// How long what is left of a server may take to end.
pub(super) const VACATE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server may take to answer, one that recovers from a crash included.
const START_TIMEOUT: Duration = Duration::from_secs(600);
const STOP_TIMEOUT: Duration = Duration::from_secs(60);
pub(super) const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// Whatever stands in its configuration.
const SETTINGS: [&str; 9] = [
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "wal_compression=on",
    "logging_collector=off",
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
];
/// What a server says that finds another one's memory.
const STILL_IN_USE: &str = "is still in use";
/// How much of its log is told.
const TOLD_LINES_MAX: usize = 8;
const TOLD_BYTES_MAX: u64 = 1 << 16;

#[derive(Debug, Clone)]
pub(super) struct Server {
    cluster: Cluster,
    identity: Identity,
    programs: Programs,
    socket: Socket,
    postmaster: Arc<Mutex<Option<Postmaster>>>,
}

/// The postmaster, so that it can be ended.
#[derive(Debug)]
enum Postmaster {
    Started(Child),
    /// Another process has started it. No other one ever has this handle, as it might have its number.
    Found(OwnedFd),
}

impl Postmaster {
    /// It may have ended already.
    fn kill(self) {
        match self {
            Self::Started(mut child) => drop(child.start_kill()),
            Self::Found(process) => drop(pidfd_send_signal(process, Signal::KILL)),
        }
    }
}

impl Server {
    pub fn new(cluster: Cluster, identity: Identity, programs: Programs) -> Result<Self, EmbeddedError> {
        let socket = Socket::of(&cluster.data)?;
        Ok(Self { cluster, identity, programs, socket, postmaster: Arc::default() })
    }

    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Waits until it answers, and starts it if nothing of one is left. To be called by one process at a
    /// time.
    pub async fn ensure(&self) -> Result<(), EmbeddedError> {
        let begun = Instant::now();
        let mut sign_of_life = begun;
        let mut starting: Option<Starting> = None;
        loop {
            self.check_data()?;
            if let Some(said) = starting.as_mut().and_then(Starting::ended) {
                // PostgreSQL looks after itself as well, by its shared memory.
                if !said.contains(STILL_IN_USE) || begun.elapsed() >= VACATE_TIMEOUT {
                    return Err(EmbeddedError::Failed { program: "postgres", output: said });
                }
                starting = None;
            }
            let said = match self.socket.ask(self.identity).await {
                Answer::Ours => {
                    self.remember(starting).await;
                    return Ok(());
                }
                Answer::Another => return Err(self.occupied("other data are served at its socket".into())),
                Answer::Nobody if starting.is_none() => match self.lock()? {
                    Some(lock) => {
                        starting = Some(self.start(lock).await?);
                        continue;
                    }
                    None => format!("nobody answers in {}", self.socket.directory.display()),
                },
                Answer::Nobody => {
                    sign_of_life = Instant::now();
                    "it is starting".to_owned()
                }
                Answer::NotYet(said) => {
                    sign_of_life = Instant::now();
                    said
                }
                Answer::Unclear(said) => said,
            };
            if sign_of_life.elapsed() >= VACATE_TIMEOUT || begun.elapsed() >= START_TIMEOUT {
                return Err(self.occupied(said));
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    /// Whether it runs. It may yet have nothing to say.
    pub async fn is_alive(&self) -> Result<bool, EmbeddedError> {
        self.check_data()?;
        // One that an earlier release has started has no lock.
        Ok(self.lock()?.is_none() || matches!(self.socket.ask(self.identity).await, Answer::Ours))
    }

    /// Stops it, and waits until nothing of it is left.
    pub async fn stop(&self) -> Result<(), EmbeddedError> {
        let deadline = Instant::now() + STOP_TIMEOUT;
        let mut told = false;
        self.check_data()?;
        while !self.has_ended().await? {
            match self.socket.postmaster().await {
                // Fast: it ends its sessions. It may have ended itself in this moment.
                Ok(Some(postmaster)) if !told => told = kill_process(postmaster, Signal::INT).is_ok(),
                Ok(None) => {
                    tracing::info!("the embedded PostgreSQL belongs to another container, and goes on");
                    return Ok(());
                }
                Ok(Some(_)) | Err(_) => {}
            }
            if Instant::now() >= deadline {
                return Err(EmbeddedError::NotStopped { data: self.cluster.data.clone() });
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        Ok(())
    }

    /// The lock that is given to a server; `None` while anything of one has it.
    fn lock(&self) -> Result<Option<File>, EmbeddedError> {
        let path = self.lock_path();
        let lock = File::options().create(true).append(true).open(&path).map_err(file("opening", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(file("locking", &path)(source)),
        }
    }

    fn lock_path(&self) -> PathBuf {
        self.cluster.data.join("frontdesk.lock")
    }

    fn pid_file(&self) -> PathBuf {
        self.cluster.data.join("postmaster.pid")
    }

    /// One that an earlier release has started has no lock.
    async fn has_ended(&self) -> Result<bool, EmbeddedError> {
        Ok(self.lock()?.is_some() && !self.socket.is_open().await)
    }

    /// Starts a postmaster with the lock.
    async fn start(&self, lock: File) -> Result<Starting, EmbeddedError> {
        let data = &self.cluster.data;
        self.clear().await?;
        if self.socket.directory != *data {
            make_private(&self.socket.directory, self.programs.user)?;
        }
        hand_over(&self.lock_path(), self.programs.user)?;
        let log_path = data.with_extension("log");
        let log =
            File::options().create(true).append(true).open(&log_path).map_err(file("opening", &log_path))?;
        hand_over(&log_path, self.programs.user)?;
        let told = log.metadata().map_err(file("reading", &log_path))?.len();
        let also_log = log.try_clone().map_err(file("opening", &log_path))?;

        let mut postmaster = self.programs.command("postgres", data);
        postmaster.arg("-D").arg(data).args(self.settings().iter().flat_map(|setting| ["-c", setting]));
        postmaster.stdin(Stdio::from(lock)).stdout(log).stderr(also_log);
        // What interrupts us at a terminal does not concern it.
        postmaster.process_group(0);
        let child =
            postmaster.spawn().map_err(|source| EmbeddedError::Run { program: "postgres", source })?;
        Ok(Starting { child, log: log_path, told })
    }

    fn settings(&self) -> Vec<String> {
        let directory = self.socket.directory.to_string_lossy().replace('"', "\"\"");
        let mut settings = vec![format!("unix_socket_directories=\"{directory}\""), format!("port={PORT}")];
        settings.extend(SETTINGS.map(str::to_owned));
        settings
    }

    /// Removes what a server has left that has ended, for the next one would take it for that of a running
    /// one. Only for whoever has the lock.
    async fn clear(&self) -> Result<(), EmbeddedError> {
        let pid_file = self.pid_file();
        // Somebody may have started one by hand, without our lock.
        if let Some(sockets) = sockets_in(&pid_file).filter(|sockets| *sockets != self.socket.directory) {
            let socket = Socket { directory: sockets.clone() };
            if socket.is_open().await {
                return Err(EmbeddedError::Elsewhere { pid_file, sockets });
            }
        }
        for path in [pid_file, self.socket.lock_file()] {
            match fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(file("removing", &path)(source)),
            }
        }
        Ok(())
    }

    async fn remember(&self, starting: Option<Starting>) {
        let postmaster = match starting {
            Some(Starting { child, .. }) => Some(Postmaster::Started(child)),
            None => {
                // In another container it has no number here.
                let found = self.socket.postmaster().await.ok().flatten();
                let process = found.and_then(|found| pidfd_open(found, PidfdFlags::empty()).ok());
                process.map(Postmaster::Found)
            }
        };
        *self.known_postmaster() = postmaster;
    }

    fn known_postmaster(&self) -> MutexGuard<'_, Option<Postmaster>> {
        self.postmaster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses to go on without the data. A server goes on for a while after they were removed, and whatever
    /// it acknowledges then is lost; so it is ended.
    fn check_data(&self) -> Result<(), EmbeddedError> {
        let checked = self.cluster.check(self.identity);
        if let Err(EmbeddedError::DataGone { .. }) = &checked
            && let Some(postmaster) = self.known_postmaster().take()
        {
            postmaster.kill();
        }
        checked
    }

    fn occupied(&self, said: String) -> EmbeddedError {
        EmbeddedError::Occupied { data: self.cluster.data.clone(), lock: self.lock_path(), said }
    }
}

/// A postmaster that has yet to answer.
struct Starting {
    child: Child,
    log: PathBuf,
    /// Where its own part of the log begins.
    told: u64,
}

impl Starting {
    /// What it has said, if it has ended.
    fn ended(&mut self) -> Option<String> {
        matches!(self.child.try_wait(), Ok(Some(_))).then(|| last_lines(&self.log, self.told))
    }
}

fn last_lines(log: &Path, from: u64) -> String {
    let mut told = Vec::new();
    if let Ok(mut log) = File::open(log)
        && log.seek(SeekFrom::Start(from)).is_ok()
    {
        // What can be read is told.
        let _ = log.take(TOLD_BYTES_MAX).read_to_end(&mut told);
    }
    let text = String::from_utf8_lossy(&told);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TOLD_LINES_MAX)..].join("\n")
}

/// Line 5 of a pid file is the directory of its server's socket.
fn sockets_in(pid_file: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(pid_file).ok()?;
    text.lines().nth(4).filter(|line| line.starts_with('/')).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_log_the_last_lines_of_one_start_are_told() {
        let folder = tempfile::tempdir().expect("a directory");
        let log = folder.path().join("log");
        let lines: Vec<String> = (1..=20).map(|number| format!("line {number}\n")).collect();
        fs::write(&log, lines.concat()).expect("a log");
        let before = lines[..18].concat().len() as u64;
        assert_eq!(last_lines(&log, before), "line 19\nline 20");
        assert_eq!(last_lines(&log, 0).lines().count(), TOLD_LINES_MAX);
        assert_eq!(last_lines(&folder.path().join("none"), before), "");
    }

    #[test]
    fn a_pid_file_says_where_its_server_listens() {
        let folder = tempfile::tempdir().expect("a directory");
        let pid_file = folder.path().join("postmaster.pid");
        assert_eq!(sockets_in(&pid_file), None);
        fs::write(&pid_file, "17\n/data\n1700000000\n5432\n/run/postgresql\n\n  1 2\nready   \n")
            .expect("a file");
        assert_eq!(sockets_in(&pid_file), Some("/run/postgresql".into()));
    }
}
