//! What the kernel knows of the disk by numbers.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crash_disk::sim::SimFs;
use crash_disk::{Access, File, FileSystem, is_not_a_file};

/// The number of the root.
pub(crate) const ROOT: u64 = 1;

/// A file or a directory that the kernel knows.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it stands, or stood before its name was removed.
    pub(crate) path: PathBuf,
    /// Its handle, which outlives its name; `None` for a directory.
    pub(crate) file: Option<Box<dyn File>>,
    /// Whether it still has its name.
    named: bool,
    /// How often the kernel was told its number, and has not forgotten it.
    lookups: u64,
}

/// The files and directories that the kernel knows.
#[derive(Debug)]
pub(crate) struct Nodes {
    by_number: HashMap<u64, Node>,
    by_path: HashMap<PathBuf, u64>,
    next: u64,
}

impl Nodes {
    pub(crate) fn new() -> Self {
        let root = Node {
            path: PathBuf::from("/"),
            file: None,
            named: true,
            lookups: 1,
        };
        Self {
            by_path: HashMap::from([(root.path.clone(), ROOT)]),
            by_number: HashMap::from([(ROOT, root)]),
            next: ROOT + 1,
        }
    }

    pub(crate) fn get(&self, number: u64) -> io::Result<&Node> {
        let known = self.by_number.get(&number);
        known.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The handle of a file.
    pub(crate) fn file(&self, number: u64) -> io::Result<&dyn File> {
        let file = self.get(number)?.file.as_deref();
        file.ok_or_else(|| io::ErrorKind::IsADirectory.into())
    }

    /// Tells the kernel once more of what stands at a path. Says its number, and whether that is new.
    pub(crate) fn lookup(&mut self, fs: &SimFs, path: &Path) -> io::Result<(u64, bool)> {
        if let Some(number) = self.by_path.get(path).copied() {
            if let Some(node) = self.by_number.get_mut(&number) {
                node.lookups += 1;
            }
            return Ok((number, false));
        }
        let file = match fs.open(path, Access::ReadWrite) {
            Ok(file) => Some(file),
            Err(error) if is_not_a_file(&error) => None,
            Err(error) => return Err(error),
        };
        Ok((self.add(path, file), true))
    }

    /// Gives a number to what stands at a path.
    pub(crate) fn add(&mut self, path: &Path, file: Option<Box<dyn File>>) -> u64 {
        let number = self.next;
        self.next += 1;
        let node = Node {
            path: path.to_path_buf(),
            file,
            named: true,
            lookups: 1,
        };
        self.by_number.insert(number, node);
        self.by_path.insert(path.to_path_buf(), number);
        number
    }

    /// The kernel has forgotten a number so many times.
    pub(crate) fn forget(&mut self, number: u64, times: u64) {
        let Some(node) = self.by_number.get_mut(&number).filter(|_| number != ROOT) else {
            return;
        };
        node.lookups = node.lookups.saturating_sub(times);
        if node.lookups > 0 {
            return;
        }
        if node.named {
            self.by_path.remove(&node.path);
        }
        self.by_number.remove(&number);
    }

    /// The name of what stands at a path is gone.
    pub(crate) fn unnamed(&mut self, path: &Path) {
        if let Some(number) = self.by_path.remove(path)
            && let Some(node) = self.by_number.get_mut(&number)
        {
            node.named = false;
        }
    }

    /// What stood at `from` stands at `to`.
    pub(crate) fn renamed(&mut self, from: &Path, to: &Path) {
        if from == to {
            return;
        }
        self.unnamed(to);
        if let Some(number) = self.by_path.remove(from) {
            self.by_path.insert(to.to_path_buf(), number);
            if let Some(node) = self.by_number.get_mut(&number) {
                node.path = to.to_path_buf();
            }
        }
    }
}
