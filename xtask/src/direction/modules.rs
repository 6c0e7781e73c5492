//! The tree of a crate's modules, in files and in place. What is declared under `#[cfg(test)]` is not in it.
//! Its root always is: a crate of tests has a tree, too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{Item, ItemMacro, ItemMod};

use super::cfg_test::only_for_tests;
use super::paths::{Brings, WrittenPath, name, uses};
use super::sources::Sources;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleId(usize);

pub const ROOT: ModuleId = ModuleId(0);

/// The modules of a library or an executable.
#[derive(Default)]
pub struct Modules {
    all: Vec<Module>,
    /// The names of macros under `#[macro_export]`: they stand at the root, wherever they are defined.
    pub exported_macros: BTreeSet<String>,
}

#[derive(Default)]
pub struct Module {
    pub file: PathBuf,
    pub parent: Option<ModuleId>,
    pub children: BTreeMap<String, ModuleId>,
    /// What stands in it besides its modules.
    pub items: Vec<Item>,
    /// The names of its items.
    pub defined: BTreeSet<String>,
    /// The names in its calls of macros, which may define items by these names.
    pub mentioned: BTreeSet<String>,
    /// The names that `use` brings.
    pub used: BTreeMap<String, WrittenPath>,
    pub globs: Vec<WrittenPath>,
}

/// Where a module stands.
struct Place {
    file: PathBuf,
    /// The directory that the files of its modules are in.
    directory: PathBuf,
    parent: Option<ModuleId>,
}

impl Modules {
    /// The modules that a root declares, and those that these declare, and so on.
    pub fn parse(sources: &Sources, root: &Path) -> Result<Self> {
        let mut parser = Parser { sources, modules: Self::default() };
        let directory = root.parent().unwrap_or(root).to_owned();
        parser.add_file(Place { file: root.to_owned(), directory, parent: None })?;
        Ok(parser.modules)
    }

    pub fn all(&self) -> impl Iterator<Item = (ModuleId, &Module)> {
        self.all.iter().enumerate().map(|(index, module)| (ModuleId(index), module))
    }

    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.all.iter().map(|module| module.file.clone())
    }

    pub fn get(&self, id: ModuleId) -> &Module {
        &self.all[id.0]
    }
}

struct Parser<'a> {
    sources: &'a Sources,
    modules: Modules,
}

impl Parser<'_> {
    fn add_file(&mut self, place: Place) -> Result<ModuleId> {
        let shown = place.file.display();
        let text = self.sources.get(&place.file);
        let parsed = syn::parse_file(text.with_context(|| format!("{shown} is declared, but missing"))?);
        let parsed = parsed.map_err(|error| anyhow!("{shown}:{}: {error}", error.span().start().line))?;
        self.add(place, parsed.items)
    }

    fn add(&mut self, place: Place, items: Vec<Item>) -> Result<ModuleId> {
        let id = ModuleId(self.modules.all.len());
        self.modules.all.push(Module { file: place.file, parent: place.parent, ..Module::default() });
        for item in items.into_iter().filter(|item| !only_for_tests(item)) {
            if let Item::Mod(child) = item {
                let child_name = name(&child.ident);
                let child = self.add_child(id, &place.directory, child)?;
                self.modules.all[id.0].children.insert(child_name, child);
            } else {
                self.modules.exported_macros.extend(exported_macro(&item));
                self.modules.all[id.0].add(item);
            }
        }
        Ok(id)
    }

    fn add_child(&mut self, parent: ModuleId, beside: &Path, child: ItemMod) -> Result<ModuleId> {
        let directory = beside.join(name(&child.ident));
        if let Some((_, items)) = child.content {
            let file = self.modules.get(parent).file.clone();
            return self.add(Place { file, directory, parent: Some(parent) }, items);
        }
        let inside = directory.join("mod.rs");
        let file = if self.sources.contains_key(&inside) { inside } else { directory.with_extension("rs") };
        self.add_file(Place { file, directory, parent: Some(parent) })
    }
}

