//! Debian's packages.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// Installs a package of Debian's, where we may. `Ok(false)` where we may not.
pub fn install(package: &str) -> Result<bool> {
    let Some(apt_get) = process::on_path("apt-get") else { return Ok(false) };
    if !rustix::process::geteuid().is_root() {
        return Ok(false);
    }
    println!("    installing the package {package}, because this machine has none");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(&apt_get);
        // In run level 1 the package starts no service of its own.
        command
            .args(["-qq", "-o", "Dpkg::Use-Pty=0"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("RUNLEVEL", "1");
        process::succeeds(&mut command)
    };
    // The lists of a new machine are empty or old.
    if apt(&["install", "-y", package]) || (apt(&["update"]) && apt(&["install", "-y", package])) {
        return Ok(true);
    }
    bail!("`apt-get install {package}` failed; run it yourself to see why")
}
