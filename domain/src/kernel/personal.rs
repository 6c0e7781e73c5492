//! People's data inside events and commands.
//!
//! A [`Personal`] leaf names its *subject*, the person it is about, and carries the value. In memory the
//! value is plain. The store encrypts it with the subject's own key. Once that key is destroyed, the value is
//! read as [`Personal::Erased`], and every fold goes on without it.
//!
//! In JSON a leaf is a tagged object. The store finds it and replaces its value:
//!
//! ```json
//! {"$personal": {"subject": "01890a5d-ac96-774b-bcce-b302099a8057", "value": "Ada Lovelace"}}
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::ids::StreamId;

/// The tag of a personal leaf in JSON.
pub const TAG: &str = "$personal";

/// Whose data a leaf is: the stream of a customer, of a call, or of another thing that stands for a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectId(pub Uuid);

impl SubjectId {
    /// A placeholder in commands. The commit knows the subject.
    pub const OF_THE_COMMAND: Self = Self(Uuid::nil());

    pub fn of(id: impl StreamId) -> Self {
        Self(id.uuid())
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Something about a person. `Debug` never shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    into = "Leaf<T>",
    try_from = "Leaf<T>",
    bound(serialize = "T: Serialize + Clone", deserialize = "T: Deserialize<'de>")
)]
pub enum Personal<T> {
    Known {
        subject: SubjectId,
        value: T,
    },
    /// The subject's key was destroyed.
    Erased {
        subject: SubjectId,
    },
}

impl<T> Personal<T> {
    pub fn new(subject: SubjectId, value: T) -> Self {
        Self::Known { subject, value }
    }

    /// In a command, about a person who may not have an id yet.
    pub fn in_command(value: T) -> Self {
        Self::new(SubjectId::OF_THE_COMMAND, value)
    }

    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Erased { .. } => None,
        }
    }

    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Erased { .. } => None,
        }
    }

    /// The same value, now known to be about this person.
    pub fn about(&self, subject: SubjectId) -> Self
    where
        T: Clone,
    {
        match self {
            Self::Known { value, .. } => Self::new(subject, value.clone()),
            Self::Erased { .. } => Self::Erased { subject },
        }
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known { subject, .. } => write!(f, "Personal({subject:?})"),
            Self::Erased { subject } => write!(f, "Erased({subject:?})"),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Leaf<T> {
    #[serde(rename = "$personal")]
    personal: Content<T>,
}

#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Content<T> {
    subject: SubjectId,
    #[serde(
        default = "Option::default",
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    value: Option<T>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
}

/// A `value` that is present counts, even if it is JSON null.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<T> From<Personal<T>> for Leaf<T> {
    fn from(personal: Personal<T>) -> Self {
        let personal = match personal {
            Personal::Known { subject, value } => Content { subject, value: Some(value), erased: false },
            Personal::Erased { subject } => Content { subject, value: None, erased: true },
        };
        Self { personal }
    }
}

impl<T> TryFrom<Leaf<T>> for Personal<T> {
    type Error = &'static str;

    fn try_from(leaf: Leaf<T>) -> Result<Self, Self::Error> {
        match leaf.personal {
            Content { subject, value: Some(value), erased: false } => Ok(Self::Known { subject, value }),
            Content { subject, value: None, erased: true } => Ok(Self::Erased { subject }),
            _ => Err("a personal leaf carries either a value or \"erased\": true"),
        }
    }
}

/// The schema is that of the stored form.
impl<T> schemars::JsonSchema for Personal<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Personal".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Encrypted with the key of its subject; unreadable once that key is destroyed.",
            "type": "object",
            "required": [TAG],
            "additionalProperties": false,
            "properties": { TAG: {
                "type": "object",
                "required": ["subject", "key", "sealed"],
                "additionalProperties": false,
                "properties": {
                    "subject": { "type": "string", "format": "uuid" },
                    "key": { "type": "string", "format": "uuid" },
                    "sealed": { "type": "string", "contentEncoding": "base64" },
                },
            }},
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_value() {
        let leaf = Personal::new(SubjectId(Uuid::from_u128(7)), "Ada Lovelace".to_owned());
        assert!(!format!("{leaf:?}").contains("Ada"));
    }

    #[test]
    fn both_states_survive_json() {
        let subject = SubjectId(Uuid::from_u128(7));
        for leaf in [Personal::new(subject, "Ada".to_owned()), Personal::Erased { subject }] {
            let json = serde_json::to_string(&leaf).expect("serialises");
            assert_eq!(serde_json::from_str::<Personal<String>>(&json).expect("parses"), leaf);
        }
    }

    #[test]
    fn a_leaf_with_neither_value_nor_erasure_is_refused() {
        let subject = Uuid::nil();
        let json = format!(r#"{{"$personal":{{"subject":"{subject}"}}}}"#);
        assert!(serde_json::from_str::<Personal<String>>(&json).is_err());
    }
}
