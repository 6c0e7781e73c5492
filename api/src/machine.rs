//! What every process sets up before it does anything.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Chooses the cryptography of TLS, and takes as many open files as the system gives: every call and every
/// caller is a connection.
pub fn prepare() {
    frontdesk_adapters::crypto::choose_tls();
    let files = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files });
}
