//! The layout of the code: no file of a crate imports one that imports it, directly or over others, and no
//! folder one that imports it; and an API is named only in its binding.
//!
//! A file that two others need, and that needs them, can be read only together with them. What ties them is
//! mostly one type or function in the wrong one of the files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Directories of sources, one for each crate.
const CRATES: [&str; 7] = [
    "crates/crash-disk/src",
    "crates/crash-mount/src",
    "crates/raft-log-verify/src",
    "crates/timevault/src",
    "src",
    "cli/src",
    "crates/fuzz-oracles/src",
];

/// A module's path in its crate; empty for the root.
type Module = Vec<String>;

/// The modules of a crate, each with its text without tests.
struct Crate(BTreeMap<Module, String>);

/// Where names of a module come from: those that it passes on from its children.
type Passed = BTreeMap<Module, BTreeMap<String, Module>>;

impl Crate {
    fn read(dir: &Path) -> Self {
        let mut modules = BTreeMap::new();
        walk(dir, &mut Vec::new(), &mut modules);
        assert!(modules.len() > 1, "{}", dir.display());
        let tests: BTreeSet<Module> = modules.iter().filter_map(module_of_tests).collect();
        modules.retain(|module, _| !tests.contains(module));
        for text in modules.values_mut() {
            text.truncate(text.find(TESTS).unwrap_or(text.len()));
        }
        Self(modules)
    }

    fn of(files: &[(&str, &str)]) -> Self {
        let module = |name: &str| match name {
            "" => Vec::new(),
            name => name.split("::").map(str::to_owned).collect(),
        };
        Self(
            files
                .iter()
                .map(|(name, text)| (module(name), (*text).to_owned()))
                .collect(),
        )
    }

    /// Names that a module passes on, with the module that has them.
    fn passed(&self) -> Passed {
        let of = |(module, text): (&Module, &String)| {
            let mut names = BTreeMap::new();
            for (public, path) in imports(text) {
                let target = self.absolute(module, &path);
                if let (true, Some(name), Some(target)) = (public, path.last(), target) {
                    names.insert(name.clone(), target);
                }
            }
            (module.clone(), names)
        };
        self.0.iter().map(of).collect()
    }

    /// The module that a path in `module` leads to by its longest beginning that is one.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Module> {
        let mut at = module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (at, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {}
            first => {
                let mut child = module.clone();
                child.push(first.to_owned());
                self.0.get(&child)?;
            }
        }
        while rest.first().is_some_and(|part| part == "super") {
            at.pop()?;
            rest = &rest[1..];
        }
        for part in rest {
            at.push(part.clone());
            if !self.0.contains_key(&at) {
                at.pop();
                break;
            }
        }
        Some(at)
    }

    /// Which modules each one imports from. What a module only passes on, it does not import.
    fn arrows(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let passed = self.passed();
        let of = |(module, text): (&Module, &String)| {
            let mut to = BTreeSet::new();
            for (public, path) in imports(text) {
                let Some(mut target) = self.absolute(module, &path) else {
                    continue;
                };
                let name = path.last().cloned().unwrap_or_default();
                // Through any number of modules that pass the name on.
                while let Some(next) = passed[&target].get(&name).filter(|next| **next != target) {
                    target = next.clone();
                }
                let below = target.len() > module.len() && target.starts_with(module);
                if target != *module && !(public && below) {
                    to.insert(target);
                }
            }
            (module.clone(), to)
        };
        self.0.iter().map(of).collect()
    }

    /// Files and folders that are reached from themselves, on every level: between two children of one folder
    /// there is an arrow where anything in the one imports anything in the other.
    fn circles(&self) -> Vec<String> {
        let mut levels: BTreeMap<Module, BTreeMap<Module, BTreeSet<Module>>> = BTreeMap::new();
        let arrows = self.arrows();
        for (from, targets) in &arrows {
            for to in targets {
                let same = from.iter().zip(to).take_while(|(a, b)| a == b).count();
                // From a folder's own file into the folder and back is within one room.
                if same < from.len().min(to.len()) {
                    let level = levels.entry(from[..same].to_vec()).or_default();
                    let target = to[..=same].to_vec();
                    level
                        .entry(from[..=same].to_vec())
                        .or_default()
                        .insert(target);
                }
            }
        }
        let mut circles: Vec<String> = levels.values().flat_map(in_circles).collect();
        circles.extend(in_circles(&arrows));
        circles.sort();
        circles.dedup();
        circles
    }
}

