//! Which file imports which.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use super::modules::Modules;
use super::paths::paths;

/// A path in one file of a crate that leads to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub importer: PathBuf,
    pub line: usize,
    /// As it is written.
    pub path: String,
    pub imported: PathBuf,
}

impl fmt::Display for Import {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { importer, line, path, imported } = self;
        write!(formatter, "{}:{line} imports {path} ({})", importer.display(), imported.display())
    }
}

/// All imports between two files. `mod` declares a file, and imports nothing.
pub fn between_files(modules: &Modules) -> BTreeSet<Import> {
    let mut imports = BTreeSet::new();
    for (id, module) in modules.all() {
        for path in module.items.iter().flat_map(paths) {
            let targets = modules.imported(id, &path).into_iter().map(|target| &modules.get(target).file);
            imports.extend(targets.filter(|file| **file != module.file).map(|file| Import {
                importer: module.file.clone(),
                line: path.line,
                path: path.to_string(),
                imported: file.clone(),
            }));
        }
    }
    imports
}

#[cfg(test)]
mod tests {
    use super::super::testing;

    /// The lines and the imported files of `src/a.rs`, in a crate that has something of everything.
    fn imports(a: &str) -> String {
        let files = [
            (
                "src/lib.rs",
                "mod a; mod b; mod facade; mod ids; pub use b::Thing as Renamed; pub struct AtRoot; \
                 mod in_place { pub struct Inside; }",
            ),
            ("src/a.rs", a),
            ("src/a/child.rs", "pub struct Child; pub fn make() {}"),
            (
                "src/b.rs",
                "pub struct Thing; pub fn make() {} \
                 #[macro_export] macro_rules! exported { () => {} }",
            ),
            (
                "src/facade/mod.rs",
                "mod event; pub(crate) mod state; pub use event::*; pub use state::{State, helper as help}; \
                 pub use chrono::Utc; pub use super::facade as itself;",
            ),
            ("src/facade/event.rs", "pub enum Event { Happened } made! { Made }"),
            ("src/facade/state.rs", "pub use super::super::b::Thing; pub struct State; pub fn helper() {}"),
            ("src/ids.rs", "typed_ids! { BusinessId, CallId } pub use crate::facade::*;"),
        ];
        let imports = testing::imports(&files).into_iter();
        let of_a = imports.filter(|import| import.importer.ends_with("a.rs"));
        let shown = of_a.map(|import| format!("{} {}", import.line, import.imported.display()));
        shown.collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn check(a: &str, expected: &str) {
        assert_eq!(imports(a), expected, "{a}");
    }

    #[test]
    fn a_path_leads_to_the_file_of_the_last_module_on_it() {
        check("use crate::b::Thing;", "1 src/b.rs");
        check("use super::b::Thing;", "1 src/b.rs");
        check("use crate::b;", "1 src/b.rs");
        check("mod child; use child::Child;", "1 src/a/child.rs");
        check("mod child; use self::child::{self, make};", "1 src/a/child.rs, 1 src/a/child.rs");
        check("use crate::facade::state::State;", "1 src/facade/state.rs");
        check("use crate::in_place::Inside;", "1 src/lib.rs");
        check("use crate::AtRoot;", "1 src/lib.rs");
        check("use crate::ids::CallId;", "1 src/ids.rs");
        check("mod inside { use super::super::b::Thing; }", "1 src/b.rs");
    }

    #[test]
    fn a_path_leads_through_reexports() {
        check("use crate::Renamed;", "1 src/b.rs");
        check("use crate::facade::State;", "1 src/facade/state.rs");
        check("use crate::facade::help;", "1 src/facade/state.rs");
        check("use crate::facade::Event::Happened;", "1 src/facade/event.rs");
        check("use crate::facade::state::Thing;", "1 src/b.rs");
        check("use crate::facade::itself::itself::State;", "1 src/facade/state.rs");
        check("use crate::ids::Event;", "1 src/facade/event.rs");
        check("use crate::facade::Made;", "1 src/facade/event.rs");
    }

    #[test]
    fn what_a_module_has_from_another_crate_is_its_own() {
        check("use crate::facade::Utc;", "1 src/facade/mod.rs");
    }

    #[test]
    fn a_glob_imports_the_module_or_what_it_only_reexports() {
        check("use crate::b::*;", "1 src/b.rs");
        check("use crate::facade::Event::*;", "1 src/facade/event.rs");
        check("use crate::facade::*;", "1 src/facade/event.rs, 1 src/facade/mod.rs, 1 src/facade/state.rs");
    }

    #[test]
    fn paths_count_wherever_they_stand() {
        check("fn f() -> crate::b::Thing {\n  crate::b::make()\n}", "1 src/b.rs, 2 src/b.rs");
        check("struct S<T: Into<crate::b::Thing>>(T);", "1 src/b.rs");
        check("fn f() { use crate::b::Thing; }", "1 src/b.rs");
        check("mod child; fn f() { child::make() }", "1 src/a/child.rs");
        check("use crate::facade as f;\ntype S = f::state::S;", "1 src/facade/mod.rs, 2 src/facade/state.rs");
        check("mod inside { fn f() { crate::b::make() } }", "1 src/b.rs");
    }

    #[test]
    fn paths_count_in_the_input_of_macros() {
        check(
            "fn f() { select! { x = crate::b::make() => [super::facade::State { n: ::b::c }] } }",
            "1 src/b.rs, 1 src/facade/state.rs",
        );
    }

    #[test]
    fn a_name_that_a_use_has_imported_is_not_counted_again() {
        check("use crate::b::Thing;\nfn f() { Thing::new() }", "1 src/b.rs");
    }

    #[test]
    fn what_is_no_import_is_let_through() {
        for a in [
            "mod child;",
            "use std::sync::Arc; use chrono::Utc; fn f() { tokio::spawn(b::c()) }",
            "use ::b::Thing; fn f() { ::b::make() }",
            "struct Own; fn f(_: self::Own) { Own::new(); Self::new() }",
            "crate::exported!(); use crate::exported;",
            "macro_rules! local { () => { $crate::b::make() } }",
            "pub(in crate::b) struct S;",
            "#[cfg(test)] use crate::b::Thing;",
            "#[cfg(test)] mod tests { use crate::b::Thing; }",
            "impl S { #[cfg(test)] fn f() -> crate::b::Thing {} }",
            "fn f() { #[cfg(all(test, unix))] fn inner() -> crate::b::Thing {} }",
        ] {
            check(a, "");
        }
    }
}
