//! `cargo xtask ci`: everything that a change has to pass, the quick checks first. It stops at the first that
//! fails.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::{direction, image, linters, openapi, pages, process, schemas, testing, tools, workspace};

pub async fn run(skip_tests: bool) -> Result<()> {
    let started = Instant::now();
    for step in STEPS {
        announce(step.name);
        let begun = Instant::now();
        (step.check)().with_context(|| format!("{} failed; to fix it: {}", step.name, step.fix))?;
        finished(begun);
    }
    if skip_tests {
        println!("==> tests: skipped");
    } else {
        announce("tests");
        let begun = Instant::now();
        testing::run(&[])
            .await
            .context("tests failed; to run one of them: cargo xtask test -- <its name>")?;
        finished(begun);
    }
    println!("==> everything passed in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

struct Step {
    name: &'static str,
    fix: &'static str,
    check: fn() -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "formatting", fix: "cargo fmt", check: || cargo(&["fmt", "--all", "--check"]) },
    Step {
        name: "direction of dependencies",
        fix: "cargo xtask direction shows the faults alone; xtask/src/direction/mod.rs says what holds",
        check: direction,
    },
    Step { name: "files that pages name", fix: "name the file where it is now", check: pages::check },
    Step { name: "members in the Dockerfile", fix: "add what is named to Dockerfile", check: image::check },
    Step {
        name: "event schemas",
        fix: "cargo xtask schemas, and commit domain/schemas/",
        check: || schemas::generated()?.compare(),
    },
    Step { name: "unused dependencies", fix: "remove them from the Cargo.toml that is named", check: unused },
    Step { name: "licences and sources of dependencies", fix: "see deny.toml", check: deny },
    Step { name: "clippy", fix: "cargo clippy --workspace --all-targets", check: clippy },
    Step {
        name: "documentation",
        fix: "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items",
        check: doc,
    },
    Step {
        name: "openapi.json",
        fix: "cargo xtask openapi, and commit openapi.json",
        check: || openapi::generated()?.compare(),
    },
    Step {
        name: "openapi.json by Redocly and Spectral",
        fix: "mend what is named, where the document is made: api/src/http/",
        check: linters::check,
    },
];

fn announce(name: &str) {
    println!("==> {name}");
}

fn finished(begun: Instant) {
    println!("    passed in {:.1} s", begun.elapsed().as_secs_f64());
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(workspace::cargo().args(arguments))
}

fn clippy() -> Result<()> {
    cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn doc() -> Result<()> {
    process::run(
        workspace::cargo()
            .args(["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn direction() -> Result<()> {
    direction::check(&workspace::metadata()?)
}

fn unused() -> Result<()> {
    let scratch = workspace::scratch(&workspace::metadata()?)?;
    process::run(&mut tools::MACHETE.command(&scratch)?)
}

/// The advisories need the network and a host that is not everywhere reachable; they are for `cargo deny
/// check advisories`.
fn deny() -> Result<()> {
    let scratch = workspace::scratch(&workspace::metadata()?)?;
    process::run(tools::DENY.command(&scratch)?.args([
        "--all-features",
        "check",
        "bans",
        "licenses",
        "sources",
    ]))
}
