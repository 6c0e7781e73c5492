//! The JSON schemas of the stored events, one file for each aggregate. A change of a stored event is thus
//! seen in review.

use std::path::{Path, PathBuf};

use anyhow::Result;
use frontdesk_domain::registry::AGGREGATES;

use crate::check::{Generated, pretty};

const DIRECTORY: &str = "domain/schemas";

pub fn generated() -> Result<Generated> {
    let directory = PathBuf::from(DIRECTORY);
    let files = AGGREGATES
        .iter()
        .map(|aggregate| {
            Ok((
                Path::new(DIRECTORY).join(aggregate.name).with_extension("json"),
                pretty((aggregate.event_schema)().as_value())?,
            ))
        })
        .collect::<Result<_>>()?;
    Ok(Generated { files, directory: Some(directory) })
}
