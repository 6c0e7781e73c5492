//! Lists in pages: keyset pagination by a sort key and an id, so that what comes and goes between two pages
//! shifts nothing.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// At most this many items a page.
pub const PAGE_MAX: u16 = 200;
pub const PAGE: u16 = 50;

/// The place after an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// The sort key: a position, or microseconds since 1970.
    pub key: i64,
    pub id: Uuid,
}

impl After {
    /// The instant of a place in a list by time.
    pub fn instant(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.key).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// Which page is wanted.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    pub after: Option<After>,
    pub limit: u16,
}

#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
}

impl PageRequest {
    /// One more row than fits says whether there is a next page.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    pub fn page<T>(&self, mut items: Vec<T>, place: impl Fn(&T) -> After) -> Page<T> {
        let limit = usize::from(self.limit);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(place) } else { None };
        Page { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_next_page_when_one_row_more_was_found() {
        let request = PageRequest { after: None, limit: 2 };
        let place = |item: &i64| After { key: *item, id: Uuid::nil() };
        assert_eq!(request.rows(), 3);
        let page = request.page(vec![1, 2, 3], place);
        assert_eq!((page.items, page.next.map(|after| after.key)), (vec![1, 2], Some(2)));
        assert!(request.page(vec![1, 2], place).next.is_none());
        assert!(request.page(vec![], place).next.is_none());
    }
}
