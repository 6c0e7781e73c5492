//! Its data are gone, cannot be written, or have no room left.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::support::binary::{address, frontdesk};
use crate::support::deployment::{A_WHILE, Deployment, Mounted, Place};
use crate::support::{until, within};

#[tokio::test(flavor = "multi_thread")]
async fn data_that_were_removed_are_missed_and_not_made_anew() {
    let deployment = Deployment::new();
    deployment.serve().await.stop().await;
    fs::remove_dir_all(deployment.data()).expect("removed");
    let said = deployment.refusal().await;
    let marker = deployment.home.join("postgres-identity");
    assert!(said.contains("the data of this deployment is no longer in"), "{said}");
    assert!(said.contains(&format!("remove {}", marker.display())), "{said}");
    assert!(!deployment.data().exists(), "nothing was made");

    fs::remove_file(marker).expect("removed");
    deployment.serve().await.stop().await;
    let told = deployment.log().matches("making a new, empty deployment").count();
    assert_eq!(told, 2, "each time it says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_are_removed_under_a_server_end_it_until_they_are_back() {
    let deployment = Deployment::new();
    let server = deployment.serve().await;
    let away = deployment.home.join("away");
    fs::rename(deployment.data(), &away).expect("moved");
    server.until_failing("the data of this deployment is no longer in").await;
    until(|| async { deployment.postmasters().is_empty() }).await;
    assert!(!deployment.data().exists(), "nothing was made");

    fs::rename(away, deployment.data()).expect("moved back");
    until(|| server.is_ready()).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_found_running_ends_with_its_data_too() {
    let deployment = Deployment::new();
    deployment.serve().await.kill().await;
    let left = deployment.postmasters();
    let server = deployment.serve().await;
    assert_eq!(deployment.postmasters(), left, "it is the one that was left");
    fs::rename(deployment.data(), deployment.home.join("away")).expect("moved");
    server.until_failing("the data of this deployment is no longer in").await;
    // PostgreSQL itself looks for its files once a minute.
    let ended = async {
        while !deployment.postmasters().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), ended).await.is_ok(), "it goes on");
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_makes_no_deployment() {
    let deployment = Deployment::new();
    let said = deployment.said_in_vain(Place::Here, &["jobs", "list"]).await;
    assert!(said.contains("there is no deployment in") && said.contains("--data-dir"), "{said}");
    assert_eq!(fs::read_dir(&deployment.home).expect("a folder").count(), 0);
}

/// A volume that was not mounted is an empty directory.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_may_not_migrate_makes_no_deployment() {
    let deployment = Deployment::new();
    let home = deployment.home.to_str().expect("a path");
    let mut command = frontdesk(&["serve", "--listen", &address(), "--data-dir", home]).await;
    let output = within(command.env("FRONTDESK_MIGRATE", "never").output()).await.expect("an output");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("there is no deployment in"), "{said}");
    assert_eq!(fs::read_dir(&deployment.home).expect("a folder").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_that_cannot_be_written_says_what_to_do() {
    let deployment = Deployment::new();
    let Some(read_only) = ReadOnly::make(&deployment.home).await else { return };
    let said = deployment.refusal().await;
    assert!(said.contains("the data directory must be writable"), "{said}");
    drop(read_only);
    deployment.serve().await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_cannot_be_written_say_what_to_do() {
    let deployment = Deployment::new();
    deployment.serve().await.stop().await;
    let data = deployment.data();
    let Some(read_only) = ReadOnly::make(&data).await else { return };
    let said = deployment.refusal().await;
    assert!(said.contains("the data directory must be writable"), "{said}");
    drop(read_only);
    deployment.serve().await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_it_until_there_is_room_again() {
    let deployment = Deployment::new();
    let Some(_disk) =
        Mounted::new(&deployment.home, &["-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs"]).await
    else {
        return;
    };
    let server = deployment.serve().await;
    let callers = deployment.call(&[&server]).await;
    callers.until_more_is_promised().await;

    let ballast = deployment.home.join("ballast");
    until(|| async {
        fill(&ballast);
        // The next piece of its own log has no room.
        match deployment.connect().await {
            Ok(mut connection) => {
                sqlx::query("select pg_switch_wal()").execute(&mut connection).await.is_err()
            }
            Err(_) => true,
        }
    })
    .await;
    tokio::time::sleep(A_WHILE).await;

    fs::remove_file(ballast).expect("removed");
    callers.until_more_is_promised().await;
    let kept = callers.verify().await;
    assert_eq!((&kept["lost"], &kept["overlaps"]), (&0.into(), &0.into()), "{kept}");
    server.stop().await;
}

/// Writes until there is no room.
fn fill(path: &Path) {
    let mut file = File::options().create(true).append(true).open(path).expect("a file");
    let block = [1; 4096];
    while file.write_all(&block).is_ok() {}
}

/// A directory that cannot be written, until this is dropped.
#[derive(Debug)]
enum ReadOnly<'a> {
    /// Root writes whatever the permissions are.
    Mounted {
        _mounted: Mounted,
    },
    Protected {
        path: &'a Path,
        before: fs::Permissions,
    },
}

impl<'a> ReadOnly<'a> {
    async fn make(path: &'a Path) -> Option<Self> {
        if rustix::process::geteuid().is_root() {
            let source = path.to_str().expect("a path");
            let mounted = Mounted::new(path, &["--bind", source]).await?;
            let status = Command::new("mount").args(["-o", "remount,bind,ro"]).arg(path).status().await;
            assert!(status.expect("mount").success(), "what is mounted can be made read-only");
            return Some(Self::Mounted { _mounted: mounted });
        }
        let before = fs::metadata(path).expect("a directory").permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(0o500)).expect("permissions");
        Some(Self::Protected { path, before })
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        if let Self::Protected { path, before } = self {
            fs::set_permissions(path, before.clone()).expect("permissions");
        }
    }
}
