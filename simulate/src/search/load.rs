//! Searches and bookings at the same time, each at its own rate.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures::future::join;

use super::arrivals::at_rate;
use super::business::Business;
use super::summary::{BOOKING, LATE, WARM};
use crate::api::Api;
use crate::business::slots::Slot;
use crate::report::progress::Progress;
use crate::report::tally::{Tally, add, get};

const TICK: Duration = Duration::from_millis(250);

pub struct Load<'a> {
    pub api: &'a Arc<Api>,
    pub business: &'a Arc<Business>,
    pub tally: &'a Arc<Tally>,
    pub searches_per_second: u32,
    pub bookings_per_second: u32,
    pub lasts: Duration,
}

impl Load<'_> {
    /// Each booking takes another one of the spare slots.
    pub async fn run(&self, spare: Vec<Slot>) {
        let seconds = self.lasts.as_secs();
        let progress = Progress::new("searching", u64::from(self.searches_per_second) * seconds);
        let mut tick = tokio::time::interval(TICK);
        let mut under_load = pin!(join(self.search(), self.book(spare)));
        loop {
            tokio::select! {
                _ = &mut under_load => break,
                _ = tick.tick() => {
                    let (searches, booked) = (get(&self.tally.calls), get(&self.tally.booked));
                    progress.show(searches, &format!("{searches} searches, {booked} booked"));
                }
            }
        }
        progress.end();
    }

    async fn search(&self) {
        let minutes = self.business.search_span().num_minutes().max(1);
        let search = |number, due: Instant| {
            let (api, business, tally) = (self.api.clone(), self.business.clone(), self.tally.clone());
            let from = business.from + TimeDelta::minutes(rand::random_range(0..minutes));
            async move {
                tally.time(LATE, due.elapsed());
                if let Err(error) = business.search(&api, number, from).await {
                    tally.error(&format!("{error:#}"));
                }
                tally.time(WARM, due.elapsed());
                add(&tally.calls);
            }
        };
        at_rate(self.searches_per_second, self.lasts, search).await;
    }

    async fn book(&self, spare: Vec<Slot>) {
        let mut spare = spare.into_iter();
        let book = |number, due: Instant| {
            let (api, business, tally) = (self.api.clone(), self.business.clone(), self.tally.clone());
            let slot = spare.next();
            async move {
                let Some(slot) = slot else { return };
                match business.book(&api, number, &slot).await {
                    Ok(()) => add(&tally.booked),
                    Err(error) => tally.error(&format!("{error:#}")),
                }
                tally.time(BOOKING, due.elapsed());
            }
        };
        at_rate(self.bookings_per_second, self.lasts, book).await;
    }
}
