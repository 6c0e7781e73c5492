//! JSON as it was sent. Three things that `serde_json` would pass on are dealt with here.
//!
//! * No text of PostgreSQL can hold the character NUL. It is a fault.
//! * Of a field that is given twice, one would be lost without a word (RFC 8259, section 4). It is a fault.
//! * JSON has one kind of number, and some programs write 45 as `45.0`. What is whole is read as whole.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::fault::{Fault, pointer};

/// Up to here every whole number is a number of 64 bits, and the other way round.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

#[derive(Debug, Default)]
pub struct Read {
    pub value: Value,
    /// The fields that are given more than once.
    pub faults: Vec<Fault>,
    /// Whether the text says otherwise what the value is.
    pub is_rewritten: bool,
}

/// Reads a body. Of the faults that it may have, so many are named.
pub fn read(text: &[u8], faults_max: usize) -> serde_json::Result<Read> {
    let found = Found { faults_max, ..Found::default() };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Part { at: Place::Top, found: &found }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(Read { value, faults: found.faults.into_inner(), is_rewritten: found.is_rewritten.get() })
}

#[derive(Debug, Default)]
struct Found {
    faults: RefCell<Vec<Fault>>,
    faults_max: usize,
    is_rewritten: Cell<bool>,
}

impl Found {
    fn note(&self, at: &Place<'_>, fault: &str) {
        let mut faults = self.faults.borrow_mut();
        if faults.len() < self.faults_max {
            faults.push(Fault::body(at.pointer(), fault));
        }
    }
}

/// The value at a place.
#[derive(Clone, Copy)]
struct Part<'a> {
    at: Place<'a>,
    found: &'a Found,
}

/// Where a value is. It is written out for a fault only: names may be long, and values many.
#[derive(Clone, Copy)]
enum Place<'a> {
    Top,
    Item(&'a Place<'a>, usize),
    Field(&'a Place<'a>, &'a str),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Top => String::new(),
            Self::Item(within, number) => pointer(&within.pointer(), &number.to_string()),
            Self::Field(within, name) => pointer(&within.pointer(), name),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        if number.fract() == 0.0 && number.abs() <= WHOLE_MAX {
            self.found.is_rewritten.set(true);
            return Ok((number as i64).into());
        }
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        if text.contains('\0') {
            self.found.note(&self.at, "has the character NUL in it, which no text has");
        }
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        loop {
            let at = Place::Item(&self.at, read.len());
            let Some(item) = items.next_element_seed(Part { at, ..self })? else { break };
            read.push(item);
        }
        Ok(read.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let at = Place::Field(&self.at, &name);
            let value = fields.next_value_seed(Part { at, ..self })?;
            if read.contains_key(&name) {
                self.found.note(&at, "is given more than once; give it once");
            }
            read.insert(name, value);
        }
        Ok(read.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Read {
        super::read(text.as_bytes(), 3).expect("JSON")
    }

    #[test]
    fn what_is_given_twice_is_named_at_its_place() {
        let read = read(r#"{"a":1,"b":[{"c/d":1,"c/d":2}],"a":{"a":1},"\u0061":3}"#);
        let faults: Vec<String> = read.faults.iter().map(Fault::to_string).collect();
        let again =
            ["/b/0/c~1d", "/a", "/a"].map(|at| format!("{at}: is given more than once; give it once"));
        assert_eq!(faults, again);
        assert!(!read.is_rewritten);
    }

    #[test]
    fn no_text_has_a_nul_in_it() {
        let read = read(r#"{"a":["b","c\u0000"],"d":"e"}"#);
        let faults: Vec<String> = read.faults.iter().map(Fault::to_string).collect();
        assert_eq!(faults, ["/a/1: has the character NUL in it, which no text has"]);
    }

    #[test]
    fn no_more_faults_are_named_than_wanted() {
        assert_eq!(read(r#"{"a":1,"a":1,"a":1,"a":1,"a":1,"a":1}"#).faults.len(), 3);
    }

    #[test]
    fn what_is_whole_is_read_as_whole() {
        let read = read("[45.0, 1e2, -0.0, 9007199254740992.0, 1, -1, 18446744073709551615]");
        let whole = json!([45, 100, 0, 9_007_199_254_740_992_i64, 1, -1, u64::MAX]);
        assert_eq!((read.value, read.is_rewritten), (whole, true));
        let other = json!([1.5, 1e300, 1e16, "45.0", true, null, {}]);
        let text = other.to_string();
        let read = super::read(text.as_bytes(), 3).expect("JSON");
        assert_eq!((read.value, read.is_rewritten), (other, false));
    }

    #[test]
    fn what_is_no_json_is_refused_in_the_words_of_serde_json() {
        for text in ["", "{", "{\"a\":}", "[1,]", "{} {}", "\u{feff}{}", &"[".repeat(1_000)] {
            let expected = serde_json::from_str::<Value>(text).expect_err(text).to_string();
            let error = super::read(text.as_bytes(), 3).expect_err(text).to_string();
            assert_eq!(error, expected, "{text}");
        }
    }
}
