//! The platforms that calls and messages come from, one folder each: what they say on the wire, how their
//! webhooks are verified, what we answer. Everything else knows a provider by its name in [`ALL`].

mod json_path;
pub mod provider;
pub mod vapi;

use provider::Provider;

/// Every provider there is.
pub const ALL: &[&dyn Provider] = &[&vapi::Vapi];

/// The provider with this name. A name that stands in the log may be one of a later release.
pub fn find(name: &str) -> Option<&'static dyn Provider> {
    ALL.iter().copied().find(|provider| provider.name() == name)
}

/// The one whose platform a new channel is on.
pub fn of_new_channels() -> &'static dyn Provider {
    ALL[0]
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn a_provider_is_found_by_its_name() {
        for provider in ALL {
            assert_eq!(find(provider.name()).map(|found| found.name()), Some(provider.name()));
        }
        assert!(find("somebody").is_none());
    }

    /// The sources of the product; tests beside them excepted.
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
            {
                found.push(path);
            }
        }
    }

    /// A vendor is its folder, its line here, its route, its settings and its docs.
    #[test]
    fn nothing_but_its_own_folder_names_a_vendor() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = Vec::new();
        for crate_name in ["domain", "adapters", "projections", "application", "api"] {
            sources(&workspace.join(crate_name).join("src"), &mut files);
        }
        assert!(files.len() > 200, "{} files", files.len());
        let (own, here) =
            (workspace.join("adapters/src/providers"), workspace.join("adapters/src/providers/mod.rs"));
        for provider in ALL {
            let name = provider.name();
            let names_it = |line: &&str| line.to_lowercase().contains(name);
            for file in files.iter().filter(|file| !file.starts_with(own.join(name))) {
                let source = fs::read_to_string(file).expect("a source");
                let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let lines: Vec<&str> = code.lines().filter(names_it).map(str::trim).collect();
                let allowed = match lines.as_slice() {
                    [module, line] if *file == here => {
                        module.starts_with("pub mod") && line.starts_with("pub const ALL")
                    }
                    // The OpenAPI document tells its readers which platform they can connect.
                    lines => lines.iter().all(|line| {
                        file.starts_with(workspace.join("api/src/http")) && line.starts_with("///")
                    }),
                };
                assert!(allowed, "{} names {name}: {lines:?}", file.display());
            }
        }
    }
}
