//! What is wrong with a request, and where.

use std::fmt;

use poem_openapi::{Enum, Object};

/// What is longer repeats what was sent, which its sender knows.
const DETAIL_CHARS_MAX: usize = 1_000;

/// The part of a request that something is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Enum)]
#[oai(rename = "RequestPart", rename_all = "snake_case")]
pub enum Part {
    Path,
    Query,
    Header,
    Body,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(rename = "Fault", skip_serializing_if_is_none)]
pub struct Fault {
    /// The part of the request that it is in.
    #[oai(rename = "in")]
    pub part: Part,
    /// In the body: a JSON pointer (RFC 6901). The empty one is the body itself.
    pub pointer: Option<String>,
    /// Elsewhere: the name of the parameter or header.
    pub parameter: Option<String>,
    /// What is wrong there, and what would be right.
    pub detail: String,
}

impl Fault {
    /// Of the body, at a JSON pointer.
    pub fn body(pointer: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self { part: Part::Body, pointer: Some(clipped(pointer)), parameter: None, detail: clipped(detail) }
    }

    pub fn query(parameter: &str, detail: impl fmt::Display) -> Self {
        Self::of(Part::Query, parameter, detail)
    }

    pub fn header(name: &str, detail: impl fmt::Display) -> Self {
        Self::of(Part::Header, name, detail)
    }

    pub fn of(part: Part, parameter: &str, detail: impl fmt::Display) -> Self {
        Self { part, pointer: None, parameter: Some(clipped(parameter)), detail: clipped(detail) }
    }

    /// The fault of a part of the body, in the whole.
    pub fn within(self, prefix: &str) -> Self {
        Self { pointer: self.pointer.map(|pointer| format!("{prefix}{pointer}")), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.pointer.as_deref().or(self.parameter.as_deref()).unwrap_or_default();
        let place = if place.is_empty() { "the body" } else { place };
        write!(f, "{place}: {}", self.detail)
    }
}

/// Puts the faults of a part of the body into the whole.
pub fn within(prefix: &str) -> impl Fn(Fault) -> Fault {
    move |fault| fault.within(prefix)
}

/// Reads each item of a list that is at this place of the body.
pub fn each<T, U>(place: &str, items: Vec<T>, read: impl Fn(T) -> Result<U, Fault>) -> Result<Vec<U>, Fault> {
    let read = |(index, item)| read(item).map_err(within(&format!("{place}/{index}")));
    items.into_iter().enumerate().map(read).collect()
}

/// The pointer to a field (RFC 6901, section 3).
pub fn pointer(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn clipped(detail: impl fmt::Display) -> String {
    let mut detail = detail.to_string();
    if let Some((end, _)) = detail.char_indices().nth(DETAIL_CHARS_MAX) {
        detail.truncate(end);
        detail.push('…');
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_where_it_is() {
        assert_eq!(
            Fault::body("/fee", "is missing").within("/late/0").to_string(),
            "/late/0/fee: is missing"
        );
        assert_eq!(Fault::body("", "is missing").to_string(), "the body: is missing");
        assert_eq!(Fault::query("limit", "must be less").within("/late").to_string(), "limit: must be less");
    }

    #[test]
    fn what_was_sent_is_not_sent_back_whole() {
        let fault = Fault::body("ñ".repeat(5_000), "ñ".repeat(5_000));
        let counts = [fault.detail, fault.pointer.unwrap_or_default()].map(|text| text.chars().count());
        assert_eq!(counts, [DETAIL_CHARS_MAX + 1; 2]);
    }
}
