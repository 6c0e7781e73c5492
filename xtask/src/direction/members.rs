//! `domain <- {adapters, projections} <- application <- api <- tests`. Beside them stand `simulate`, which
//! speaks HTTP only, `provision` and `xtask`. Some members do without certain crates.

use anyhow::{Context, Result};
use serde_json::Value;

struct Member {
    name: &'static str,
    /// The members that it may depend on.
    above: &'static [&'static str],
    /// The crates that it does without. What only tests use is free.
    without: &'static [&'static str],
}

const DOMAIN: &str = "frontdesk-domain";
const ADAPTERS: &str = "frontdesk-adapters";
const PROJECTIONS: &str = "frontdesk-projections";
const APPLICATION: &str = "frontdesk-application";
const SIMULATE: &str = "frontdesk-simulate";
const API: &str = "frontdesk";
const PROVISION: &str = "frontdesk-provision";

/// Every member. One that the workspace does not have yet may stand here.
const MEMBERS: &[Member] = &[
    Member { name: DOMAIN, above: &[], without: IMPURE },
    Member { name: ADAPTERS, above: &[DOMAIN], without: &[] },
    Member { name: PROJECTIONS, above: &[DOMAIN], without: &[] },
    Member { name: APPLICATION, above: &[DOMAIN, ADAPTERS, PROJECTIONS], without: EDGE },
    Member { name: SIMULATE, above: &[], without: &["poem", "poem-openapi", "sqlx"] },
    Member { name: API, above: &[DOMAIN, ADAPTERS, PROJECTIONS, APPLICATION, SIMULATE], without: &[] },
    Member { name: PROVISION, above: &[ADAPTERS], without: EDGE },
    Member {
        name: "frontdesk-tests",
        // The simulated callers are for the executable.
        above: &[DOMAIN, ADAPTERS, PROJECTIONS, APPLICATION, API, PROVISION],
        without: &[],
    },
    Member { name: "xtask", above: &[DOMAIN, PROVISION], without: &[] },
];

const IMPURE: &[&str] = &[
    // A runtime.
    "futures",
    "metrics",
    "tokio",
    "tokio-util",
    "tracing",
    // Databases.
    "postgres-es",
    "redis",
    "sqlx",
    // The network and the operating system.
    "hyper",
    "hyper-util",
    "poem",
    "reqwest",
    "rustix",
    // Randomness.
    "rand",
];

/// HTTP and the command line.
const EDGE: &[&str] = &["clap", "hyper", "hyper-util", "poem", "poem-openapi"];

pub fn faults(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        match MEMBERS.iter().find(|member| member.name == name) {
            Some(member) => {
                let dependencies = package["dependencies"].as_array().into_iter().flatten();
                faults.extend(dependencies.filter_map(|dependency| member.fault(dependency)));
            }
            None => faults.push(format!("{name} is new: list it in xtask/src/direction/members.rs")),
        }
    }
    Ok(faults)
}

impl Member {
    fn fault(&self, dependency: &Value) -> Option<String> {
        let Self { name, above, without } = self;
        let on = dependency["name"].as_str().unwrap_or_default();
        if MEMBERS.iter().any(|member| member.name == on) && !above.contains(&on) {
            let allowed = if above.is_empty() { "no member".to_owned() } else { above.join(", ") };
            return Some(format!("{name} depends on {on}; it may depend on {allowed}"));
        }
        let for_tests = dependency["kind"] == "dev";
        (!for_tests && without.contains(&on)).then(|| format!("{name} depends on {on}; it does without {on}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(name: &str, dependency: &str, kind: Option<&str>) -> Vec<String> {
        let dependency = json!({ "name": dependency, "kind": kind });
        faults(&json!({ "packages": [{ "name": name, "dependencies": [dependency] }] })).expect("packages")
    }

    #[test]
    fn only_the_right_way_is_let_through() {
        for (name, dependency, kind, right) in [
            ("frontdesk-adapters", "frontdesk-domain", None, true),
            ("frontdesk-adapters", "frontdesk-projections", Some("dev"), false),
            ("frontdesk-application", "frontdesk-projections", None, true),
            ("frontdesk-application", "frontdesk", None, false),
            ("frontdesk", "frontdesk-application", None, true),
            ("frontdesk", "frontdesk-simulate", None, true),
            ("frontdesk-simulate", "frontdesk-domain", None, false),
            ("frontdesk-simulate", "frontdesk", Some("dev"), false),
            ("frontdesk-tests", "frontdesk", None, true),
            ("frontdesk-domain", "frontdesk-adapters", None, false),
        ] {
            assert_eq!(found(name, dependency, kind).is_empty(), right, "{name} -> {dependency}");
        }
    }

    #[test]
    fn a_member_does_without_certain_crates_but_its_tests_need_not() {
        for (name, dependency, kind, right) in [
            ("frontdesk-domain", "tokio", None, false),
            ("frontdesk-domain", "tokio", Some("build"), false),
            ("frontdesk-domain", "tokio", Some("dev"), true),
            ("frontdesk-domain", "serde", None, true),
            ("frontdesk-application", "poem-openapi", None, false),
            ("frontdesk-application", "clap", None, false),
            ("frontdesk-application", "sqlx", None, true),
            ("frontdesk-simulate", "sqlx", None, false),
            ("frontdesk-simulate", "reqwest", None, true),
        ] {
            assert_eq!(found(name, dependency, kind).is_empty(), right, "{name} -> {dependency}");
        }
    }

    #[test]
    fn a_member_has_to_be_listed() {
        let faults = found("frontdesk-new", "serde", None);
        assert!(faults[0].starts_with("frontdesk-new is new"), "{faults:?}");
    }

    #[test]
    fn a_fault_says_what_would_be_right() {
        assert_eq!(
            found("frontdesk-projections", "frontdesk-adapters", None),
            ["frontdesk-projections depends on frontdesk-adapters; it may depend on frontdesk-domain"]
        );
    }
}
