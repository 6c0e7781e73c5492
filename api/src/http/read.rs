//! The way from a request that reads to its reply: one thing, or a page of a list.

use std::future::Future;

use frontdesk_application::app::App;
use frontdesk_application::reads::ReadError;
use frontdesk_domain::kernel::ids::{BusinessId, StreamId};
use frontdesk_projections::page::{After, PAGE, PAGE_MAX, Page, PageRequest};
use frontdesk_projections::read_model::ReadModel;
use poem::http::StatusCode;

use super::fault::Fault;
use super::field::BAD_CURSOR;
use super::problem::{Problem, ReadProblem};

/// What is read from read models.
pub struct Read<'a> {
    app: &'a App,
    model: &'a dyn ReadModel,
    others: Vec<&'a dyn ReadModel>,
    min_position: Option<&'a str>,
}

impl<'a> Read<'a> {
    pub fn of(app: &'a App, model: &'a dyn ReadModel) -> Self {
        Self { app, model, others: Vec::new(), min_position: None }
    }

    /// Another read model that adds to what is shown.
    pub fn and(mut self, other: &'a dyn ReadModel) -> Self {
        self.others.push(other);
        self
    }

    /// At the write that a request names, or later.
    pub fn at(self, min_position: &'a Option<String>) -> Self {
        Self { min_position: min_position.as_deref(), ..self }
    }

    /// Waits until all the read models show that write.
    pub async fn ready(&self) -> Result<(), ReadError> {
        for model in [self.model].iter().chain(&self.others) {
            self.app.positions.wait_for(*model, self.min_position).await?;
        }
        Ok(())
    }

    /// What is wrong with the position of that write.
    fn fault(&self) -> Option<Fault> {
        let error = self.app.positions.of_token(self.min_position?).err()?;
        Some(Fault::query("min_position", error))
    }

    /// Finds one thing in the read model; `missing` says that there is none.
    pub async fn one<T, E, F>(&self, missing: &str, find: impl Fn() -> F + Send) -> Result<T, ReadProblem>
    where
        E: Into<Problem>,
        F: Future<Output = Result<Option<T>, E>> + Send,
    {
        self.ready().await?;
        let found = self.app.positions.find(self.model, find).await?;
        Ok(found.ok_or_else(|| Problem::not_found(missing))?)
    }

    /// Reads a page of a list.
    pub async fn page<T, E, F>(
        &self,
        list: List<'_>,
        read: impl FnOnce(PageRequest) -> F,
    ) -> Result<Listed<T>, ReadProblem>
    where
        E: Into<Problem>,
        F: Future<Output = Result<Page<T>, E>>,
    {
        let (position, place) = (self.fault(), list.request(self.app));
        let page = match (position, place) {
            (None, Ok(page)) => page,
            (position, place) => {
                let faults = position.into_iter().chain(place.err()).collect();
                return Err(Problem::faulty(StatusCode::BAD_REQUEST, "bad-request", faults).into());
            }
        };
        self.ready().await?;
        Ok(list.show(self.app, read(page).await?))
    }
}

/// A place in a list. Cursors are opaque, and signed for one list of one business.
pub struct List<'a> {
    name: &'static str,
    tenant: Option<BusinessId>,
    cursor: Option<&'a str>,
    limit: Option<u16>,
}

impl<'a> List<'a> {
    pub fn of(
        name: &'static str,
        tenant: impl Into<Option<BusinessId>>,
        cursor: &'a Option<String>,
        limit: Option<u16>,
    ) -> Self {
        Self { name, tenant: tenant.into(), cursor: cursor.as_deref(), limit }
    }

    /// Reads the page at this place.
    pub async fn page<T, E, F>(
        &self,
        app: &App,
        read: impl FnOnce(PageRequest) -> F,
    ) -> Result<Listed<T>, ReadProblem>
    where
        E: Into<Problem>,
        F: Future<Output = Result<Page<T>, E>>,
    {
        let page = self.request(app).map_err(Problem::bad_request)?;
        Ok(self.show(app, read(page).await?))
    }

    fn show<T>(&self, app: &App, page: Page<T>) -> Listed<T> {
        Listed { items: page.items, next_cursor: page.next.map(|after| self.next_cursor(app, after)) }
    }

    fn request(&self, app: &App) -> Result<PageRequest, Fault> {
        let limit = self.limit.unwrap_or(PAGE);
        let after = self.cursor.map(|cursor| self.after(app, cursor)).transpose()?;
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(Fault::query("limit", format_args!("must be from 1 to {PAGE_MAX}")));
        }
        Ok(PageRequest { after, limit })
    }

    fn after(&self, app: &App, cursor: &str) -> Result<After, Fault> {
        let content = app.keys.pages.verify(&self.scope(), cursor).ok();
        let after = content.and_then(|content| serde_json::from_slice(&content).ok());
        after.ok_or_else(|| Fault::query("cursor", BAD_CURSOR))
    }

    fn next_cursor(&self, app: &App, after: After) -> String {
        app.keys.pages.sign(&self.scope(), &serde_json::to_vec(&after).unwrap_or_default())
    }

    fn scope(&self) -> Vec<u8> {
        let tenant = self.tenant.map(|tenant| tenant.uuid().into_bytes()).unwrap_or_default();
        [self.name.as_bytes(), tenant.as_slice()].concat()
    }
}

/// Items of a list, and the cursor of the next page, if there is one.
pub struct Listed<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Listed<T> {
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(show).collect(), next_cursor: self.next_cursor }
    }

    pub fn filter_map<U>(self, show: impl FnMut(T) -> Option<U>) -> Listed<U> {
        Listed { items: self.items.into_iter().filter_map(show).collect(), next_cursor: self.next_cursor }
    }
}

/// The reply that shows a page of a list, named as its schema in the OpenAPI document.
macro_rules! page {
    ($page:ident of $item:ty) => {
        /// A page of a list.
        #[derive(Debug, Clone, PartialEq, poem_openapi::Object)]
        #[oai(skip_serializing_if_is_none)]
        pub struct $page {
            /// What is on this page, in the order of the list.
            pub items: Vec<$item>,
            /// Leads to the next page, as cursor. Not there on the last one.
            pub next_cursor: Option<String>,
        }

        impl $crate::http::reply::Out for $page {}

        impl From<$crate::http::read::Listed<$item>> for $crate::http::reply::Reply<$page> {
            fn from(listed: $crate::http::read::Listed<$item>) -> Self {
                Self::new($page { items: listed.items, next_cursor: listed.next_cursor })
            }
        }
    };
}

pub(super) use page;
