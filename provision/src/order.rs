//! Which way leads to a server: the first that does.

use std::io::Write;

use anyhow::{Result, bail};
use futures::future::BoxFuture;

use crate::server::Server;

/// One way to come by a server. Nothing is done before it is its turn.
pub struct Way {
    /// After "PostgreSQL: ".
    pub name: &'static str,
    pub start: BoxFuture<'static, Result<Server>>,
}

impl Way {
    pub fn new(name: &'static str, start: impl Future<Output = Result<Server>> + Send + 'static) -> Self {
        Self { name, start: Box::pin(start) }
    }
}

/// What is given is used, and else the first that starts. `tell` hears one line for each way that was tried.
pub async fn first(
    what: &str,
    variable: &str,
    given: Option<String>,
    ways: Vec<Way>,
    mut tell: impl FnMut(&str),
) -> Result<Server> {
    if let Some(url) = given {
        tell(&format!("{what}: the one of {variable}"));
        return Ok(Server::given(url));
    }
    let mut failed = Vec::new();
    for Way { name, start } in ways {
        match start.await {
            Ok(server) => {
                tell(&format!("{what}: {name}, started for this run"));
                return Ok(server);
            }
            Err(error) => {
                let line = format!("{what}: not {name}: {}", in_one_line(&error));
                tell(&line);
                failed.push(line);
            }
        }
    }
    bail!("no {what} for the tests; set {variable}, or mend one of these:\n{}", failed.join("\n"))
}

/// Tells whoever runs the tests. The harness of the tests keeps `eprintln!` to itself, and not this.
pub fn tell(line: &str) {
    // Nobody may be listening.
    let _ = writeln!(std::io::stderr(), "    {line}");
}

fn in_one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use anyhow::anyhow;

    use super::*;

    fn works(name: &'static str) -> Way {
        Way::new(name, async move { Ok(Server::given(name.to_owned())) })
    }

    fn fails(name: &'static str, why: &'static str) -> Way {
        Way::new(name, async move { Err(anyhow!(why).context("starting it")) })
    }

    async fn tried(given: Option<&str>, ways: Vec<Way>) -> (Result<String>, Vec<String>) {
        let mut lines = Vec::new();
        let server = first("Redis", "TEST_REDIS_URL", given.map(str::to_owned), ways, |line| {
            lines.push(line.to_owned());
        })
        .await;
        (server.map(|server| server.url), lines)
    }

    #[tokio::test]
    async fn what_is_given_is_used_and_nothing_is_started() {
        let started = Arc::new(AtomicBool::new(false));
        let also = started.clone();
        let way = Way::new("in a container", async move {
            also.store(true, Ordering::Relaxed);
            Err(anyhow!("never asked"))
        });
        let (url, lines) = tried(Some("redis://here"), vec![way]).await;
        assert_eq!(url.expect("a server"), "redis://here");
        assert_eq!(lines, ["Redis: the one of TEST_REDIS_URL"]);
        assert!(!started.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn the_first_way_that_leads_to_a_server_is_taken_and_what_failed_before_it_is_told() {
        let ways = || {
            vec![
                fails("in a container", "no such\nimage"),
                works("as installed"),
                fails("downloaded", "never asked"),
            ]
        };
        let (url, lines) = tried(None, ways()).await;
        assert_eq!(url.expect("a server"), "as installed");
        assert_eq!(
            lines,
            [
                "Redis: not in a container: starting it: no such image",
                "Redis: as installed, started for this run"
            ]
        );
        let mut ways = ways();
        ways[0] = works("in a container");
        let (url, lines) = tried(None, ways).await;
        assert_eq!(url.expect("a server"), "in a container");
        assert_eq!(lines, ["Redis: in a container, started for this run"]);
    }

    #[tokio::test]
    async fn where_no_way_leads_to_a_server_all_reasons_are_told() {
        let (url, lines) = tried(None, vec![fails("in a container", "a"), fails("as installed", "b")]).await;
        let error = url.expect_err("no server").to_string();
        assert!(error.starts_with("no Redis for the tests; set TEST_REDIS_URL"), "{error}");
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| error.contains(line)), "{error}");
    }
}
