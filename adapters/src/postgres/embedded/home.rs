//! The data directory: where the cluster is in it, and the locks of those who share it.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::error::{EmbeddedError, file};
use super::user::User;

/// Where the data goes when the unprivileged user cannot reach the data directory.
const SHARED_STATE: &str = "/var/lib/frontdesk";
pub(super) const LOCATION: &str = "postgres-location";
pub(super) const USERS: &str = "postgres-users";
const LOCK: &str = "postgres-lock";
/// How long somebody else may take to start or stop the server. A recovery after a crash takes its time.
const PATIENCE: Duration = Duration::from_secs(120);
const RETRY_PAUSE: Duration = Duration::from_millis(20);

#[derive(Debug, Clone)]
pub(super) struct Home {
    path: PathBuf,
}

impl Home {
    pub fn prepare(path: &Path) -> Result<Self, EmbeddedError> {
        fs::create_dir_all(path).map_err(file("creating", path))?;
        let path = path.canonicalize().map_err(file("resolving", path))?;
        Ok(Self { path })
    }

    /// A file in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where the data is, or shall be.
    pub fn data(&self, user: Option<User>) -> Result<PathBuf, EmbeddedError> {
        let pointer = self.join(LOCATION);
        match fs::read_to_string(&pointer) {
            Ok(location) => return Ok(PathBuf::from(location.trim_end())),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(file("reading", &pointer)(source)),
        }
        if let Some(user) = user {
            let_through(&self.path)?;
            if !reachable(&self.path, user) {
                let parent = PathBuf::from(SHARED_STATE).join(uuid::Uuid::new_v4().to_string());
                fs::create_dir_all(&parent).map_err(file("creating", &parent))?;
                let data = parent.join("postgres");
                self.write(LOCATION, &data.to_string_lossy())?;
                return Ok(data);
            }
        }
        Ok(self.join("postgres"))
    }

    /// Writes a file of it, whole or not at all.
    pub fn write(&self, name: &str, text: &str) -> Result<(), EmbeddedError> {
        let path = self.join(name);
        let staged = path.with_extension("new");
        fs::write(&staged, text).map_err(file("writing", &staged))?;
        fs::rename(&staged, &path).map_err(file("writing", &path))
    }

    /// Held, shared, by each process that uses the server. Whoever gets it alone is the last.
    pub fn users(&self) -> Result<File, EmbeddedError> {
        self.open(USERS)
    }

    /// Held while a server is started or stopped, so that nobody starts one that is being stopped.
    pub async fn exclusive(&self) -> Result<File, EmbeddedError> {
        let lock = self.open(LOCK)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::Error(source)) => return Err(file("locking", &self.path)(source)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                Err(TryLockError::WouldBlock) => {
                    let lock = self.join(LOCK);
                    return Err(EmbeddedError::Busy { home: self.path.clone(), lock });
                }
            }
        }
    }

    fn open(&self, name: &str) -> Result<File, EmbeddedError> {
        let path = self.join(name);
        File::options().create(true).append(true).open(&path).map_err(file("opening", &path))
    }
}

/// Lets others pass through the data directory, without seeing what is in it: the cluster inside belongs to
/// another user.
fn let_through(home: &Path) -> Result<(), EmbeddedError> {
    let mode = fs::metadata(home).map_err(file("reading", home))?.mode();
    let passable = mode | 0o011;
    if mode == passable {
        return Ok(());
    }
    fs::set_permissions(home, Permissions::from_mode(passable)).map_err(file("opening a way through", home))
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

#[cfg(test)]
mod tests {
    use super::*;

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
