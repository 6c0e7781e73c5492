//! A server, whichever way it came.

use anyhow::Result;
use testcontainers::{ContainerAsync, GenericImage};

use crate::at_end::AtEnd;

/// A server for tests.
#[derive(Debug)]
pub struct Server {
    pub url: String,
    /// `None` where it was given.
    at_end: Option<AtEnd>,
    container: Option<ContainerAsync<GenericImage>>,
}

impl Server {
    /// Somebody else's.
    pub fn given(url: String) -> Self {
        Self { url, at_end: None, container: None }
    }

    pub fn started(url: String, at_end: AtEnd) -> Self {
        Self { url, at_end: Some(at_end), container: None }
    }

    pub fn contained(url: String, at_end: AtEnd, container: ContainerAsync<GenericImage>) -> Self {
        Self { url, at_end: Some(at_end), container: Some(container) }
    }

    /// Ends it before the process does. One that was given goes on.
    pub async fn end(self) -> Result<()> {
        if let Some(container) = self.container {
            container.rm().await?;
        }
        match self.at_end {
            Some(at_end) => at_end.now().await,
            None => Ok(()),
        }
    }
}
