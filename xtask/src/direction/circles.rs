//! The files of a crate import each other in no circle: each can be read, tested and moved without those that
//! import it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use super::imports::Import;

/// An import that may close a circle.
pub struct Exception {
    importer: &'static str,
    imported: &'static str,
    reason: &'static str,
}

pub const EXCEPTIONS: &[Exception] = &[];

impl Exception {
    fn allows(&self, import: &Import) -> bool {
        import.importer == Path::new(self.importer) && import.imported == Path::new(self.imported)
    }
}

/// For each file the files that it imports, each with the first import.
type Graph<'a> = BTreeMap<&'a Path, BTreeMap<&'a Path, &'a Import>>;

/// The circles, and the exceptions that are not needed.
pub fn faults(imports: &BTreeSet<Import>, exceptions: &[Exception]) -> Vec<String> {
    let graph = graph(imports, &exceptions.iter().collect::<Vec<_>>());
    let mut faults: Vec<_> = tied(&graph).iter().map(|files| describe(files, &graph)).collect();
    for exception in exceptions {
        if !is_needed(exception, imports, exceptions) {
            let Exception { importer, imported, reason } = exception;
            faults.push(format!(
                "{importer} need not be allowed to import {imported} ({reason}), as that closes no circle: \
                 remove the exception from xtask/src/direction/circles.rs"
            ));
        }
    }
    faults
}

/// Whether there is a circle without this exception, though not without another.
fn is_needed(exception: &Exception, imports: &BTreeSet<Import>, exceptions: &[Exception]) -> bool {
    let others: Vec<_> = exceptions.iter().filter(|other| !std::ptr::eq(*other, exception)).collect();
    let graph = graph(imports, &others);
    let importer = Path::new(exception.importer);
    let imported = graph.get(importer).and_then(|imported| imported.get(Path::new(exception.imported)));
    imported.is_some_and(|import| reached(&graph, &import.imported).contains(importer))
}

fn graph<'a>(imports: &'a BTreeSet<Import>, exceptions: &[&Exception]) -> Graph<'a> {
    let is_excepted = |import: &&Import| exceptions.iter().any(|exception| exception.allows(import));
    let mut graph = Graph::new();
    for import in imports.iter().filter(|import| !is_excepted(import)) {
        graph.entry(&import.importer).or_default().entry(&import.imported).or_insert(import);
    }
    graph
}

/// The sets of files that all reach each other.
fn tied<'a>(graph: &Graph<'a>) -> Vec<BTreeSet<&'a Path>> {
    let reached: BTreeMap<_, _> = graph.keys().map(|file| (*file, reached(graph, file))).collect();
    let mut sets = Vec::new();
    for (file, others) in &reached {
        let leads_back = |other: &&Path| reached.get(other).is_some_and(|files| files.contains(file));
        let set: BTreeSet<_> = others.iter().copied().filter(leads_back).collect();
        if set.first() == Some(file) {
            sets.push(set);
        }
    }
    sets
}

/// The files that a file imports, those that these import, and so on.
fn reached<'a>(graph: &Graph<'a>, from: &Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(file) = waiting.pop() {
        for imported in graph.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(*imported) {
                waiting.push(imported);
            }
        }
    }
    reached
}

const REMEDY: &str = "move what they share to a file that imports none of them";

fn describe(files: &BTreeSet<&Path>, graph: &Graph<'_>) -> String {
    let mut text = format!("{} files import each other in circles; {REMEDY}:", files.len());
    for circle in disjoint_circles(files, graph) {
        let imports: Vec<_> = circle.iter().map(ToString::to_string).collect();
        text += &format!("\n  - {}", imports.join("\n    "));
    }
    text
}

/// Circles that share no import, the shortest first: each has to be opened by itself.
fn disjoint_circles<'a>(files: &BTreeSet<&Path>, graph: &Graph<'a>) -> Vec<Vec<&'a Import>> {
    let mut graph = graph.clone();
    let mut circles = Vec::new();
    while let Some(circle) = files.iter().filter_map(|file| shortest(&graph, file)).min_by_key(Vec::len) {
        for import in &circle {
            graph.entry(&import.importer).or_default().remove(import.imported.as_path());
        }
        circles.push(circle);
    }
    circles
}

