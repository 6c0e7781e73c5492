//! Looking for one text in JSON, without making values of the rest.
//!
//! A body may hold four megabytes that nobody has vouched for, and as values they take twenty times as much.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The text at the end of a path of keys; `None` if there is none, or if what comes before it is not JSON.
///
/// As in a `serde_json::Value`, the last of several equal keys counts.
pub fn text_at(json: &[u8], path: &[&str]) -> Option<String> {
    Path(path).deserialize(&mut serde_json::Deserializer::from_slice(json)).ok().flatten()
}

/// The keys that are still to be followed.
struct Path<'p>(&'p [&'p str]);

impl<'de> DeserializeSeed<'de> for Path<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Path<'_> {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match self.0 {
                [wanted, rest @ ..] if key == *wanted => found = map.next_value_seed(Path(rest))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| text.to_owned()))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut sequence: S) -> Result<Self::Value, S::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_text_is_found_wherever_the_path_leads_and_nowhere_else() {
        let json = br#"{"a": [1, {"b": "x"}], "c": {"d": null, "b": 7, "e\u0066": {"g": "\u00fc"}}, "t": "1", "t": "2"} rest"#;
        for (path, expected) in [
            (vec!["c", "ef", "g"], Some("\u{fc}")),
            (vec!["t"], Some("2")),
            (vec!["a", "b"], None),
            (vec!["c", "b"], None),
            (vec!["c"], None),
            (vec!["c", "ef", "g", "h"], None),
            (vec![], None),
        ] {
            assert_eq!(text_at(json, &path).as_deref(), expected, "{path:?}");
        }
        assert_eq!(text_at(b"\"text\"", &[]).as_deref(), Some("text"));
        assert_eq!(text_at(b"{\"a\": {\"b\": \"x\"", &["a", "b"]), None, "it is not whole");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<i64>().prop_map(|n| json!(n)),
            "[a-c]{0,2}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c]", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// It finds what following the path through a value finds.
        #[test]
        fn it_is_the_same_as_with_values(json in any_json(), path in prop::collection::vec("[a-c]", 0..4)) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let followed = path.iter().try_fold(&json, |value, key| value.as_object()?.get(*key));
            let expected = followed.and_then(Value::as_str).map(str::to_owned);
            prop_assert_eq!(text_at(json.to_string().as_bytes(), &path), expected);
        }
    }
}