/// The nodes that are reached from themselves.
fn in_circles(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    let reached = |from: &Module| {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&Module> = arrows[from].iter().collect();
        while let Some(module) = next.pop() {
            if seen.insert(module) {
                next.extend(arrows.get(module).into_iter().flatten());
            }
        }
        seen.contains(from)
    };
    let nodes = arrows.keys().filter(|module| reached(module));
    nodes.map(|module| module.join("::")).collect()
}

fn walk(dir: &Path, module: &mut Module, modules: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            module.push(stem);
            walk(&path, module, modules);
            module.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let root = ["lib", "main", "mod"].contains(&&*stem);
            let name = module.iter().cloned().chain((!root).then_some(stem));
            let text = fs::read_to_string(&path).unwrap();
            modules.insert(name.collect(), text);
        }
    }
}

/// Where the tests of a file begin.
const TESTS: &str = "#[cfg(test)]\nmod ";

/// The module that holds the tests of this one, if it is a file of its own.
fn module_of_tests((module, text): (&Module, &String)) -> Option<Module> {
    let name = text
        .split(TESTS)
        .nth(1)?
        .lines()
        .next()?
        .strip_suffix(';')?;
    Some(module.iter().cloned().chain([name.to_owned()]).collect())
}

/// Every path that the text imports, its parts, and whether it passes the name on.
fn imports(text: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    for statement in code.split(';') {
        let Some(at) = statement.rfind("use ") else {
            continue;
        };
        let before = statement[..at].trim_end();
        let line = before.rsplit('\n').next().unwrap_or_default().trim();
        if !(line.is_empty() || line.starts_with("pub") || line.ends_with(']')) {
            continue;
        }
        expand(
            line.starts_with("pub"),
            &[],
            &statement[at + 4..],
            &mut found,
        );
    }
    found
}

