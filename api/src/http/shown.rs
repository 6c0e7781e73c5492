//! JSON that is shown as it stands.

use std::borrow::Cow;
use std::marker::PhantomData;

use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::Value;

/// JSON that was made elsewhere. The OpenAPI document describes it as a `T`.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown<T> {
    json: Value,
    described_as: PhantomData<fn() -> T>,
}

impl<T> Shown<T> {
    pub fn of(json: Value) -> Self {
        Self { json, described_as: PhantomData }
    }
}

impl<T: Type> Type for Shown<T> {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(self.as_raw_value().into_iter())
    }
}

impl<T: Type> ParseFromJSON for Shown<T> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        Ok(Self::of(value.unwrap_or_default()))
    }
}

impl<T: Type> ToJSON for Shown<T> {
    fn to_json(&self) -> Option<Value> {
        Some(self.json.clone())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Holds JSON to its description: all of it is in there.
    #[track_caller]
    pub fn is_described<T: ParseFromJSON + ToJSON>(json: Value) {
        let read = T::parse_from_json(Some(json.clone())).map_err(|error| error.into_message());
        assert_eq!(read.map(|read| read.to_json()), Ok(Some(json)));
    }
}
