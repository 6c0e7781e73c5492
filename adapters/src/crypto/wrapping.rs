//! Keys that are kept in the database, each encrypted (*wrapped*) by a master key.
//!
//! A wrapped key begins with the id of the master key that wraps it. The id is the first third of the nonce
//! (see [`WrappingKeys::wrap`]). So releases that know nothing of ids read and write the same form: to them
//! it is a nonce like any other. What they have wrapped begins with random bytes, and every key is tried on
//! it.

use super::master_key::{MasterKey, MasterKeyId, MasterKeys};
use super::sealing::{Sealed, SealingKey};

/// The master keys of a process, as far as they wrap and unwrap.
#[derive(Debug, Clone)]
pub struct WrappingKeys {
    current: WrappingKey,
    others: Vec<WrappingKey>,
}

#[derive(Debug, Clone)]
struct WrappingKey {
    id: MasterKeyId,
    key: SealingKey,
}

impl WrappingKey {
    fn of(master: &MasterKey) -> Self {
        Self { id: master.id(), key: SealingKey::new(master.derive("seal/subject-keys")) }
    }
}

impl WrappingKeys {
    pub fn of(masters: &MasterKeys) -> Self {
        let others = masters.others.iter().map(WrappingKey::of).collect();
        Self { current: WrappingKey::of(&masters.current), others }
    }

    /// The id of the key that [`Self::wrap`] takes.
    pub fn current(&self) -> MasterKeyId {
        self.current.id
    }

    /// The ids of all keys, the current one first.
    pub fn ids(&self) -> Vec<MasterKeyId> {
        self.all().map(|key| key.id).collect()
    }

    fn all(&self) -> impl Iterator<Item = &WrappingKey> {
        std::iter::once(&self.current).chain(&self.others)
    }

    /// `place` must be given again to unwrap it.
    pub fn wrap(&self, secret: &SealingKey, place: &[u8]) -> Vec<u8> {
        secret.wrapped_by(&self.current.key, self.current.id.bytes(), place)
    }

    /// The key that a wrapped one names is tried first, and then the others: it may name none.
    pub fn unwrap(&self, wrapped: &[u8], place: &[u8]) -> Result<SealingKey, Sealed> {
        let (named, others): (Vec<_>, Vec<_>) =
            self.all().partition(|key| wrapped.starts_with(&key.id.bytes()));
        let opened = |key: &WrappingKey| SealingKey::unwrapped(wrapped, &key.key, place).ok();
        named.into_iter().chain(others).find_map(opened).ok_or(Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &SealingKey, other: &SealingKey) -> bool {
        other.open(b"", &one.seal(b"", b"x")).is_ok()
    }

    #[test]
    fn what_one_master_key_has_wrapped_is_unwrapped_by_whoever_has_it_in_the_same_place() {
        let (old, new) = (MasterKey::generate(), MasterKey::generate());
        let only_old = WrappingKeys::of(&old.clone().into());
        let only_new = WrappingKeys::of(&new.clone().into());
        let both = WrappingKeys::of(&MasterKeys::new(new.clone(), vec![old.clone()]));
        assert_eq!(both.ids(), [new.id(), old.id()]);

        let secret = SealingKey::generate();
        let (by_old, by_new) = (only_old.wrap(&secret, b"here"), both.wrap(&secret, b"here"));
        assert!(by_old.starts_with(&old.id().bytes()) && by_new.starts_with(&new.id().bytes()));
        for wrapped in [&by_old, &by_new] {
            assert!(same(&both.unwrap(wrapped, b"here").expect("unwraps"), &secret));
            assert!(both.unwrap(wrapped, b"there").is_err());
        }
        assert!(only_new.unwrap(&by_old, b"here").is_err() && only_old.unwrap(&by_new, b"here").is_err());
    }

    /// As releases before this one wrap: a random nonce.
    #[test]
    fn what_names_no_master_key_is_unwrapped_and_what_names_one_is_a_nonce_like_any_other() {
        let (old, new) = (MasterKey::generate(), MasterKey::generate());
        let both = WrappingKeys::of(&MasterKeys::new(new.clone(), vec![old.clone()]));
        let before = SealingKey::new(old.derive("seal/subject-keys"));
        let secret = SealingKey::generate();
        let wrapped = secret.wrapped_by(&before, rand::random(), b"here");
        assert!(same(&both.unwrap(&wrapped, b"here").expect("unwraps"), &secret));

        let wrapped = WrappingKeys::of(&old.into()).wrap(&secret, b"here");
        assert!(same(&SealingKey::unwrapped(&wrapped, &before, b"here").expect("unwraps"), &secret));
    }
}
