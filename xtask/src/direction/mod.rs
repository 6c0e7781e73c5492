//! What may import what. Three rules hold:
//!
//! * [`members`]: a member of the workspace depends on lower members only, some do without certain crates;
//! * [`circles`]: the files of a crate import each other in no circle;
//! * [`rooms`]: the folders of the domain have an order, and a file imports from its own and lower folders.
//!
//! [`sources`] reads the files. [`paths`] finds the paths that a file writes. [`modules`] is the tree of a
//! crate's modules, and [`resolve`] says where a path leads in it. [`imports`] finds with these which file
//! imports which.

mod cfg_test;
mod circles;
mod imports;
mod members;
mod modules;
mod paths;
mod resolve;
mod rooms;
mod sources;
#[cfg(test)]
mod testing;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::Value;

use modules::Modules;

/// Checks the members that `cargo metadata` lists, and names all faults at once.
pub fn check(metadata: &Value) -> Result<()> {
    let mut faults = members::faults(metadata)?;
    let mut files = BTreeSet::new();
    let mut imports = BTreeSet::new();
    for member in sources::members(metadata)? {
        for root in &member.roots {
            let modules = Modules::parse(&member.sources, root)?;
            files.extend(modules.files());
            imports.extend(imports::between_files(&modules));
        }
    }
    faults.extend(circles::faults(&imports, circles::EXCEPTIONS));
    faults.extend(rooms::DOMAIN.faults(&files, &imports));
    if faults.is_empty() {
        println!("    {} imports between {} files", imports.len(), files.len());
        return Ok(());
    }
    bail!("faults in what imports what: {}\n\n{}", faults.len(), faults.join("\n\n"))
}
