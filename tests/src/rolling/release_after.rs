//! The release after this one: a copy of its sources, with some changes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::binary::{self, SOURCES};

const NAME: &str = "frontdesk-after";

struct Change {
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// What it does otherwise.
const CHANGES: [Change; 10] = [
    // Cargo keeps what it builds apart by the version.
    Change { file: "Cargo.toml", from: "version = \"0.1.0\"", to: "version = \"0.2.0\"" },
    // The executable has another name, so that both stand in one folder.
    Change {
        file: "api/Cargo.toml",
        from: "[[bin]]\nname = \"frontdesk\"",
        to: "[[bin]]\nname = \"frontdesk-after\"",
    },
    // An event has another field.
    Change {
        file: "domain/src/people/customer/event.rs",
        from: "CustomerRegistered {\n",
        to: "CustomerRegistered {\n        #[serde(rename = \"profile\")]\n",
    },
    Change {
        file: "domain/src/people/customer/event.rs",
        from: "CustomerRegistered => \"2\"",
        to: "CustomerRegistered => \"3\"",
    },
    Change {
        file: "domain/src/people/customer/upcast.rs",
        from: "fn with_addresses(",
        to: "pub fn renamed(mut old: Value) -> Result<Vec<Upcast>, String> {\n\
             let details = old.as_object_mut().and_then(|old| old.remove(\"details\")).ok_or(\"no details\")?;\n\
             old[\"profile\"] = details;\n\
             let event_type = \"CustomerRegistered\".to_owned();\n\
             Ok(vec![Upcast { event_type, version: \"3\".to_owned(), payload: old }])\n}\n\n\
             fn with_addresses(",
    },
    Change {
        file: "domain/src/registry.rs",
        from: "pub const UPCASTERS: &[Upcaster] = &[\n",
        to: "pub const UPCASTERS: &[Upcaster] = &[\n\
             Upcaster {\n\
             aggregate_type: \"customer\", event_type: \"CustomerRegistered\", version: \"2\", upcast: customer::upcast::renamed,\n\
             },\n",
    },
    // A read model has other tables.
    Change {
        file: "projections/src/agenda.rs",
        from: "fn version(&self) -> i32 {\n        1",
        to: "fn version(&self) -> i32 {\n        2",
    },
    Change { file: "projections/src/agenda.rs", from: "agenda_v1", to: "agenda_v2" },
    // A job has another field.
    Change {
        file: "domain/src/booking/policies/waitlist_offers.rs",
        from: "    pub moved_from: Option<Freed>",
        to: "    #[serde(rename = \"freed\", alias = \"moved_from\")]\n    pub moved_from: Option<Freed>",
    },
    Change {
        file: "domain/src/booking/policies/waitlist_offers.rs",
        from: "const NAME: &'static str = \"OfferFreedTime\";",
        to: "const NAME: &'static str = \"OfferFreedTime\";\n    const VERSION: i32 = 2;",
    },
];

/// Builds its executable.
pub fn build() -> PathBuf {
    let workspace = SOURCES.join("target").join("release-after");
    copy(&SOURCES, &workspace);
    binary::build(&workspace, NAME)
}

/// Copies what differs, so that only that is built again, and removes what the sources have no more.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(to).expect("a folder") {
        let old = entry.expect("an entry").path();
        if !from.join(old.file_name().expect("a name")).exists() {
            let removed = if old.is_dir() { fs::remove_dir_all(&old) } else { fs::remove_file(&old) };
            removed.expect("removed");
        }
    }
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        let to = to.join(name);
        if path.is_dir() {
            if name != "target" && name != ".git" {
                copy(&path, &to);
            }
            continue;
        }
        let content = changed(&path, fs::read(&path).expect("a file"));
        if fs::read(&to).ok().as_ref() != Some(&content) {
            fs::write(&to, content).expect("written");
        }
    }
}

fn changed(path: &Path, content: Vec<u8>) -> Vec<u8> {
    let file = path.strip_prefix(&*SOURCES).expect("a file of the workspace");
    CHANGES.iter().filter(|change| Path::new(change.file) == file).fold(content, |content, change| {
        let text = String::from_utf8(content).expect("text");
        assert!(text.contains(change.from), "{} has no {:?} any more", change.file, change.from);
        text.replace(change.from, change.to).into_bytes()
    })
}
