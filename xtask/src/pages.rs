//! The pages name files, and what is to be found in them: both must be there.
//!
//! A path is a text in backticks that begins with a folder of the workspace: `domain/src/lib.rs`. Names in
//! backticks within brackets right after it, as in `domain/src/kernel/work.rs` (`Command`, `Work`), stand in
//! that file. `<…>` and `*` stand for anything and are not looked for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// The folders that paths begin with.
const FOLDERS: &[&str] = &[
    "adapters",
    "api",
    "application",
    "docs",
    "domain",
    "migrations",
    "projections",
    "simulate",
    "tests",
    "xtask",
];

/// A file that a page names, with the names that are said to stand in it.
#[derive(Debug, PartialEq, Eq)]
struct Mention<'p> {
    line: usize,
    path: &'p str,
    names: Vec<&'p str>,
}

pub fn check() -> Result<()> {
    let root = workspace::root();
    let mut wrong = Vec::new();
    for page in pages(root)? {
        let text = fs::read_to_string(&page).with_context(|| format!("reading {}", page.display()))?;
        let shown = page.strip_prefix(root).unwrap_or(&page).display();
        for Mention { line, path, names } in mentions(&text) {
            let file = root.join(path);
            if !file.exists() {
                wrong.push(format!("{shown}:{line} names {path}, which does not exist"));
            } else if file.is_file() {
                let content = fs::read_to_string(&file).with_context(|| format!("reading {path}"))?;
                let absent = names.iter().filter(|name| !content.contains(**name));
                wrong.extend(absent.map(|name| format!("{shown}:{line} says that {name} stands in {path}")));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n")) }
}

/// README.md, CHANGELOG.md and everything in docs/.
fn pages(root: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = vec![root.join("README.md"), root.join("CHANGELOG.md")];
    for folder in ["docs", "docs/decisions"] {
        for entry in fs::read_dir(root.join(folder)).with_context(|| format!("listing {folder}"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    Ok(pages)
}

fn mentions(text: &str) -> Vec<Mention<'_>> {
    let mut found: Vec<Mention<'_>> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        // In backticks is every second part; what stands between them opens and closes the brackets.
        let (mut follows_path, mut in_brackets) = (false, false);
        for (place, part) in line.split('`').enumerate() {
            if place % 2 == 0 {
                in_brackets = if in_brackets { !part.contains(')') } else { follows_path && part == " (" };
                follows_path = false;
            } else if is_path(part) {
                found.push(Mention { line: number, path: part, names: vec![] });
                follows_path = true;
            } else if let Some(mention) = found.last_mut().filter(|_| in_brackets) {
                mention.names.push(part);
            }
        }
    }
    found
}

fn is_path(text: &str) -> bool {
    let begins = text.split_once('/').is_some_and(|(folder, _)| FOLDERS.contains(&folder));
    // A media type such as application/json is none.
    let ends = text.rsplit_once('/').is_some_and(|(_, name)| name.is_empty() || name.contains('.'));
    begins && ends && !text.contains(['<', '*', ' ', '{', '…', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_the_names_in_them_are_found() {
        let text = "see `domain/src/a.rs` (`make_room`, `Day`), `src/lib.rs`\n`docs/<page>.md` and `api/src/b.rs` beside `Other` (`c`)";
        let expected = [
            Mention { line: 1, path: "domain/src/a.rs", names: vec!["make_room", "Day"] },
            Mention { line: 2, path: "api/src/b.rs", names: vec![] },
        ];
        assert_eq!(mentions(text), expected);
    }
}
