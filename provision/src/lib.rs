//! The PostgreSQL and the Redis that tests run against, in one order for `cargo xtask test` and for `cargo
//! test`:
//!
//! 1. the server whose address stands in `TEST_DATABASE_URL` or `TEST_REDIS_URL`. If it does not answer,
//!    the tests fail: no other one is taken in its place;
//! 2. a container, where an engine answers and has the image or can fetch it;
//! 3. an installed program;
//! 4. a downloaded one.
//!
//! A way that does not lead to a server is named in one line, with its reason, and the next one is tried
//! ([`order`]). What is started ends with the process that started it ([`at_end`]).

mod apt;
mod at_end;
mod container;
mod order;
mod path;
mod postgres;
mod redis;
mod server;

use anyhow::Result;

pub use path::on_path;
pub use server::Server;

/// The variables that name servers to use.
pub const DATABASE_URL: &str = "TEST_DATABASE_URL";
pub const REDIS_URL: &str = "TEST_REDIS_URL";

/// A PostgreSQL: the address of a superuser.
pub async fn postgres() -> Result<Server> {
    order::first("PostgreSQL", DATABASE_URL, given(DATABASE_URL), postgres::ways(), order::tell).await
}

/// A Redis, with the numbered databases that it has by default.
pub async fn redis() -> Result<Server> {
    order::first("Redis", REDIS_URL, given(REDIS_URL), redis::ways(), order::tell).await
}

fn given(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_come_before_what_is_installed_and_downloads_last() {
        let names = |ways: Vec<order::Way>| ways.iter().map(|way| way.name).collect::<Vec<_>>();
        assert_eq!(
            names(postgres::ways()),
            ["in a container", "as installed", "downloaded", "from Debian's packages"]
        );
        assert_eq!(names(redis::ways()), ["in a container", "as installed", "from Debian's packages"]);
    }
}
