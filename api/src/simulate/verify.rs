//! `simulate verify`: a journal against the servers.

use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;

use super::check::{self, Verdict};
use super::{Target, journal};

#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    target: Target,
    /// The journal to check
    #[arg(long, value_name = "FILE")]
    journal: PathBuf,
    /// End with one line of JSON on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    runs: usize,
    /// Acknowledged appointments, booked or cancelled.
    appointments: usize,
    messages: usize,
    webhooks: usize,
    /// Changes without an answer: they may have been made or not.
    unanswered: usize,
    #[serde(flatten)]
    found: Verdict,
}

/// The checks that failed.
pub async fn run(args: VerifyArgs) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(&args.journal).with_context(|| format!("{} cannot be read", args.journal.display()))?;
    let ledgers = journal::read(&text)?;
    let api = args.target.api()?;
    let mut summary = Summary { runs: ledgers.len(), ..Summary::default() };
    for ledger in &ledgers {
        let verdict = check::check(&api, ledger, None).await?;
        summary.appointments += ledger.appointments.len();
        summary.messages += ledger.messages.len();
        summary.webhooks += ledger.webhooks.values().map(std::collections::BTreeSet::len).sum::<usize>();
        summary.unanswered += ledger.open.len();
        summary.found.add(verdict);
    }
    if args.json {
        println!("{}", serde_json::to_string(&summary)?);
    } else {
        let Summary { runs, appointments, messages, webhooks, unanswered, found } = &summary;
        println!("{appointments} appointments, {messages} messages and {webhooks} webhooks were acknowledged in {runs} runs;");
        println!("{unanswered} changes got no answer. {} lost, {} overlaps.", found.lost, found.overlaps);
    }
    Ok(summary.found.failed())
}
