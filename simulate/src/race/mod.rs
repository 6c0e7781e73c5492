//! `simulate race`: many people in the same instant.
//!
//! * [`business`]: the business that they want a time of; [`slots`]: its open times;
//! * [`contest`]: all book at once, over the phone; [`summary`]: what came of it;
//! * [`expiring`]: holds are confirmed as they expire;
//! * [`waitlist`] and [`approval`]: each appointment is decided on twice at once, as a [`duel`].

mod approval;
mod business;
mod contest;
mod duel;
mod expiring;
mod slots;
mod summary;
mod waitlist;

use std::sync::Arc;

use anyhow::ensure;

use crate::business::slots::SLOTS_MAX;
use crate::target::Target;
use business::Prize;
use contest::Contest;

#[derive(Debug, clap::Args)]
pub struct RaceArgs {
    #[command(flatten)]
    pub target: Target,
    /// How many people want to book
    #[arg(
        long,
        value_name = "N",
        default_value_t = 200,
        value_parser = clap::value_parser!(u32).range(1..=5_000)
    )]
    callers: u32,
    /// Each wants another time of the same day, instead of all the same; at most 1000 callers
    #[arg(long)]
    distinct: bool,
    /// What they want
    #[arg(long, value_enum, default_value_t = Kind::One, conflicts_with = "distinct")]
    kind: Kind,
    /// End with one line of JSON on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// The same slot: one gets it
    One,
    /// A time at which five are free: five get it
    Pool,
    /// A time of two resources, which half of the callers need in one order and half in the other: one gets
    /// both
    Crossed,
    /// A class with ten seats: ten get one
    Seats,
    /// Each confirms a hold of its own in the instant in which it expires: it is booked or it has lapsed; at
    /// most 1000 callers
    ConfirmExpiring,
    /// Each waits for a time of its own that becomes free, and accepts the offer of it twice at once; at most
    /// 1000 callers
    Waitlist,
    /// Each asks for a time of its own, which is approved in the instant in which it is moved; at most 500
    /// callers
    Approval,
}

impl Kind {
    fn prize(self) -> Prize {
        match self {
            Self::One | Self::ConfirmExpiring | Self::Waitlist => Prize::OneOf(1),
            Self::Approval => Prize::Approved,
            Self::Pool => Prize::OneOf(5),
            Self::Crossed => Prize::Both,
            Self::Seats => Prize::Seats(10),
        }
    }

    /// How many times each caller takes that nobody else wants. Without them, all callers want the same time.
    fn own_times(self) -> usize {
        match self {
            Self::One | Self::Pool | Self::Crossed | Self::Seats => 0,
            Self::ConfirmExpiring | Self::Waitlist => 1,
            Self::Approval => 2,
        }
    }
}

/// Returns the checks that failed.
pub async fn run(args: RaceArgs) -> anyhow::Result<Vec<String>> {
    let RaceArgs { target, callers, distinct, kind, json } = args;
    let api = Arc::new(target.api()?);
    let own_times = kind.own_times().max(usize::from(distinct));
    let needed = callers as usize * own_times.max(1);
    let (scene, slots) = if own_times == 0 {
        let scene = business::register(&api, 1, kind.prize()).await?;
        let slots = slots::same(&api, &scene, needed).await?;
        (scene, slots)
    } else {
        ensure!(needed <= SLOTS_MAX, "a day has {SLOTS_MAX} times to be raced for, and {needed} are needed");
        let scene = business::register(&api, needed, kind.prize()).await?;
        let slots = slots::different(&api, &scene, needed).await?;
        (scene, slots)
    };
    let failed = match kind {
        Kind::One | Kind::Pool | Kind::Crossed | Kind::Seats => {
            let places = (!distinct).then(|| kind.prize().places().into());
            let contest = Contest { api: &api, scene: &scene, urls: &target.urls, places, json };
            contest.run(slots).await?
        }
        Kind::ConfirmExpiring => expiring::race(&api, &scene, slots, json).await?,
        Kind::Waitlist => waitlist::race(&api, &scene, &slots, json).await?,
        Kind::Approval => approval::race(&api, &scene, &slots, json).await?,
    };
    scene.retire(&api).await?;
    Ok(failed)
}
