//! `frontdesk simulate`: people who call, from the outside.
//!
//! It drives running servers over HTTP as the voice platform would, and afterwards asks the REST API whether everything that was promised is
//! there, and nothing twice. It knows nothing of the servers but what they say.
//!
//! * [`calls`]: people who ask, hesitate, book, repeat themselves, move, cancel, leave messages and hang up;
//! * [`race`]: everybody at the same instant; [`expiring`]: holds that are confirmed as they expire;
//! * [`search`]: searches on their own clock, and how long they take;
//! * [`mod@line`]: one call, as the platform carries it; [`platform`] and [`wire`]: its signed webhooks;
//! * [`journal`]: what was promised, and the file that keeps it while servers are killed;
//! * [`check`]: whether the promises were kept;
//! * [`api`] and [`setup`]: the operator's side; [`report`]: counts, latencies and progress.

mod api;
mod calls;
mod check;
mod duels;
mod expiring;
mod journal;
mod line;
mod platform;
mod race;
mod report;
mod search;
mod setup;
mod verify;
mod wire;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, bail};

/// Play callers against running servers, and check what comes of it
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Many people call, book, repeat themselves, move, cancel and hang up
    ///
    /// Each run registers a business of its own, "Simulation: calls", so that its appointments, messages and webhooks can all be counted
    /// afterwards. It ends with an error if appointments overlap, if something that was acknowledged is missing, if a repeated tool call did
    /// more than the first one, or if requests failed.
    Calls(calls::CallsArgs),
    /// Many people want to book at the same instant
    ///
    /// All want the same slot: one gets it, the others are refused and offered other slots. With --distinct each wants another time of the
    /// same day: all get theirs. With --kind they want one of a pool, crossed resources, seats of a class, or to confirm holds as they expire.
    Race(race::RaceArgs),
    /// Many people ask for open slots while others book, and it is measured how long they wait
    ///
    /// Sets up a business of 50 people over 60 days with four fifths of its time booked. Searches and bookings then arrive on their own clock,
    /// whatever the servers do (an open loop), and latency counts from the instant at which each was due. To measure cold searches, start the
    /// servers again and give --business.
    Search(search::SearchArgs),
    /// Check that everything in a journal is there
    ///
    /// The journal is what `simulate calls --journal` has written, also if it or the servers were killed in the middle.
    Verify(verify::VerifyArgs),
}

/// The servers, and the key to them.
#[derive(Debug, Clone, clap::Args)]
struct Target {
    /// A server; repeat it to spread the callers over several servers of one deployment
    #[arg(long = "url", value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = base_url)]
    urls: Vec<String>,
    /// The operator's API key; without it, the one that the server has generated in its data directory
    #[arg(long, value_name = "KEY", env = "FRONTDESK_OPERATOR_KEY", hide_env_values = true)]
    operator_key: Option<OperatorKey>,
    /// The server's data directory, where its generated operator key is
    #[arg(long, value_name = "DIR", env = "FRONTDESK_DATA_DIR", default_value = ".frontdesk")]
    data_dir: PathBuf,
}

#[derive(Clone)]
struct OperatorKey(String);

impl fmt::Debug for OperatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorKey(…)")
    }
}

impl FromStr for OperatorKey {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl Target {
    fn operator_key(&self) -> anyhow::Result<OperatorKey> {
        // An empty variable is how a shell says that there is none.
        if let Some(key) = self.operator_key.clone().filter(|key| !key.0.is_empty()) {
            return Ok(key);
        }
        let path = self.data_dir.join("operator-key");
        let found = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "no operator key: set FRONTDESK_OPERATOR_KEY, give --operator-key, or give --data-dir with the server's data directory ({} \
                 cannot be read)",
                path.display()
            )
        })?;
        match found.trim() {
            "" => bail!("no operator key: {} is empty", path.display()),
            key => Ok(OperatorKey(key.to_owned())),
        }
    }

    fn api(&self) -> anyhow::Result<api::Api> {
        api::Api::new(&self.urls, &self.operator_key()?)
    }
}

/// An address of a server, without a slash at its end.
fn base_url(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| format!("{error}; it should be like http://127.0.0.1:8080"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || url.query().is_some() {
        return Err("it should be like http://127.0.0.1:8080".into());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Runs a simulation. Its result is a failure if a check of it fails, and an error if it could not be carried out.
pub async fn run(args: SimulateArgs) -> anyhow::Result<ExitCode> {
    let failed = match args.what {
        What::Calls(args) => calls::run(args).await?,
        What::Race(args) => race::run(args).await?,
        What::Search(args) => search::run(args).await?,
        What::Verify(args) => verify::run(args).await?,
    };
    for check in &failed {
        eprintln!("failed: {check}");
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: SimulateArgs,
    }

    #[test]
    fn addresses_are_of_servers_and_end_without_a_slash() {
        assert_eq!(base_url("http://127.0.0.1:8080/"), Ok("http://127.0.0.1:8080".into()));
        assert_eq!(base_url("http://host/frontdesk/"), Ok("http://host/frontdesk".into()));
        for text in ["", "127.0.0.1:8080", "ftp://host", "http://host/?a=b"] {
            assert!(base_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn several_servers_can_be_given_and_a_key_is_never_shown() {
        let line = [
            "simulate",
            "race",
            "--callers",
            "3",
            "--url",
            "http://a:1",
            "--url",
            "http://b:2",
            "--operator-key",
            "very-secret-key",
        ];
        let cli = Cli::try_parse_from(line).expect("arguments");
        assert!(!format!("{cli:?}").contains("very-secret-key"));
        let What::Race(race) = cli.args.what else { panic!("another command") };
        assert_eq!(race.target.urls, ["http://a:1", "http://b:2"]);
        assert!(Cli::try_parse_from(["simulate", "race", "--callers", "0"]).is_err());
    }

    #[test]
    fn the_key_is_found_in_the_data_directory_or_its_absence_explained() {
        let directory = tempfile::tempdir().expect("a directory");
        let target = Target { urls: vec![], operator_key: None, data_dir: directory.path().to_owned() };
        assert!(target.operator_key().expect_err("none").to_string().contains("--operator-key"));
        std::fs::write(directory.path().join("operator-key"), "key-in-a-file\n").expect("written");
        assert_eq!(target.operator_key().expect("a key").0, "key-in-a-file");
    }
}
