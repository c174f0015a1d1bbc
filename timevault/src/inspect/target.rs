//! What a directory is: a store, or one partition; and whether a writer is at it.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Inspector;
use super::finding::{Finding, worst};
use super::kind::{MISPLACED, STRAY_COPY, Severity};
use super::partition::{id_of, sorted};
use crate::error::{Error, IoContext};
use crate::fs::LockState;
use crate::layout;
use crate::metadata::Metadata;
use crate::store;

/// Levels of directories below `partitions/` in which misplaced partitions are looked for: one more
/// than where they belong.
const MAX_DEPTH: usize = 4;

/// The store or partition in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// Root of the store; `None` for a partition that stands alone.
    pub root: Option<PathBuf>,
    /// Directories of the partitions, half-made ones too, in ascending order.
    pub partitions: Vec<PathBuf>,
    /// What is wrong with the store itself: partitions that stand where it does not look.
    pub findings: Vec<Finding>,
    /// Whether a writer holds the store's lock.
    pub lock: LockState,
    /// What the lock file says about who held it last; only of interest while it is held.
    pub holder: String,
}

impl Target {
    /// The worst of what is wrong with the store itself. A store that holds nothing is not judged:
    /// whether something should be there only its owner knows.
    #[must_use]
    pub fn severity(&self) -> Severity {
        let nothing = match self.is_empty() {
            true => Severity::NotJudged,
            false => Severity::Note,
        };
        worst(&self.findings).max(nothing)
    }

    /// Whether the store holds no partition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty() && self.findings.is_empty()
    }
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
        let root = self.root_of(&dir);
        let parts = [layout::METADATA, layout::MANIFEST, layout::CHUNKS];
        // In the place of a partition it is one, whatever is left of it.
        if root.is_some() || parts.into_iter().any(holds) {
            return Ok(self.with_lock(root, vec![dir], vec![]));
        }
        if holds(layout::PARTITIONS) || holds(layout::LOCK_FILE) {
            if !holds(layout::PARTITIONS) {
                return Ok(self.with_lock(Some(dir), vec![], vec![]));
            }
            let mut found = store::partition_dirs(&*self.fs, &dir)?;
            found.sort_unstable();
            let findings = self.misplaced(&dir, &found)?;
            let partitions = found.into_iter().map(|(_, dir)| dir).collect();
            return Ok(self.with_lock(Some(dir), partitions, findings));
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

    /// Partitions below `partitions/` that are not in their places; `in_place` are those that are,
    /// ascending by id.
    fn misplaced(&self, root: &Path, in_place: &[(Uuid, PathBuf)]) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        let mut left = vec![(root.join(layout::PARTITIONS), 0)];
        while let Some((dir, depth)) = left.pop() {
            if self.root_of(&dir).is_some_and(|of| of == root) {
                continue;
            }
            let entries = sorted(&*self.fs, &dir)?;
            if entries.iter().any(|entry| entry.name == layout::METADATA) {
                findings.push(self.out_of_place(&dir, in_place));
            } else if depth < MAX_DEPTH {
                let below = entries.iter().rev().filter(|entry| entry.is_dir);
                left.extend(below.map(|entry| (dir.join(&entry.name), depth + 1)));
            }
        }
        Ok(findings)
    }

    fn out_of_place(&self, dir: &Path, in_place: &[(Uuid, PathBuf)]) -> Finding {
        let read = |plugin| Metadata::load(&*self.fs, dir, None, plugin).ok();
        let metadata = self.plugins.iter().find_map(|plugin| read(&**plugin));
        let id = metadata.map(|metadata| metadata.partition_id);
        let copy = id.is_some_and(|id| in_place.binary_search_by_key(&id, |(id, _)| *id).is_ok());
        let kind = if copy { &STRAY_COPY } else { &MISPLACED };
        let id = id.map_or_else(|| "of unknown id".into(), |id| id.to_string());
        Finding::new(kind, dir, format!("a partition {id}"))
    }

    fn with_lock(
        &self,
        root: Option<PathBuf>,
        partitions: Vec<PathBuf>,
        findings: Vec<Finding>,
    ) -> Target {
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
            findings,
            lock,
            holder,
        }
    }
}
