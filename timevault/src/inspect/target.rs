//! What a directory is: a store, or one partition; and whether a writer is at it.

use std::path::{Path, PathBuf};

use super::Inspector;
use super::partition::{id_of, sorted};
use crate::error::{Error, IoContext};
use crate::fs::LockState;
use crate::layout;
use crate::store;

/// The store or partition in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// Root of the store; `None` for a partition that stands alone.
    pub root: Option<PathBuf>,
    /// Directories of the partitions, half-made ones too, in ascending order.
    pub partitions: Vec<PathBuf>,
    /// Whether a writer holds the store's lock.
    pub lock: LockState,
    /// What the lock file says about who held it last; only of interest while it is held.
    pub holder: String,
}

impl Inspector {
    /// Finds out what stands in `dir`: the root of a store (or the directory of a log that has one for
    /// itself, which is the same) or the directory of one partition.
    ///
    /// # Errors
    /// [`Error::NotAStore`] when it is neither, [`Error::Io`].
    pub fn target(&self, dir: &Path) -> Result<Target, Error> {
        let dir = std::path::absolute(dir).context("resolve", dir)?;
        let entries = sorted(&*self.fs, &dir)?;
        let holds = |name: &str| entries.iter().any(|entry| entry.name == name);
        if [layout::METADATA, layout::MANIFEST, layout::CHUNKS]
            .into_iter()
            .any(holds)
        {
            let root = self.root_of(&dir);
            return Ok(self.with_lock(root, vec![dir]));
        }
        if holds(layout::PARTITIONS) || holds(layout::LOCK_FILE) {
            let partitions = if holds(layout::PARTITIONS) {
                let mut found = store::partition_dirs(&*self.fs, &dir)?;
                found.sort_unstable();
                found.into_iter().map(|(_, dir)| dir).collect()
            } else {
                Vec::new()
            };
            return Ok(self.with_lock(Some(dir), partitions));
        }
        Err(Error::NotAStore { path: dir })
    }

    /// The store that a partition's directory belongs to, if it stands in one.
    fn root_of(&self, dir: &Path) -> Option<PathBuf> {
        let id = id_of(dir)?;
        let root = dir.ancestors().nth(layout::partition_parts(id).len())?;
        let in_place = layout::partition_dir(root, id) == dir;
        in_place.then(|| root.to_path_buf())
    }

    fn with_lock(&self, root: Option<PathBuf>, partitions: Vec<PathBuf>) -> Target {
        let path = root.as_ref().map(|root| root.join(layout::LOCK_FILE));
        let (lock, holder) = match path {
            None => (LockState::Unknown, String::new()),
            Some(path) => {
                let lock = match self.fs.lock_state(&path) {
                    Ok(lock) => lock,
                    // Without the file nobody can hold the lock; a copy may well lack it.
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => LockState::NotSeen,
                    Err(_) => LockState::Unknown,
                };
                (lock, store::holder(&*self.fs, &path))
            }
        };
        Target {
            root,
            partitions,
            lock,
            holder,
        }
    }
}
