//! Who may depend on whom: `domain <- adapters`, `domain <- projections`, all three `<- api <- tests`. And the domain stays pure.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Every member, and the members that it may depend on.
const MEMBERS: &[(&str, &[&str])] = &[
    ("frontdesk-domain", &[]),
    ("frontdesk-adapters", &["frontdesk-domain"]),
    ("frontdesk-projections", &["frontdesk-domain"]),
    ("frontdesk-simulate", &[]),
    ("frontdesk", &["frontdesk-domain", "frontdesk-adapters", "frontdesk-projections", "frontdesk-simulate"]),
    ("frontdesk-tests", &["frontdesk-domain", "frontdesk-adapters", "frontdesk-projections", "frontdesk"]),
    ("xtask", &["frontdesk-domain", "frontdesk-adapters"]),
];

/// What the domain is kept free of: a runtime, databases, the network, randomness.
const IMPURE: &[&str] =
    &["futures", "metrics", "poem", "postgres-es", "rand", "redis", "reqwest", "rustix", "sqlx", "tokio", "tokio-util", "tracing"];

pub fn check(metadata: &Value) -> Result<()> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = MEMBERS.iter().find(|(member, _)| *member == name) else {
            bail!("{name} is new in the workspace: say in xtask/src/direction.rs what it may depend on");
        };
        // What only tests use may be impure, but not turned around.
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let (on, for_tests) = (dependency["name"].as_str().unwrap_or_default(), dependency["kind"] == "dev");
            let is_member = MEMBERS.iter().any(|(member, _)| *member == on);
            let is_impure = name == "frontdesk-domain" && !for_tests && IMPURE.contains(&on);
            if is_impure || (is_member && !allowed.contains(&on)) {
                wrong.push(format!("{name} -> {on}"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("these dependencies point the wrong way: {}", wrong.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workspace(name: &str, dependency: &str, kind: Option<&str>) -> Value {
        json!({ "packages": [{ "name": name, "dependencies": [{ "name": dependency, "kind": kind }] }] })
    }

    #[test]
    fn only_the_right_way_is_let_through() {
        for (name, dependency, kind, right) in [
            ("frontdesk-adapters", "frontdesk-domain", None, true),
            ("frontdesk-adapters", "frontdesk-projections", Some("dev"), false),
            ("frontdesk-domain", "frontdesk-adapters", None, false),
            ("frontdesk-domain", "tokio", None, false),
            ("frontdesk-domain", "tokio", Some("dev"), true),
            ("frontdesk-domain", "serde", None, true),
            ("frontdesk-new", "serde", None, false),
        ] {
            assert_eq!(check(&workspace(name, dependency, kind)).is_ok(), right, "{name} -> {dependency}");
        }
    }
}
