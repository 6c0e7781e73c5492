//! How many bytes of request bodies are in memory at once.
//!
//! Each business has its share of the whole, operators have one, and those of whom nobody knows who they are
//! have one together. So neither one business nor a crowd of strangers takes it all. Whoever finds no room
//! waits a little, in order.
//!
//! Small bodies are not counted: there are no more of them than connections, and they wait for nobody. Those of
//! medium size, as calls of tools are, have a room of their own, so that they do not wait for large ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use frontdesk_domain::kernel::ids::BusinessId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Whose a body is, as far as its head tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    Business(BusinessId),
    Operator,
    Stranger,
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A body of so many bytes is not counted.
    pub small: usize,
    /// One of so many is of medium size.
    pub medium: usize,
    /// For all of medium size together, and as many again for all that are larger.
    pub bytes: usize,
    /// What one owner may have of it. It is more than any body.
    pub bytes_per_owner: usize,
    /// How long a request waits for room.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            small: 8 << 10,
            medium: 64 << 10,
            bytes: 16 << 20,
            bytes_per_owner: 6 << 20,
            // Of what platforms send large, they send much once only. They wait for 20 s.
            patience: Duration::from_secs(10),
        }
    }
}

/// There was no room within the patience of a request.
#[derive(Debug, thiserror::Error)]
#[error("too many large requests are being read; nothing was done, send it again")]
pub struct NoRoom;

pub struct Rooms {
    medium_max: usize,
    medium: Room,
    large: Room,
}

impl Rooms {
    pub fn new(limits: Limits) -> Self {
        Self { medium_max: limits.medium, medium: Room::new(limits), large: Room::new(limits) }
    }

    /// Takes room for a body of so many bytes.
    pub async fn take(&self, owner: Owner, bytes: usize) -> Result<Taken, NoRoom> {
        let room = if bytes <= self.medium_max { &self.medium } else { &self.large };
        let taken = room.take(owner, bytes).await;
        if taken.is_err() {
            metrics::counter!("frontdesk_bodies_without_room_total").increment(1);
        }
        taken
    }
}

struct Room {
    limits: Limits,
    whole: Arc<Semaphore>,
    shares: Mutex<HashMap<Owner, Weak<Semaphore>>>,
}

/// Room that is taken. It is free again when this is dropped.
pub struct Taken {
    share: OwnedSemaphorePermit,
    whole: OwnedSemaphorePermit,
    // After the permits, so that a share is known as long as some of it is taken.
    _share: Arc<Semaphore>,
}

impl Room {
    fn new(limits: Limits) -> Self {
        Self { limits, whole: Arc::new(Semaphore::new(limits.bytes)), shares: Mutex::default() }
    }

    async fn take(&self, owner: Owner, bytes: usize) -> Result<Taken, NoRoom> {
        let count = u32::try_from(bytes.min(self.limits.bytes_per_owner)).map_err(|_| NoRoom)?;
        let owned = self.share(owner);
        let taking = async {
            // One's own share first: whoever waits for it keeps nobody else waiting.
            let share = owned.clone().acquire_many_owned(count).await.map_err(|_| NoRoom)?;
            let whole = self.whole.clone().acquire_many_owned(count).await.map_err(|_| NoRoom)?;
            Ok(Taken { share, whole, _share: owned })
        };
        timeout(self.limits.patience, taking).await.unwrap_or(Err(NoRoom))
    }

    /// Shares that nobody has any of are forgotten.
    fn share(&self, owner: Owner) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&owner).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.limits.bytes_per_owner));
        shares.insert(owner, Arc::downgrade(&share));
        share
    }
}

impl Taken {
    /// Gives back what is more than so many bytes.
    pub fn shrink_to(&mut self, bytes: usize) {
        for permit in [&mut self.share, &mut self.whole] {
            let more = permit.num_permits().saturating_sub(bytes);
            // Dropped, and so given back.
            drop(permit.split(more));
        }
    }
}

#[cfg(test)]
mod tests {
    use frontdesk_domain::kernel::ids::StreamId;
    use uuid::Uuid;

    use super::*;

    fn room() -> Room {
        let patience = Duration::from_millis(50);
        Room::new(Limits { small: 1, medium: 1, bytes: 100, bytes_per_owner: 40, patience })
    }

    fn business(number: u128) -> Owner {
        Owner::Business(BusinessId::from_uuid(Uuid::from_u128(number)))
    }

    #[tokio::test]
    async fn no_owner_takes_more_than_a_share_and_all_together_no_more_than_there_is() {
        let room = room();
        let first = room.take(business(1), 40).await.expect("room");
        assert!(room.take(business(1), 1).await.is_err());
        let _stranger = room.take(Owner::Stranger, 30).await.expect("room of another");
        let _operator = room.take(Owner::Operator, 30).await.expect("room of another");
        assert!(room.take(business(2), 1).await.is_err(), "there is none left");
        drop(first);
        room.take(business(1), 40).await.expect("room again");
    }

    #[tokio::test]
    async fn a_body_of_medium_size_does_not_wait_for_larger_ones() {
        let rooms = Rooms::new(Limits { medium: 10, ..room().limits });
        let _large = rooms.take(Owner::Stranger, 40).await.expect("room");
        let _medium = rooms.take(Owner::Stranger, 10).await.expect("room of its own");
        assert!(rooms.take(Owner::Stranger, 11).await.is_err());
    }

    #[tokio::test]
    async fn what_a_body_does_not_need_is_given_back() {
        let room = room();
        let mut taken = room.take(Owner::Stranger, 40).await.expect("room");
        taken.shrink_to(10);
        let _rest = room.take(Owner::Stranger, 30).await.expect("the rest");
        assert!(room.take(Owner::Stranger, 1).await.is_err());
    }

    #[tokio::test]
    async fn whoever_waits_gets_what_becomes_free_and_nothing_is_kept_of_those_who_have_gone() {
        let room = Arc::new(Room::new(Limits { patience: Duration::from_secs(10), ..room().limits }));
        let taken = room.take(Owner::Stranger, 40).await.expect("room");
        let waiting = tokio::spawn({
            let room = room.clone();
            async move { room.take(Owner::Stranger, 40).await.is_ok() }
        });
        tokio::task::yield_now().await;
        drop(taken);
        assert!(waiting.await.expect("no panic"));
        let _other = room.take(business(1), 1).await.expect("room");
        assert_eq!(room.shares.lock().expect("a lock").len(), 1);
    }
}
