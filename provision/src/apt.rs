//! Debian's packages.

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::order;
use crate::path::on_path;

/// Installs a package of Debian's, where we may.
pub async fn install(package: &str) -> Result<()> {
    let apt_get = on_path("apt-get").context("there is no apt-get here")?;
    ensure!(rustix::process::geteuid().is_root(), "only root can install {package}");
    order::tell(&format!("installing the package {package}, because this machine has none"));
    let apt = async |arguments: &[&str]| {
        let mut command = Command::new(&apt_get);
        // In run level 1 the package starts no service of its own.
        command
            .args(["-qq", "-o", "Dpkg::Use-Pty=0"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("RUNLEVEL", "1");
        command.output().await.is_ok_and(|output| output.status.success())
    };
    // The lists of a new machine are empty or old.
    let installed = apt(&["install", "-y", package]).await
        || (apt(&["update"]).await && apt(&["install", "-y", package]).await);
    ensure!(installed, "`apt-get install {package}` failed; run it yourself to see why");
    Ok(())
}
