//! What the kernel knows of the disk by numbers.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crash_disk::sim::{SimFile, SimFs, SimNode};

/// The kernel's number of the root. Others are above it by as much as in the disk.
pub(crate) const ROOT: u64 = 1;

/// A file or a directory that the kernel knows.
#[derive(Debug)]
pub(crate) struct Node {
    /// A name that it has, or has had: of a directory the one that it has.
    pub(crate) path: PathBuf,
    /// Its handle, which outlives its names; `None` for a directory.
    pub(crate) file: Option<SimFile>,
    /// How often the kernel was told its number, and has not forgotten it.
    lookups: u64,
}

/// The files and directories that the kernel knows.
#[derive(Debug)]
pub(crate) struct Nodes(HashMap<u64, Node>);

impl Nodes {
    pub(crate) fn new() -> Self {
        let root = Node {
            path: PathBuf::from("/"),
            file: None,
            lookups: 1,
        };
        Self(HashMap::from([(ROOT, root)]))
    }

    pub(crate) fn get(&self, number: u64) -> io::Result<&Node> {
        let known = self.0.get(&number);
        known.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The handle of a file.
    pub(crate) fn file(&self, number: u64) -> io::Result<&SimFile> {
        let file = self.get(number)?.file.as_ref();
        file.ok_or_else(|| io::ErrorKind::IsADirectory.into())
    }

    /// Tells the kernel once more of what stands at a path. Says its number, and whether that is new.
    pub(crate) fn look_up(&mut self, fs: &SimFs, path: &Path) -> io::Result<(u64, bool)> {
        let (number, file) = match fs.look_up(path)? {
            SimNode::Dir(number) => (number, None),
            SimNode::File(file) => (file.number(), Some(file)),
        };
        let number = number + ROOT;
        let mut new = false;
        let node = self.0.entry(number).or_insert_with(|| {
            new = true;
            Node {
                path: path.to_path_buf(),
                file,
                lookups: 0,
            }
        });
        node.lookups += 1;
        Ok((number, new))
    }

    /// The kernel has forgotten a number so many times.
    pub(crate) fn forget(&mut self, number: u64, times: u64) {
        let Some(node) = self.0.get_mut(&number).filter(|_| number != ROOT) else {
            return;
        };
        node.lookups = node.lookups.saturating_sub(times);
        if node.lookups == 0 {
            self.0.remove(&number);
        }
    }

    /// What stood at `from`, and below it, stands at `to`.
    pub(crate) fn renamed(&mut self, from: &Path, to: &Path) {
        for node in self.0.values_mut() {
            if let Ok(below) = node.path.strip_prefix(from) {
                // Joined to nothing, a path would get a slash at its end.
                node.path = match below.as_os_str().is_empty() {
                    true => to.to_path_buf(),
                    false => to.join(below),
                };
            }
        }
    }
}
