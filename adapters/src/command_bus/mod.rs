//! Commands: load, decide, commit, and again if something has moved.
//!
//! * [`context`]: who asks, for whom, and until when;
//! * [`cache`]: folded aggregates, so that the common command is one round trip;
//! * [`ahead`]: the same as they will be, with what is decided and not written yet;
//! * [`budget`]: how much a decision may compute;
//! * [`queue`]: commands that want the same thing wait in line before they load;
//! * [`environment`]: what decisions are made with: the log, the cache, the clock, keys;
//! * [`work`]: the unit of work that a decision sees;
//! * [`bus`]: the loop around it.

pub mod ahead;
pub mod budget;
pub mod bus;
pub mod cache;
pub mod context;
pub mod environment;
pub mod queue;
pub mod work;

pub use bus::{Bus, BusError, Executed, Replied};
pub use cache::Folded;
pub use context::{Clock, Context, ManualClock, SystemClock};