/// The shortest way from a file back to itself: each import leads to the next.
fn shortest<'a>(graph: &Graph<'a>, file: &Path) -> Option<Vec<&'a Import>> {
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([Vec::new()]);
    while let Some(way) = ways.pop_front() {
        let last = way.last().map_or(file, |import: &&Import| &import.imported);
        for (imported, import) in graph.get(last).into_iter().flatten() {
            let further = [way.as_slice(), &[*import]].concat();
            if *imported == file {
                return Some(further);
            }
            if seen.insert(*imported) {
                ways.push_back(further);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::{import, imports};
    use super::*;

    fn set(edges: &[(&str, &str)]) -> BTreeSet<Import> {
        edges.iter().map(|(importer, imported)| import(importer, imported)).collect()
    }

    fn except(importer: &'static str, imported: &'static str) -> Exception {
        Exception { importer, imported, reason: "it has to be" }
    }

    #[test]
    fn files_that_import_downwards_only_are_let_through() {
        assert!(faults(&set(&[("a", "b"), ("a", "c"), ("b", "c"), ("d", "c")]), &[]).is_empty());
        let files = [
            ("src/lib.rs", "mod a; mod b; pub use a::A;"),
            ("src/a.rs", "use crate::b::B; pub struct A; #[cfg(test)] mod tests;"),
            ("src/b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }"),
        ];
        assert!(faults(&imports(&files), &[]).is_empty());
    }

    #[test]
    fn a_circle_is_shown_with_the_imports_that_lead_on() {
        let files = [
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a.rs", "\nuse crate::b::B;"),
            ("src/b.rs", "use super::c::{self, C};"),
            ("src/c.rs", "fn f() {\n  crate::a::make()\n}"),
        ];
        let expected = "\
3 files import each other in circles; move what they share to a file that imports none of them:
  - src/a.rs:2 imports crate::b::B (src/b.rs)
    src/b.rs:1 imports super::c (src/c.rs)
    src/c.rs:2 imports crate::a::make (src/a.rs)";
        assert_eq!(faults(&imports(&files), &[]), [expected]);
    }

    #[test]
    fn a_module_that_uses_a_child_that_uses_it_is_a_circle() {
        let files = [
            ("src/lib.rs", "mod log;"),
            ("src/log/mod.rs", "mod append; pub struct Error; fn f() { append::run() }"),
            ("src/log/append.rs", "use super::Error; pub fn run() {}"),
        ];
        assert_eq!(faults(&imports(&files), &[]).len(), 1);
    }

    #[test]
    fn circles_are_shown_the_shortest_first() {
        let faults = faults(&set(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "c")]), &[]);
        let expected = "\
4 files import each other in circles; move what they share to a file that imports none of them:
  - c:1 imports crate::x (d)
    d:1 imports crate::x (c)
  - a:1 imports crate::x (b)
    b:1 imports crate::x (c)
    c:1 imports crate::x (a)";
        assert_eq!(faults, [expected]);
    }

    #[test]
    fn one_import_that_closes_many_circles_is_shown_in_one() {
        let imports = set(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "a")]);
        let faults = faults(&imports, &[]);
        let expected = "\
4 files import each other in circles; move what they share to a file that imports none of them:
  - a:1 imports crate::x (b)
    b:1 imports crate::x (d)
    d:1 imports crate::x (a)";
        assert_eq!(faults, [expected]);
    }

    #[test]
    fn circles_that_share_no_file_are_told_apart() {
        assert_eq!(faults(&set(&[("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c")]), &[]).len(), 2);
    }

    #[test]
    fn an_exception_opens_its_circle_and_no_other() {
        let imports = set(&[("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")]);
        let faults = faults(&imports, &[except("b", "a")]);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].contains("c:1 imports crate::x (d)"), "{faults:?}");
    }

    #[test]
    fn an_exception_that_is_not_needed_is_a_fault() {
        let gone = [except("b", "a")];
        let faults_of_gone = faults(&set(&[("a", "b")]), &gone);
        assert!(faults_of_gone[0].starts_with("b need not be allowed to import a (it has to be)"));
        let harmless = [except("a", "b")];
        assert_eq!(faults(&set(&[("a", "b")]), &harmless).len(), 1);
        // Either would do.
        let both = [except("a", "b"), except("b", "a")];
        assert_eq!(faults(&set(&[("a", "b"), ("b", "a")]), &both).len(), 2);
    }
}
