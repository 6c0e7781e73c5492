//! The folders of the domain are rooms in an order: a file imports from its own room and from lower ones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::imports::Import;

pub struct Rooms {
    /// The folder that the rooms are in. Its own files stand above all rooms.
    folder: &'static str,
    /// The lowest first.
    order: &'static [&'static str],
}

const ROOMS: &[&str] = &[
    // The lowest first.
    "values",
    "kernel",
    "languages",
    "scheduling",
    "people",
    "booking",
    "integrations",
    "conversations",
    "platform",
];

pub const DOMAIN: Rooms = Rooms { folder: "domain/src", order: ROOMS };

#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    /// By its number in the order.
    Room(usize),
    OtherFolder(&'a str),
    AboveAll,
}

impl Rooms {
    pub fn faults(&self, files: &BTreeSet<PathBuf>, imports: &BTreeSet<Import>) -> Vec<String> {
        let folders = self.other_folders(files).into_iter().map(|folder| {
            let folder = format!("{}/{folder}", self.folder);
            format!("{folder} is no room: give it a place in xtask/src/direction/rooms.rs")
        });
        folders.chain(imports.iter().filter_map(|import| self.fault(import))).collect()
    }

    fn other_folders<'a>(&self, files: &'a BTreeSet<PathBuf>) -> BTreeSet<&'a str> {
        let places = files.iter().filter_map(|file| self.place(file));
        let folder = |place| if let Place::OtherFolder(folder) = place { Some(folder) } else { None };
        places.filter_map(folder).collect()
    }

    fn fault(&self, import: &Import) -> Option<String> {
        let Place::Room(room) = self.place(&import.importer)? else { return None };
        let is_right = match self.place(&import.imported)? {
            Place::Room(other) => other <= room,
            // This is a fault of its own.
            Place::OtherFolder(_) => true,
            Place::AboveAll => false,
        };
        let allowed = self.order[..=room].join(", ");
        (!is_right).then(|| format!("{import}; {} may import from {allowed}", self.order[room]))
    }

    /// Where a file stands, if it is below the folder. A room's own module may stand beside its folder.
    fn place<'a>(&self, file: &'a Path) -> Option<Place<'a>> {
        let below = file.strip_prefix(self.folder).ok()?;
        let first = below.iter().next()?.to_str()?;
        let name = first.strip_suffix(".rs").unwrap_or(first);
        Some(match self.order.iter().position(|room| *room == name) {
            Some(room) => Place::Room(room),
            None if name == first => Place::OtherFolder(first),
            None => Place::AboveAll,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::import;
    use super::*;

    const ORDER: &[&str] = &["values", "kernel", "booking"];
    const ROOMS: Rooms = Rooms { folder: "domain/src", order: ORDER };

    fn found(rooms: &Rooms, importer: &str, imported: &str) -> Vec<String> {
        let (importer, imported) = (format!("domain/src/{importer}"), format!("domain/src/{imported}"));
        let import = import(&importer, &imported);
        rooms.faults(&BTreeSet::from([importer.into(), imported.into()]), &BTreeSet::from([import]))
    }

    #[test]
    fn a_room_imports_from_itself_and_from_lower_rooms() {
        for (importer, imported, right) in [
            ("booking/a.rs", "kernel/ids.rs", true),
            ("booking/a.rs", "values/phone.rs", true),
            ("booking/series/a.rs", "booking/b.rs", true),
            ("kernel/ids.rs", "booking/a.rs", false),
            ("values/phone.rs", "kernel/mod.rs", false),
            ("kernel.rs", "values.rs", true),
            ("values.rs", "kernel.rs", false),
        ] {
            assert_eq!(found(&ROOMS, importer, imported).is_empty(), right, "{importer} imports {imported}");
        }
    }

    #[test]
    fn files_beside_the_rooms_stand_above_them() {
        assert!(found(&ROOMS, "registry.rs", "booking/a.rs").is_empty());
        assert!(found(&ROOMS, "lib.rs", "registry.rs").is_empty());
        assert_eq!(found(&ROOMS, "booking/a.rs", "registry.rs").len(), 1);
    }

    #[test]
    fn a_fault_says_what_would_be_right() {
        let expected = "domain/src/kernel/ids.rs:1 imports crate::x (domain/src/booking/a.rs); \
                        kernel may import from values, kernel";
        assert_eq!(found(&ROOMS, "kernel/ids.rs", "booking/a.rs"), [expected]);
    }

    #[test]
    fn a_folder_that_is_no_room_is_a_fault() {
        let expected = "domain/src/shared is no room: give it a place in xtask/src/direction/rooms.rs";
        assert_eq!(found(&ROOMS, "shared/a.rs", "kernel/ids.rs"), [expected]);
        assert_eq!(found(&ROOMS, "kernel/ids.rs", "shared/a.rs"), [expected]);
    }

    #[test]
    fn other_crates_have_no_rooms() {
        let import = import("api/src/http/mod.rs", "api/src/app.rs");
        let file = "api/src/app.rs".into();
        assert!(ROOMS.faults(&BTreeSet::from([file]), &BTreeSet::from([import])).is_empty());
    }
}
