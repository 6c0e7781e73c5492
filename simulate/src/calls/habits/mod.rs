//! What callers do beyond asking for an appointment, with `--habits`.
//!
//! * [`repeating`]: they ask for the same again, under another tool-call id, also in another call;
//! * [`withholding`]: their number is withheld, and they have to say it;
//! * [`sharing`]: several of them have one telephone, and each books under their own name;
//! * [`wavering`]: they change their minds.

pub mod repeating;
pub mod sharing;
pub mod wavering;
pub mod withholding;

use rand::Rng;
use rand::rngs::StdRng;

/// Which habits somebody has. Who shares a telephone does so with a family: that is no habit of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    pub repeats: bool,
    pub withholds: bool,
    pub wavers: bool,
}

impl Habits {
    pub fn draw(rng: &mut StdRng) -> Self {
        let mut of_100 = |percent| rng.random_ratio(percent, 100);
        Self { repeats: of_100(50), withholds: of_100(30), wavers: of_100(50) }
    }
}
