//! The paths that an item writes: in `use` trees, in types and expressions, and in the input of macros.

use std::fmt;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMacro, ItemMod, ItemUse, Macro, UseTree, Visibility};

use super::cfg_test::{only_for_tests, part_only_for_tests};

/// A path as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenPath {
    pub segments: Vec<String>,
    pub line: usize,
    pub brings: Brings,
}

/// What a path brings into the scope of its module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brings {
    /// It is no `use`.
    Nothing,
    Name(String),
    Everything,
}

impl fmt::Display for WrittenPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let everything = if self.brings == Brings::Everything { "::*" } else { "" };
        write!(formatter, "{}{everything}", self.segments.join("::"))
    }
}

/// The paths in an item, without those in its tests. A path of one segment is left out: what it names stands
/// in the same file, or a `use` has imported it.
pub fn paths(item: &Item) -> Vec<WrittenPath> {
    let mut collector = Collector { paths: Vec::new() };
    collector.visit_item(item);
    collector.paths
}

/// The paths in a `use`, one for each name. A path that starts with `::` leads to another crate.
pub fn uses(item: &ItemUse) -> Vec<WrittenPath> {
    let mut paths = Vec::new();
    if item.leading_colon.is_none() {
        flatten(&item.tree, &[], &mut paths);
    }
    paths
}

fn flatten(tree: &UseTree, before: &[String], paths: &mut Vec<WrittenPath>) {
    let after = |ident: &Ident| [before, &[name(ident)]].concat();
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &after(&path.ident), paths),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, paths)),
        UseTree::Name(leaf) if leaf.ident == "self" => {
            let brings = before.last().cloned().map_or(Brings::Nothing, Brings::Name);
            paths.push(WrittenPath { segments: before.to_vec(), line: line(&leaf.ident), brings });
        }
        UseTree::Name(leaf) => {
            let brings = Brings::Name(name(&leaf.ident));
            paths.push(WrittenPath { segments: after(&leaf.ident), line: line(&leaf.ident), brings });
        }
        UseTree::Rename(leaf) => {
            let segments = if leaf.ident == "self" { before.to_vec() } else { after(&leaf.ident) };
            let brings = Brings::Name(name(&leaf.rename));
            paths.push(WrittenPath { segments, line: line(&leaf.ident), brings });
        }
        UseTree::Glob(glob) => {
            let line = glob.star_token.span.start().line;
            paths.push(WrittenPath { segments: before.to_vec(), line, brings: Brings::Everything });
        }
    }
}

pub fn name(ident: &Ident) -> String {
    ident.unraw().to_string()
}

fn line(ident: &Ident) -> usize {
    ident.span().start().line
}

struct Collector {
    paths: Vec<WrittenPath>,
}

impl Collector {
    fn push<'a>(&mut self, idents: impl IntoIterator<Item = &'a Ident>) {
        let idents: Vec<_> = idents.into_iter().collect();
        if let [first, _, ..] = idents[..] {
            let segments = idents.iter().map(|ident| name(ident)).collect();
            self.paths.push(WrittenPath { segments, line: line(first), brings: Brings::Nothing });
        }
    }

    /// The paths in a macro's input, which need not be Rust: names with `::` between them.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => path.push(ident),
                token => {
                    self.push(&path);
                    path.clear();
                    match token {
                        TokenTree::Ident(ident) if colons != 2 => path.push(ident),
                        TokenTree::Group(group) => self.scan(group.stream()),
                        _ => {}
                    }
                }
            }
            colons = 0;
        }
        self.push(&path);
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        if !only_for_tests(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, part: &'ast ImplItem) {
        if !part_only_for_tests(part) {
            visit::visit_impl_item(self, part);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.paths.extend(uses(item));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.push(path.segments.iter().map(|segment| &segment.ident));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.scan(call.tokens.clone());
    }

    /// What a macro is defined as is imported where it is called.
    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        if item.ident.is_none() {
            self.visit_macro(&item.mac);
        }
    }

    /// A module has its own items.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}
