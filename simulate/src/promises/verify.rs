//! `simulate verify`: a journal against the servers.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;

use super::verdict::Verdict;
use super::{check, journal};
use crate::report::summary;
use crate::target::Target;

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

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, appointments, messages, webhooks, unanswered, found } = self;
        write!(f, "{appointments} appointments, {messages} messages and {webhooks} webhooks ")?;
        writeln!(f, "were acknowledged in {runs} runs;")?;
        write!(f, "{unanswered} changes got no answer. {} lost, {} overlaps.", found.lost, found.overlaps)
    }
}

/// Returns the checks that failed.
pub async fn run(args: VerifyArgs) -> anyhow::Result<Vec<String>> {
    let path = args.journal.display();
    let text = std::fs::read_to_string(&args.journal).with_context(|| format!("{path} cannot be read"))?;
    let ledgers = journal::read(&text)?;
    let api = args.target.api()?;
    let mut summary = Summary { runs: ledgers.len(), ..Summary::default() };
    for ledger in &ledgers {
        summary.found.add(check::check(&api, ledger, None).await?);
        summary.appointments += ledger.appointments.len();
        summary.messages += ledger.messages.len();
        summary.webhooks += ledger.webhooks.values().map(BTreeSet::len).sum::<usize>();
        summary.unanswered += ledger.unanswered();
    }
    summary::print(&summary, args.json)?;
    Ok(summary.found.failed())
}
