//! The user that PostgreSQL runs as: it refuses to run as root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use super::error::{EmbeddedError, file};

/// Another user than our own.
#[derive(Debug, Clone, Copy)]
pub(super) struct User {
    pub uid: u32,
    pub gid: u32,
}

/// Whom PostgreSQL runs as, where we are root; `None`: as we do.
pub(super) fn unprivileged() -> Result<Option<User>, EmbeddedError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").map_err(file("reading", Path::new("/etc/passwd")))?;
    let user = ["postgres", "nobody"].iter().find_map(|name| passwd_entry(&passwd, name));
    user.map(Some).ok_or(EmbeddedError::NoUser)
}

fn passwd_entry(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        Some(User { uid: fields.nth(1)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    })
}

/// Gives a file to PostgreSQL's user.
pub(super) fn hand_over(path: &Path, user: Option<User>) -> Result<(), EmbeddedError> {
    match user {
        Some(user) => chown(path, Some(user.uid), Some(user.gid)).map_err(file("handing over", path)),
        None => Ok(()),
    }
}

/// Makes a directory that only PostgreSQL's user may enter.
pub(super) fn make_private(directory: &Path, user: Option<User>) -> Result<(), EmbeddedError> {
    fs::create_dir_all(directory).map_err(file("creating", directory))?;
    fs::set_permissions(directory, Permissions::from_mode(0o700)).map_err(file("protecting", directory))?;
    hand_over(directory, user)
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
}
