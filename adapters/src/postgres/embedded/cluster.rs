//! The data of a PostgreSQL, and what tells whether they are this deployment's.
//!
//! Each cluster has a number of its own, its system identifier. It is kept beside the cluster, so that a
//! cluster that is gone, or that is another one, is not taken for a deployment that has yet to begin.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use super::error::{EmbeddedError, file};
use super::home::Home;
use super::programs::Programs;
use super::user::make_private;

pub(super) const SUPERUSER: &str = "frontdesk";
/// Stands in the data directory as long as there is to be a cluster.
pub(super) const MARKER: &str = "postgres-identity";

/// The system identifier of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity(pub u64);

/// A place for a cluster.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    pub data: PathBuf,
    home: Home,
}

impl Cluster {
    pub fn new(home: Home, data: PathBuf) -> Self {
        Self { data, home }
    }

    /// The major version that wrote it; `None` where there is no cluster.
    pub fn major(&self) -> Result<Option<u32>, EmbeddedError> {
        let path = self.data.join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(version) => Ok(version.trim().parse().ok()),
            Err(error) if is_absent(error.kind()) => Ok(None),
            Err(source) => Err(file("reading", &path)(source)),
        }
    }

    /// Which cluster is there; `None` where there never was one.
    pub fn found(&self) -> Result<Option<Identity>, EmbeddedError> {
        match (self.identity()?, self.kept()?) {
            (Some(found), None) => {
                // An earlier release kept nothing, or has died just before it did.
                self.keep(found)?;
                Ok(Some(found))
            }
            (found, kept) if found == kept => Ok(found),
            _ => Err(self.gone()),
        }
    }

    /// Refuses to go on with anything but this cluster.
    pub fn check(&self, identity: Identity) -> Result<(), EmbeddedError> {
        if self.identity()? == Some(identity) { Ok(()) } else { Err(self.gone()) }
    }

    /// Makes a cluster aside and moves it into place, so that a crash leaves none that is half made.
    pub async fn initialise(&self, programs: &Programs) -> Result<Identity, EmbeddedError> {
        tracing::info!(data = %self.data.display(), "there are no data yet: making a new, empty deployment");
        let fresh = self.data.with_extension("new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(file("removing", &fresh))?;
        }
        make_private(&fresh, programs.user)?;
        let mut initdb = programs.command("initdb", &fresh);
        initdb.args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--data-checksums"]);
        initdb.args(["--username", SUPERUSER]).arg("--pgdata").arg(&fresh);
        let output =
            initdb.output().await.map_err(|source| EmbeddedError::Run { program: "initdb", source })?;
        if !output.status.success() {
            let said = [output.stderr, output.stdout].concat();
            let output = String::from_utf8_lossy(&said).trim().to_owned();
            return Err(EmbeddedError::Failed { program: "initdb", output });
        }
        fs::rename(&fresh, &self.data).map_err(file("moving into place", &self.data))?;
        let identity = self.identity()?.ok_or_else(|| self.gone())?;
        self.keep(identity)?;
        Ok(identity)
    }

    /// It stands at the beginning of `pg_control`, in the order of bytes of the machine.
    fn identity(&self) -> Result<Option<Identity>, EmbeddedError> {
        let path = self.data.join("global/pg_control");
        let mut bytes = [0; 8];
        match File::open(&path).and_then(|mut control| control.read_exact(&mut bytes)) {
            Ok(()) => Ok(Some(Identity(u64::from_ne_bytes(bytes)))),
            Err(error) if is_absent(error.kind()) => Ok(None),
            Err(source) => Err(file("reading", &path)(source)),
        }
    }

    fn kept(&self) -> Result<Option<Identity>, EmbeddedError> {
        let path = self.home.join(MARKER);
        match fs::read_to_string(&path) {
            // What cannot be read as a number is none that any cluster has.
            Ok(text) => Ok(Some(Identity(text.trim().parse().unwrap_or(0)))),
            Err(error) if is_absent(error.kind()) => Ok(None),
            Err(source) => Err(file("reading", &path)(source)),
        }
    }

    fn keep(&self, identity: Identity) -> Result<(), EmbeddedError> {
        self.home.write(MARKER, &format!("{}\n", identity.0))
    }

    fn gone(&self) -> EmbeddedError {
        EmbeddedError::DataGone { data: self.data.clone(), marker: self.home.join(MARKER) }
    }
}

fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Cluster) {
        let folder = tempfile::tempdir().expect("a directory");
        let home = Home::prepare(folder.path()).expect("a home");
        let data = home.join("postgres");
        (folder, Cluster::new(home, data))
    }

    fn put(cluster: &Cluster, identity: u64) {
        fs::create_dir_all(cluster.data.join("global")).expect("a directory");
        fs::write(cluster.data.join("global/pg_control"), identity.to_ne_bytes()).expect("a file");
    }

    #[test]
    fn where_nothing_was_there_is_nothing_to_miss() {
        let (_folder, cluster) = place();
        assert_eq!(cluster.found().expect("nothing"), None);
    }

    #[test]
    fn a_cluster_of_an_earlier_release_is_remembered_from_then_on() {
        let (_folder, cluster) = place();
        put(&cluster, u64::MAX - 1);
        for _ in 0..2 {
            assert_eq!(cluster.found().expect("it is there"), Some(Identity(u64::MAX - 1)));
        }
        fs::remove_dir_all(&cluster.data).expect("removed");
        let said = cluster.found().expect_err("it is gone").to_string();
        let marker = cluster.home.join(MARKER);
        assert!(said.contains(&format!("remove {}", marker.display())), "{said}");
        fs::remove_file(marker).expect("removed");
        assert_eq!(cluster.found().expect("to begin anew is wanted"), None);
    }

    #[test]
    fn another_cluster_is_not_taken_for_the_one_that_was_there() {
        let (_folder, cluster) = place();
        put(&cluster, 1);
        let first = cluster.found().expect("it is there").expect("it is there");
        put(&cluster, 2);
        for refused in [cluster.found().map(drop), cluster.check(first)] {
            assert!(matches!(refused, Err(EmbeddedError::DataGone { .. })), "{refused:?}");
        }
    }
}
