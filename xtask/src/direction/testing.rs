//! Crates in memory.

use std::collections::BTreeSet;
use std::path::Path;

use super::imports::{self, Import};
use super::modules::Modules;

/// The modules of a crate with these files; the first is its root.
pub fn modules(files: &[(&str, &str)]) -> Modules {
    let sources = files.iter().map(|(file, text)| (file.into(), (*text).to_owned())).collect();
    Modules::parse(&sources, Path::new(files[0].0)).expect("Rust")
}

pub fn imports(files: &[(&str, &str)]) -> BTreeSet<Import> {
    imports::between_files(&modules(files))
}

/// An import that no source had to be written for.
pub fn import(importer: &str, imported: &str) -> Import {
    Import { importer: importer.into(), line: 1, path: "crate::x".to_owned(), imported: imported.into() }
}
