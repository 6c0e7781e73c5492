//! Where a path leads in the modules of a crate.
//!
//! This is as much of Rust's name resolution as imports need. It does not tell types from values, and it does
//! not look at visibility: code that compiles sees what it names.

use super::modules::{ModuleId, Modules, ROOT};
use super::paths::{Brings, WrittenPath};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Module(ModuleId),
    /// Something that this module defines.
    ItemOf(ModuleId),
}

/// The names whose `use` is being followed. A `use` that leads back to itself leads nowhere.
type Followed = Vec<(ModuleId, String)>;

impl Modules {
    /// The modules that a path in `from` imports: the one that it leads to, or that defines what it leads to.
    ///
    /// A path that starts with the name of an item imports nothing. Either the item stands in the same file,
    /// or a `use` has imported it, and that is a path of its own.
    pub fn imported(&self, from: ModuleId, path: &WrittenPath) -> Vec<ModuleId> {
        let Some(first) = path.segments.first() else { return Vec::new() };
        let is_module = matches!(self.look_up(from, first, &mut Vec::new()), Some(Target::Module(_)));
        if !is_module && !["crate", "self", "super"].contains(&first.as_str()) {
            return Vec::new();
        }
        match self.follow(from, &path.segments, &mut Vec::new()) {
            Some(Target::Module(id)) if path.brings == Brings::Everything => self.everything_in(id),
            Some(Target::Module(id) | Target::ItemOf(id)) => vec![id],
            None => Vec::new(),
        }
    }

    /// The modules that define what a glob imports.
    fn everything_in(&self, id: ModuleId) -> Vec<ModuleId> {
        let module = self.get(id);
        if !module.only_reexports() {
            return vec![id];
        }
        module.used.values().chain(&module.globs).flat_map(|path| self.imported(id, path)).collect()
    }

    /// Where a path leads that stands in `from`. One to another crate leads nowhere.
    fn follow(&self, from: ModuleId, path: &[String], followed: &mut Followed) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.descend(ROOT, rest, followed),
            "self" | "super" => self.descend(from, path, followed),
            name => match self.look_up(from, name, followed)? {
                Target::Module(id) => self.descend(id, rest, followed),
                item => Some(item),
            },
        }
    }

    /// A name that cannot be found is taken for an item of the last module on the path.
    fn descend(&self, id: ModuleId, path: &[String], followed: &mut Followed) -> Option<Target> {
        let Some((first, rest)) = path.split_first() else { return Some(Target::Module(id)) };
        match first.as_str() {
            "self" => self.descend(id, rest, followed),
            "super" => self.descend(self.get(id).parent?, rest, followed),
            name => match self.look_up(id, name, followed) {
                Some(Target::Module(child)) => self.descend(child, rest, followed),
                Some(item) => Some(item),
                None if id == ROOT && self.exported_macros.contains(name) => None,
                None => Some(Target::ItemOf(id)),
            },
        }
    }

    /// What a name stands for in a module.
    fn look_up(&self, id: ModuleId, name: &str, followed: &mut Followed) -> Option<Target> {
        let module = self.get(id);
        if let Some(child) = module.children.get(name) {
            return Some(Target::Module(*child));
        }
        if module.defined.contains(name) {
            return Some(Target::ItemOf(id));
        }
        let step = (id, name.to_owned());
        if followed.contains(&step) {
            return None;
        }
        followed.push(step);
        let target = match module.used.get(name) {
            // What comes from another crate is as good as defined here.
            Some(path) => self.follow(id, &path.segments, followed).or(Some(Target::ItemOf(id))),
            None if module.mentioned.contains(name) => Some(Target::ItemOf(id)),
            None => module.globs.iter().find_map(|glob| match self.follow(id, &glob.segments, followed)? {
                Target::Module(globbed) => self.look_up(globbed, name, followed),
                Target::ItemOf(_) => None,
            }),
        };
        followed.pop();
        target
    }
}
