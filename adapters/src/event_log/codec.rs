//! People's data on its way into the log and out of it.
//!
//! In memory a personal leaf is `{"$personal": {"subject": …, "value": …}}`; in the log it is `{"$personal":
//! {"subject": …, "key": …, "sealed": …}}`, encrypted with the subject's key and bound to the tenant, the
//! subject, the event and the leaf's place in it: a cipher text moved anywhere else does not open.

use std::collections::BTreeSet;

use frontdesk_domain::kernel::ids::{BusinessId, EventId, StreamId};
use frontdesk_domain::kernel::personal::{SubjectId, TAG};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::keys::{Key, KeyRing, Keys, UsedKeys};

/// Nothing may be written about this person any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this person's data has been erased; nothing more may be recorded about them")]
pub struct Erased(pub SubjectId);

/// Where a document stands: with the leaf's path in it, what its leaves are bound to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub tenant: BusinessId,
    pub event: EventId,
    /// The column, or the part of a column.
    pub part: &'a str,
}

impl Place<'_> {
    fn of_leaf(self, subject: SubjectId, path: &str) -> Vec<u8> {
        let ids = [self.tenant.uuid().into_bytes(), subject.0.into_bytes(), self.event.uuid().into_bytes()];
        [ids.as_flattened(), self.part.as_bytes(), b"\0", path.as_bytes()].concat()
    }
}

/// Encrypts every personal leaf. Leaves about "the person of this command" are about `command_subject`.
pub fn seal(
    ring: &KeyRing,
    place: Place<'_>,
    command_subject: SubjectId,
    document: &mut Value,
    used: &mut UsedKeys,
) -> Result<(), Erased> {
    each_leaf(document, &mut String::new(), &mut |leaf, path| {
        let mut subject = subject_of(leaf).unwrap_or(SubjectId::OF_THE_COMMAND);
        if subject == SubjectId::OF_THE_COMMAND {
            subject = command_subject;
        }
        // Something read as erased and written again says no more than that.
        let Some(value) = leaf.get("value") else {
            return Err(Erased(subject));
        };
        let key = match used.get(&subject) {
            Some(key) => key.clone(),
            None => match ring.for_writing((place.tenant, subject)) {
                Key::Present(key) => used.entry(subject).or_insert(key).clone(),
                Key::Destroyed => return Err(Erased(subject)),
            },
        };
        let sealed = key.secret.seal_text(&place.of_leaf(subject, path), value.to_string().as_bytes());
        *leaf = json!({ "subject": subject, "key": key.id, "sealed": sealed });
        Ok(())
    })
}

/// Whose keys a stored document needs.
pub fn subjects(document: &mut Value, into: &mut BTreeSet<SubjectId>) {
    let _: Result<(), ()> = each_leaf(document, &mut String::new(), &mut |leaf, _| {
        into.extend(subject_of(leaf));
        Ok(())
    });
}

/// Decrypts every personal leaf; those whose key is destroyed become erased ones.
pub fn open(keys: &Keys, place: Place<'_>, document: &mut Value) -> Result<(), String> {
    each_leaf(document, &mut String::new(), &mut |leaf, path| {
        let stored =
            (subject_of(leaf), leaf.get("key").and_then(uuid), leaf.get("sealed").and_then(Value::as_str));
        let (Some(subject), Some(key_id), Some(sealed)) = stored else {
            return Err(format!("the personal leaf at {path:?} is not a sealed one"));
        };
        *leaf = match keys.get((place.tenant, subject)).map_err(|error| error.to_string())? {
            Some(Key::Destroyed) => json!({ "subject": subject, "erased": true }),
            Some(Key::Present(key)) if key.id == key_id => {
                let plain = key
                    .secret
                    .open_text(&place.of_leaf(subject, path), sealed)
                    .map_err(|error| format!("{path}: {error}"))?;
                let value: Value =
                    serde_json::from_slice(&plain).map_err(|error| format!("{path}: {error}"))?;
                json!({ "subject": subject, "value": value })
            }
            Some(Key::Present(_)) | None => {
                return Err(format!("the key of the personal leaf at {path:?} does not exist"));
            }
        };
        Ok(())
    })
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn subject_of(leaf: &Value) -> Option<SubjectId> {
    leaf.get("subject").and_then(uuid).map(SubjectId)
}

/// Calls on the content of every personal leaf, with its path. It does not look inside leaves.
fn each_leaf<E>(
    document: &mut Value,
    path: &mut String,
    on_leaf: &mut impl FnMut(&mut Value, &str) -> Result<(), E>,
) -> Result<(), E> {
    match document {
        Value::Object(object) => {
            if let Some(leaf) = as_leaf(object) {
                return on_leaf(leaf, path);
            }
            for (name, value) in object {
                within(path, name, |path| each_leaf(value, path, on_leaf))?;
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter_mut().enumerate() {
                within(path, &index.to_string(), |path| each_leaf(value, path, on_leaf))?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

fn within<T>(path: &mut String, name: &str, work: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    path.push('/');
    path.push_str(name);
    let result = work(path);
    path.truncate(length);
    result
}

fn as_leaf(object: &mut Map<String, Value>) -> Option<&mut Value> {
    if object.len() == 1 { object.get_mut(TAG) } else { None }
}