/// The leaves of a tree of imports.
fn expand(public: bool, before: &[String], tree: &str, found: &mut Vec<(bool, Vec<String>)>) {
    let tree = tree.trim();
    let (path, group) = match tree.find('{') {
        Some(at) => (
            &tree[..at],
            Some(&tree[at + 1..tree.rfind('}').unwrap_or(tree.len())]),
        ),
        None => (tree.split(" as ").next().unwrap_or(tree), None),
    };
    let parts = path
        .split("::")
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let whole: Vec<String> = before
        .iter()
        .cloned()
        .chain(parts.map(str::to_owned))
        .collect();
    let Some(group) = group else {
        return found.push((public, whole));
    };
    let (mut depth, mut start) = (0, 0);
    for (at, byte) in group.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                expand(public, &whole, &group[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !group[start..].trim().is_empty() {
        expand(public, &whole, &group[start..], found);
    }
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for sources in CRATES {
        let circles = Crate::read(&root.join(sources)).circles();
        assert_eq!(circles, [""; 0], "{sources}");
    }
}

#[test]
fn a_circle_is_found_also_over_names_that_are_passed_on() {
    let root = ("", "mod a;\nmod b;\npub use b::Beta;\n");
    let clean = Crate::of(&[
        root,
        ("a", "use crate::Beta;\nuse std::{fmt, io};\n"),
        (
            "b",
            "pub use std::fmt::Debug;\nstruct Beta;\n#[cfg(test)]\nmod tests { use crate::a::A; }\n",
        ),
    ]);
    assert_eq!(clean.circles(), [""; 0]);
    let circle = Crate::of(&[
        root,
        ("a", "use crate::{Beta, other};\n"),
        ("b", "use super::{\n    a::{self as alpha, A},\n};\n"),
    ]);
    assert_eq!(circle.circles(), ["a", "b"]);
}

#[test]
fn a_circle_of_folders_is_found_where_no_file_is_in_one() {
    let folders = Crate::of(&[
        ("", "mod one;\nmod two;\n"),
        ("one", "pub mod a;\npub mod b;\n"),
        ("one::a", "use crate::two::c::C;\n"),
        ("one::b", ""),
        ("two", "pub mod c;\npub mod d;\n"),
        ("two::c", ""),
        ("two::d", "use crate::one::b::B;\n"),
    ]);
    assert_eq!(folders.circles(), ["one", "two"]);
}

/// The code of a file that names openraft: without comments and texts.
fn names_openraft(text: &str) -> bool {
    let code = |line: &str| {
        let line = line.split("//").next().unwrap_or_default().to_owned();
        // Every other piece between quotes is a text.
        line.split('"').step_by(2).collect::<String>()
    };
    text.lines().any(|line| code(line).contains("openraft"))
}

#[test]
fn only_bindings_name_openraft() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(CRATES[1]);
    let Crate(modules) = Crate::read(&root);
    for (module, text) in modules {
        let bindings = module.first().is_some_and(|first| first == "bindings");
        let passed_on = module.is_empty();
        assert!(
            bindings || passed_on || !names_openraft(&text),
            "{} names openraft",
            module.join("::")
        );
    }
    assert!(names_openraft("use openraft::LogId;"));
    assert!(!names_openraft("call(\"openraft\"); // openraft"));
}

/// The items of other crates that each crate shows in its public items, on purpose. Whoever uses the crate meets their
/// versions too.
const SHOWN: [(&str, &[&str]); 5] = [
    ("crates/crash-disk/src", &[]),
    (
        "crates/crash-mount/src",
        // The last is of a type that is not shown.
        &[
            "crash_disk::CrashPoint",
            "crash_disk::SimFs",
            "fuser::Filesystem",
        ],
    ),
    (
        "crates/raft-log-verify/src",
        &[
            "crash_disk::CallKind",
            "crash_disk::Coverage",
            "crash_disk::CrashPoint",
            "crash_disk::CrashView",
            "crash_disk::File",
            "crash_disk::FileSystem",
            "crash_disk::Hook",
            "crash_disk::Keep",
            "crash_disk::Level",
            "crash_disk::Profile",
            "crash_disk::Sampling",
            "crash_disk::SimFs",
            "crash_disk::SyncSite",
            "crash_disk::Tree",
            "openraft::RaftLogReader",
            "openraft::RaftLogStorage",
            "openraft::RaftSnapshotBuilder",
            "openraft::RaftStateMachine",
            "openraft::RaftTypeConfig",
            "openraft::StoreBuilder",
            "serde::DeserializeOwned",
            "serde::Serialize",
            "serde_json::Value",
            "tempfile::TempDir",
        ],
    ),
    (
        "crates/timevault/src",
        &[
            "crash_disk::FileSystem",
            // In builds for the model checker.
            "crash_disk::Hook",
            "crash_disk::LockState",
            "uuid::Uuid",
        ],
    ),
    (
        "src",
        &[
            "crash_disk::FileSystem",
            "crash_disk::LockState",
            "openraft::NodeId",
            "openraft::RaftLogReader",
            "openraft::RaftLogStorage",
            "openraft::RaftTypeConfig",
            "raft_log_verify::Audited",
            "raft_log_verify::Bug",
            "raft_log_verify::BugInfo",
            "raft_log_verify::Config",
            "raft_log_verify::Correct",
            "raft_log_verify::Cut",
            "raft_log_verify::HarnessTypes",
            "raft_log_verify::Hints",
            "raft_log_verify::KillChild",
            "raft_log_verify::PlainSubject",
            "raft_log_verify::Progress",
            "raft_log_verify::Report",
            "raft_log_verify::Repro",
            "raft_log_verify::SeenAgain",
            "raft_log_verify::Seeded",
            "raft_log_verify::Site",
            "raft_log_verify::Store",
            "raft_log_verify::Violation",
            "serde::Deserialize",
            "serde::Error",
            "serde::Serialize",
            "serde::SerializeMap",
            "serde::Serializer",
            "serde_json::Value",
            "timevault::Contents",
            "timevault::Error",
            "timevault::FindingKind",
            "timevault::FormatError",
            "timevault::FormatPlugin",
            "timevault::Inspector",
            "timevault::Observer",
            "timevault::Partition",
            "timevault::PartitionConfig",
            "timevault::PartitionReport",
            "timevault::RecordVisitor",
            "timevault::SeededBug",
            "timevault::Store",
            "timevault::Target",
            "uuid::Uuid",
        ],
    ),
];

/// Crates that count as this one: the language's own.
const OWN: [&str; 6] = ["std", "core", "alloc", "crate", "self", "super"];

/// Names of other crates' items that stand in a text's public items, with their crate: as `crate::Name`.
fn shown(text: &str, modules: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut from = BTreeMap::new();
    for (_, path) in imports(text) {
        let first = path.first().map(String::as_str).unwrap_or_default();
        if !OWN.contains(&first) && !first.is_empty() && !modules.contains(first) {
            from.insert(path.last().cloned().unwrap_or_default(), first.to_owned());
        }
    }
    let public = public_items(text);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words = public.split(|c: char| !is_word(c));
    // Types and traits: names of functions and modules are not seen by those who call.
    let types = words.filter(|word| word.starts_with(char::is_uppercase));
    let shown = types.filter_map(|word| Some(format!("{}::{word}", from.get(word)?)));
    shown.collect()
}

/// What can be seen of public items: signatures, fields, whole enums and traits, and which traits are implemented.
fn public_items(text: &str) -> String {
    let mut items = String::new();
    let mut depth_of_whole = None;
    let mut depth = 0_usize;
    let mut open = false;
    for line in text.lines() {
        let code = line.split("//").next().unwrap_or_default();
        let begins = code.trim_start();
        let whole = ["pub enum ", "pub trait "]
            .iter()
            .any(|it| begins.starts_with(it));
        if whole && depth_of_whole.is_none() {
            depth_of_whole = Some(depth);
        }
        let starts = begins.starts_with("pub ") && !begins.starts_with("pub use ");
        if open || starts || depth_of_whole.is_some() || begins.starts_with("impl") {
            let end = code.find('{').filter(|_| depth_of_whole.is_none());
            items.push_str(end.map_or(code, |end| &code[..end]));
            items.push('\n');
            let ends = code.contains('{') || code.trim_end().ends_with([';', ',']);
            open = !(ends && depth_of_whole.is_none())
                && (open || starts || begins.starts_with("impl"));
        }
        depth += code.matches('{').count();
        depth = depth.saturating_sub(code.matches('}').count());
        if depth_of_whole.is_some_and(|outer| depth <= outer && code.contains(['}', ';'])) {
            depth_of_whole = None;
            open = false;
        }
    }
    items
}

#[test]
fn what_is_shown_of_other_crates_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (sources, listed) in SHOWN {
        let Crate(modules) = Crate::read(&root.join(sources));
        let names: BTreeSet<&str> = modules.keys().flatten().map(String::as_str).collect();
        let all: BTreeSet<String> = modules
            .values()
            .flat_map(|text| shown(text, &names))
            .collect();
        let listed: BTreeSet<String> = listed.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(all, listed, "{sources}");
    }
}

#[test]
fn an_item_of_another_crate_is_seen_in_a_signature_and_not_in_a_body() {
    let text = "use other::{Inner, Outer, Tag};\nuse std::io;\n\
                pub fn f(\n    from: Outer,\n) -> io::Result<()> {\n    Inner::new()\n}\n\
                pub enum E {\n    A(Tag),\n}\nfn private(inner: Inner) {}\n";
    let all: Vec<String> = shown(text, &BTreeSet::new()).into_iter().collect();
    assert_eq!(all, ["other::Outer", "other::Tag"]);
}
