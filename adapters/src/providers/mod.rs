//! The platforms that calls and messages come from, one folder each: what they say on the wire, how their
//! webhooks are verified, what we answer. Everything else knows a provider by its name in [`ALL`].

mod form;
mod json_path;
pub mod provider;
pub mod twilio;
pub mod vapi;
pub mod whatsapp;

use provider::Provider;

/// Every provider there is.
pub const ALL: &[&dyn Provider] = &[&vapi::Vapi, &twilio::Twilio, &whatsapp::WhatsApp];

/// The provider with this name. A name that stands in the log may be one of a later release.
pub fn find(name: &str) -> Option<&'static dyn Provider> {
    ALL.iter().copied().find(|provider| provider.name() == name)
}

/// The one whose platform a new channel is on, if nothing else is said.
pub fn of_new_channels() -> &'static dyn Provider {
    ALL[0]
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use frontdesk_domain::values::medium::Medium;
    use strum::VariantArray;

    use super::*;

    #[test]
    fn a_provider_is_found_by_its_name() {
        for provider in ALL {
            assert_eq!(find(provider.name()).map(|found| found.name()), Some(provider.name()));
        }
        assert!(find("somebody").is_none());
    }

    #[test]
    fn every_provider_can_prove_itself() {
        for provider in ALL {
            assert!(!provider.authentications().is_empty(), "{}", provider.name());
        }
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

    /// Whether a text has a name in it as a word: `meta` is no word of `metadata`, but one of `x-meta` and of
    /// `meta_secret`.
    fn has_word(text: &str, name: &str) -> bool {
        let text = text.to_lowercase();
        let ends_word = |letter: Option<char>| !letter.is_some_and(char::is_alphanumeric);
        text.match_indices(name).any(|(at, _)| {
            ends_word(text[..at].chars().next_back()) && ends_word(text[at + name.len()..].chars().next())
        })
    }

    /// The lines that name a vendor. The registry names it in `ALL`, however many lines that takes.
    fn lines_that_name<'s>(source: &'s str, name: &str) -> Vec<&'s str> {
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        code.lines().filter(|line| has_word(line, name)).map(str::trim).collect()
    }

    /// The registry without its list.
    fn without_list(source: &str) -> String {
        let (before, list) = source.split_once("pub const ALL").expect("the list");
        let (_, after) = list.split_once("];").expect("the end of the list");
        format!("{before}{after}")
    }

    #[test]
    fn a_vendor_is_named_by_a_whole_word() {
        for named in ["X-Meta-Secret", "meta::Meta", "let meta_secret = 1;", "(\"meta\")", "meta"] {
            assert!(has_word(named, "meta"), "{named}");
        }
        for other in ["event.metadata", "MetaHeader", "pacemeta", "meta2"] {
            assert!(!has_word(other, "meta"), "{other}");
        }
    }

    #[test]
    fn the_list_may_take_several_lines() {
        let registry = "pub mod meta;\n\npub const ALL: &[&dyn Provider] = &[\n    &other::Other,\n    &meta::Meta,\n];\n\nfn f() {}\n";
        assert_eq!(lines_that_name(&without_list(registry), "meta"), ["pub mod meta;"]);
        let more = format!("{registry}fn g() -> meta::Meta {{}}\n");
        assert_eq!(lines_that_name(&without_list(&more), "meta").len(), 2);
    }

    /// A vendor is its folder, its line here, and its docs.
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
        // What people write with is no vendor: `whatsapp` is a medium, whoever carries it.
        let is_medium = |name: &str| Medium::VARIANTS.iter().any(|medium| <&str>::from(*medium) == name);
        for provider in ALL.iter().filter(|provider| !is_medium(provider.name())) {
            let name = provider.name();
            for file in files.iter().filter(|file| !file.starts_with(own.join(name))) {
                let source = fs::read_to_string(file).expect("a source");
                let source = if *file == here { without_list(&source) } else { source };
                let lines = lines_that_name(&source, name);
                let allowed = |line: &&str| match file {
                    file if *file == here => **line == format!("pub mod {name};"),
                    // The OpenAPI document tells its readers which platform they can connect.
                    file => file.starts_with(workspace.join("api/src/http")) && line.starts_with("///"),
                };
                assert!(lines.iter().all(allowed), "{} names {name}: {lines:?}", file.display());
            }
        }
    }
}
