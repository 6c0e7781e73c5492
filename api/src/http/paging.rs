//! Pages of lists: an opaque cursor, signed for one list of one business, and a bounded size.

use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_projections::page::{After, PAGE, PAGE_MAX, PageRequest};

use super::problem::Problem;

/// Which list, of whom: a cursor of one is worth nothing in another.
#[derive(Debug, Clone, Copy)]
pub struct List {
    pub name: &'static str,
    pub tenant: Option<BusinessId>,
}

impl List {
    fn scope(self) -> Vec<u8> {
        let tenant = self.tenant.map(|tenant| tenant.uuid().into_bytes()).unwrap_or_default();
        [self.name.as_bytes(), tenant.as_slice()].concat()
    }

    pub fn request(self, app: &App, cursor: Option<&str>, limit: Option<u16>) -> Result<PageRequest, Problem> {
        let bad = || Problem::bad_request("cursor: this is not a cursor of this list; copy next_cursor from the page before");
        let after = match cursor {
            Some(cursor) => {
                let content = app.keys.pages.verify(&self.scope(), cursor).map_err(|_| bad())?;
                Some(serde_json::from_slice(&content).map_err(|_| bad())?)
            }
            None => None,
        };
        let limit = limit.unwrap_or(PAGE);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Problem::bad_request(format!("limit: it must be from 1 to {PAGE_MAX}")));
        }
        Ok(PageRequest { after, limit })
    }

    pub fn cursor(self, app: &App, next: Option<After>) -> Option<String> {
        next.map(|after| app.keys.pages.sign(&self.scope(), &serde_json::to_vec(&after).unwrap_or_default()))
    }
}
