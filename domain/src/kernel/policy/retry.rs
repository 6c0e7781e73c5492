//! When a job that has failed is tried again.

use chrono::TimeDelta;

/// Exponential backoff with a limit and with jitter: jobs that failed together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// After this many tries people decide.
    pub attempts_max: u16,
    pub first_pause_seconds: u32,
    pub longest_pause_seconds: u32,
}

impl Retry {
    /// For about an hour.
    pub const USUAL: Self = Self { attempts_max: 15, first_pause_seconds: 1, longest_pause_seconds: 10 * 60 };

    /// The pause after a number of failures. `random`, from 0 to 1, takes away up to half of it.
    pub fn pause(&self, failures: u16, random: f64) -> TimeDelta {
        let doublings = u32::from(failures.saturating_sub(1)).min(31);
        let seconds =
            (u64::from(self.first_pause_seconds) << doublings).min(self.longest_pause_seconds.into());
        let share = 1.0 - random.clamp(0.0, 1.0) / 2.0;
        TimeDelta::milliseconds((seconds as f64 * 1000.0 * share) as i64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seconds: Vec<i64> =
            (1..=12).map(|failures| Retry::USUAL.pause(failures, 0.0).num_seconds()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
        assert_eq!(Retry::USUAL.pause(4, 1.0).num_milliseconds(), 4_000);
    }

    proptest! {
        #[test]
        fn no_pause_is_longer_than_the_longest_or_shorter_than_half_of_the_first(failures: u16, random in 0.0..=1.0_f64) {
            let pause = Retry::USUAL.pause(failures, random);
            prop_assert!(pause >= TimeDelta::milliseconds(500) && pause <= TimeDelta::seconds(600), "{pause}");
        }
    }
}
