//! How fast people talk.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

/// How long callers take to say what they want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Pace {
    /// They hesitate for less than half a second: much load from few callers
    Quick,
    /// As people do: they talk for 8 to 20 s before each tool call, and the platform reports what was said
    Human,
}

impl Pace {
    /// The first callers arrive within this time.
    pub fn arrival_max(self) -> Duration {
        Duration::from_secs(match self {
            Self::Quick => 1,
            Self::Human => 20,
        })
    }

    /// How long a phone rings.
    pub fn ringing(self) -> Option<Duration> {
        (self == Self::Human).then_some(Duration::from_secs(2))
    }

    /// A moment without a word.
    pub fn hesitation(self, rng: &mut StdRng) -> Duration {
        match self {
            Self::Quick => Duration::from_millis(rng.random_range(20..400)),
            Self::Human => Duration::ZERO,
        }
    }

    /// How long each turn of the conversation takes that comes before a tool call.
    pub fn turns(self, rng: &mut StdRng) -> Vec<Duration> {
        match self {
            Self::Quick => Vec::new(),
            Self::Human => {
                let together = Duration::from_millis(rng.random_range(8_000..=20_000));
                let count = rng.random_range(2..=4);
                vec![together / count; count as usize]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn people_talk_for_8_to_20_seconds_and_the_quick_ones_do_not_talk_at_all() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..1_000 {
            let turns = Pace::Human.turns(&mut rng);
            let together = turns.iter().sum::<Duration>().as_secs_f64();
            assert!((7.99..=20.0).contains(&together) && (2..=4).contains(&turns.len()), "{turns:?}");
            assert!(Pace::Quick.turns(&mut rng).is_empty() && Pace::Human.hesitation(&mut rng).is_zero());
            assert!((20..400).contains(&Pace::Quick.hesitation(&mut rng).as_millis()));
        }
    }
}