impl Module {
    /// Whether all that is in it comes from elsewhere.
    pub fn only_reexports(&self) -> bool {
        let defines = !self.defined.is_empty() || !self.mentioned.is_empty();
        let reexports = !self.used.is_empty() || !self.globs.is_empty();
        reexports && !defines
    }

    fn add(&mut self, item: Item) {
        match &item {
            Item::Const(item) => self.define(&item.ident),
            Item::Enum(item) => self.define(&item.ident),
            Item::Fn(item) => self.define(&item.sig.ident),
            Item::Macro(ItemMacro { ident: Some(ident), .. }) => self.define(ident),
            Item::Macro(call) => self.mention(call.mac.tokens.clone()),
            Item::Static(item) => self.define(&item.ident),
            Item::Struct(item) => self.define(&item.ident),
            Item::Trait(item) => self.define(&item.ident),
            Item::TraitAlias(item) => self.define(&item.ident),
            Item::Type(item) => self.define(&item.ident),
            Item::Union(item) => self.define(&item.ident),
            Item::Use(item) => uses(item).into_iter().for_each(|path| self.bring(path)),
            _ => {}
        }
        self.items.push(item);
    }

    fn define(&mut self, ident: &Ident) {
        self.defined.insert(name(ident));
    }

    fn mention(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    self.mentioned.insert(name(&ident));
                }
                TokenTree::Group(group) => self.mention(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn bring(&mut self, path: WrittenPath) {
        match &path.brings {
            Brings::Name(name) => {
                self.used.insert(name.clone(), path);
            }
            Brings::Everything => self.globs.push(path),
            Brings::Nothing => {}
        }
    }
}

fn exported_macro(item: &Item) -> Option<String> {
    let Item::Macro(ItemMacro { attrs, ident: Some(ident), .. }) = item else { return None };
    attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")).then(|| name(ident))
}

#[cfg(test)]
mod tests {
    use super::super::testing::modules;
    use super::*;

    fn files(sources: &[(&str, &str)]) -> Vec<String> {
        modules(sources).files().map(|file| file.display().to_string()).collect()
    }

    #[test]
    fn a_file_of_a_module_stands_beside_or_inside_its_folder() {
        let sources = [
            ("src/lib.rs", "mod a; mod b; mod c { mod d; }"),
            ("src/a.rs", "mod below;"),
            ("src/a/below.rs", ""),
            ("src/b/mod.rs", "mod below;"),
            ("src/b/below.rs", ""),
            ("src/c/d.rs", ""),
        ];
        let expected = [
            "src/lib.rs",
            "src/a.rs",
            "src/a/below.rs",
            "src/b/mod.rs",
            "src/b/below.rs",
            // `c` stands in the root's file.
            "src/lib.rs",
            "src/c/d.rs",
        ];
        assert_eq!(files(&sources), expected);
    }

    #[test]
    fn files_of_tests_are_not_read() {
        let root = "#[cfg(test)] mod tests; #[cfg(all(test, unix))] mod more; #[cfg(not(test))] mod product;";
        assert_eq!(files(&[("src/lib.rs", root), ("src/product.rs", "")]), ["src/lib.rs", "src/product.rs"]);
    }

    #[test]
    fn a_file_that_is_missing_or_no_rust_is_named() {
        let fault = |text: &str| {
            let sources = Sources::from([("src/lib.rs".into(), text.to_owned())]);
            Modules::parse(&sources, Path::new("src/lib.rs")).err().map(|error| error.to_string())
        };
        assert_eq!(fault("mod a;").as_deref(), Some("src/a.rs is declared, but missing"));
        let unparsable = fault("\nuse;").expect("a fault");
        assert!(unparsable.starts_with("src/lib.rs:2: "), "{unparsable}");
    }
}
