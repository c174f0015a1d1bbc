//! Looking at and tampering with the files of a store.
#![allow(
    clippy::disallowed_methods,
    reason = "tests look at files from outside"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The bytes of every file below a directory, but the lock file.
#[derive(Debug, PartialEq, Eq)]
pub struct Directory(BTreeMap<PathBuf, Vec<u8>>);

impl Directory {
    pub fn read(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        walk(root, &mut |path| {
            if path.extension().is_none_or(|extension| extension != "lock") {
                let name = path.strip_prefix(root).unwrap().to_path_buf();
                files.insert(name, fs::read(path).unwrap());
            }
        });
        Self(files)
    }

    /// Names of the files that differ.
    pub fn changed(&self, other: &Self) -> Vec<PathBuf> {
        let names = self.0.keys().chain(other.0.keys());
        let mut changed: Vec<_> = names
            .filter(|name| self.0.get(*name) != other.0.get(*name))
            .cloned()
            .collect();
        changed.dedup();
        changed
    }

    /// Number of files whose names end like this.
    pub fn count(&self, ending: &str) -> usize {
        self.0
            .keys()
            .filter(|name| name.to_string_lossy().ends_with(ending))
            .count()
    }
}

/// Copies a directory with all that is in it.
pub fn copy_tree(from: &Path, to: &Path) {
    walk(from, &mut |path| {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(path, target).unwrap();
    });
    // Directories without files are part of a store too.
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(to.join(entry.file_name())).unwrap();
            copy_tree(&entry.path(), &to.join(entry.file_name()));
        }
    }
}

fn walk(dir: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, visit);
        } else {
            visit(&path);
        }
    }
}
