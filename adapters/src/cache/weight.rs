//! About how many bytes a value takes in memory.
//!
//! It goes over the value as if it were written, and writes nothing: what is kept for long, like folded
//! aggregates, can be written anyway. So nobody has to say what each type weighs, and no new field is
//! forgotten. It is an estimate, and good enough for a cache to be bounded by.

use std::fmt;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// A number, an instant, a variant of an enum.
const WORD: u64 = 8;
/// A string or a list, without what is in it.
const HEADER: u64 = 24;
/// What a tree, a map or a list takes for each entry beside the entry.
const PLACE: u64 = 16;

/// About how many bytes a value takes.
pub fn weight_of<T: Serialize + ?Sized>(value: &T) -> u64 {
    let mut weight = Weight(0);
    // Whatever cannot be written weighs what was seen of it.
    let _ = value.serialize(&mut weight);
    weight.0
}

struct Weight(u64);

impl Weight {
    fn add(&mut self, bytes: u64) -> Result<(), fmt::Error> {
        self.0 = self.0.saturating_add(bytes);
        Ok(())
    }

    fn add_text(&mut self, bytes: usize) -> Result<(), fmt::Error> {
        self.add(HEADER + bytes as u64)
    }

    fn add_part<T: Serialize + ?Sized>(&mut self, part: &T) -> Result<(), fmt::Error> {
        part.serialize(self)
    }

    fn begin(&mut self) -> Result<&mut Self, fmt::Error> {
        self.add(HEADER)?;
        Ok(self)
    }
}

macro_rules! words {
    ($($method:ident: $type:ty),+ $(,)?) => {
        $(fn $method(self, _: $type) -> Result<(), fmt::Error> {
            self.add(WORD)
        })+
    };
}

impl Serializer for &mut Weight {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    words! {
        serialize_bool: bool, serialize_char: char, serialize_f32: f32, serialize_f64: f64,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_unit_struct: &'static str,
    }

    /// As they are in memory, not as people read them.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_str(self, text: &str) -> Result<(), fmt::Error> {
        self.add_text(text.len())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), fmt::Error> {
        self.add(bytes.len() as u64)
    }

    /// Instants and the like are written as text that is made for it. They are small.
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), fmt::Error> {
        self.add(2 * WORD)
    }

    fn serialize_none(self) -> Result<(), fmt::Error> {
        self.add(WORD)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), fmt::Error> {
        self.add_part(value)
    }

    fn serialize_unit(self) -> Result<(), fmt::Error> {
        self.add(WORD)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), fmt::Error> {
        self.add(WORD)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), fmt::Error> {
        self.add_part(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), fmt::Error> {
        self.add(WORD)?;
        self.add_part(value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, fmt::Error> {
        self.begin()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, fmt::Error> {
        self.add(WORD)?;
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, fmt::Error> {
        self.begin()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, fmt::Error> {
        self.add(WORD)?;
        Ok(self)
    }
}

impl SerializeSeq for &mut Weight {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
        self.add(PLACE)?;
        self.add_part(value)
    }

    fn end(self) -> Result<(), fmt::Error> {
        Ok(())
    }
}

impl SerializeMap for &mut Weight {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), fmt::Error> {
        self.add(PLACE)?;
        self.add_part(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
        self.add_part(value)
    }

    fn end(self) -> Result<(), fmt::Error> {
        Ok(())
    }
}

/// Tuples and fields are where they belong: they take nothing beside themselves.
macro_rules! fields {
    ($($trait:ident: $method:ident),+ $(,)?) => {
        $(impl $trait for &mut Weight {
            type Ok = ();
            type Error = fmt::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
                self.add_part(value)
            }

            fn end(self) -> Result<(), fmt::Error> {
                Ok(())
            }
        })+
    };
}

macro_rules! named_fields {
    ($($trait:ident),+ $(,)?) => {
        $(impl $trait for &mut Weight {
            type Ok = ();
            type Error = fmt::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _: &'static str,
                value: &T,
            ) -> Result<(), fmt::Error> {
                self.add_part(value)
            }

            fn end(self) -> Result<(), fmt::Error> {
                Ok(())
            }
        })+
    };
}

fields!(SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field);
named_fields!(SerializeStruct, SerializeStructVariant);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{DateTime, Utc};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn it_is_about_what_the_value_takes() {
        let instants: Vec<DateTime<Utc>> = vec![DateTime::UNIX_EPOCH; 100];
        let tree: BTreeMap<Uuid, [i64; 4]> =
            (0..100).map(|number| (Uuid::from_u128(number), [0; 4])).collect();
        let size = |bytes: usize| bytes as u64;
        for (what, weight, bytes) in [
            ("a text", weight_of(&"x".repeat(100_000)), 100_000),
            ("instants", weight_of(&instants), size(100 * size_of::<DateTime<Utc>>())),
            ("a tree", weight_of(&tree), size(100 * (size_of::<Uuid>() + 32))),
            ("nothing", weight_of(&None::<String>), size(size_of::<Option<String>>())),
            ("what is written by hand", weight_of(&json!({ "a": ["b".repeat(10_000), 1, null] })), 10_000),
        ] {
            assert!((bytes / 3..=bytes * 3).contains(&weight), "{what}: {weight} for {bytes}");
        }
    }
}
