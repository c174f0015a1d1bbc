//! What a directory is: a store or one partition; and whether a writer has it open.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Inspector;
use super::finding::{Finding, worst};
use super::kind::{MISPLACED, NOT_A_DIRECTORY, STRAY_COPY, Severity, UNREADABLE};
use super::listing::sorted;
use crate::error::{Error, IoContext};
use crate::layout;
use crate::metadata::Metadata;
use crate::store;
use crash_disk::LockState;

/// The store that a partition's directory belongs to, if it stands in one.
fn root_of(dir: &Path) -> Option<PathBuf> {
    let root = dir.ancestors().nth(layout::PARTS)?;
    layout::id_in_place(root, dir).map(|_| root.to_path_buf())
}

/// What is wrong with a directory of the store that cannot be listed.
fn unlisted(dir: &Path, error: Error) -> Finding {
    match error.io_kind() {
        Some(std::io::ErrorKind::NotFound) => {
            Finding::new(&NOT_A_DIRECTORY, dir, "a link that leads nowhere")
        }
        _ => Finding::from_error(&UNREADABLE, dir, error),
    }
}

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
    /// What is wrong with the store itself: partitions that stand where it does not look, directories that
    /// cannot be listed, files where directories belong.
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
    /// Finds out what `dir` is: the root of a store (the directory of a log with a store of its own is one),
    /// or the directory of one partition.
    ///
    /// # Errors
    /// [`Error::NotAStore`] when it is neither, [`Error::Io`].
    pub fn target(&self, dir: &Path) -> Result<Target, Error> {
        let dir = std::path::absolute(dir).context("resolve", dir)?;
        let entries = sorted(&*self.fs, &dir)?;
        let holds = |name: &str| entries.iter().any(|entry| entry.name == name);
        let root = root_of(&dir);
        let parts = [layout::METADATA, layout::MANIFEST, layout::CHUNKS];
        // In the place of a partition it is one, whatever is left of it.
        if root.is_some() || parts.into_iter().any(holds) {
            return Ok(self.with_lock(root, vec![dir], vec![]));
        }
        if holds(layout::PARTITIONS) {
            let (partitions, findings) = self.places(&dir);
            return Ok(self.with_lock(Some(dir), partitions, findings));
        }
        if holds(layout::LOCK_FILE) {
            return Ok(self.with_lock(Some(dir), vec![], vec![]));
        }
        Err(Error::NotAStore { path: dir })
    }

    /// The partitions below `partitions/`, ascending, and what is wrong there: partitions that are not in
    /// their places, directories that cannot be listed, and files where directories belong.
    ///
    /// Links are followed where an open would follow them.
    fn places(&self, root: &Path) -> (Vec<PathBuf>, Vec<Finding>) {
        let (mut found, mut strays, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        let mut left = vec![(root.join(layout::PARTITIONS), 0)];
        while let Some((dir, depth)) = left.pop() {
            if let Some(id) = layout::id_in_place(root, &dir) {
                found.push((id, dir));
                continue;
            }
            let entries = match sorted(&*self.fs, &dir) {
                Ok(entries) => entries,
                Err(error) => {
                    findings.push(unlisted(&dir, error));
                    continue;
                }
            };
            if entries.iter().any(|entry| entry.name == layout::METADATA) {
                strays.push(dir);
                continue;
            }
            for entry in entries.iter().rev().filter(|_| depth < MAX_DEPTH) {
                let below = dir.join(&entry.name);
                if entry.is_dir {
                    left.push((below, depth + 1));
                } else if layout::leads_to_partition(root, &below) {
                    // A link or a file.
                    match self.fs.read_dir(&below).context("list", &below) {
                        Ok(_) => left.push((below, depth + 1)),
                        Err(error) => findings.push(unlisted(&below, error)),
                    }
                }
            }
        }
        found.sort_unstable();
        let strays = strays.iter().map(|dir| self.out_of_place(dir, &found));
        findings.extend(strays);
        (found.into_iter().map(|(_, dir)| dir).collect(), findings)
    }

    fn out_of_place(&self, dir: &Path, in_place: &[(Uuid, PathBuf)]) -> Finding {
        let metadata = Metadata::load(&*self.fs, dir, None, &self.plugins).ok();
        let id = metadata.map(|(metadata, _)| metadata.partition_id);
        let copy = id.is_some_and(|id| in_place.binary_search_by_key(&id, |(id, _)| *id).is_ok());
        let kind = if copy { &STRAY_COPY } else { &MISPLACED };
        let Some(id) = id else {
            return Finding::new(kind, dir, "a partition of unknown id");
        };
        let finding = Finding::new(kind, dir, format!("a partition {id}"));
        if copy {
            return finding;
        }
        let place = layout::partition_dir(Path::new(""), id);
        finding.expected(format!("it in {}", place.display()))
    }

    fn with_lock(
        &self,
        root: Option<PathBuf>,
        partitions: Vec<PathBuf>,
        findings: Vec<Finding>,
    ) -> Target {
        let (mut lock, mut holder) = (LockState::Unknown, String::new());
        if let Some(root) = &root {
            let path = root.join(layout::LOCK_FILE);
            lock = match self.fs.lock_state(&path) {
                Ok(lock) => lock,
                // Without the file nobody can hold the lock; a copy may lack it.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => LockState::NotSeen,
                Err(_) => LockState::Unknown,
            };
            holder = store::holder(&*self.fs, &path);
        }
        Target {
            root,
            partitions,
            findings,
            lock,
            holder,
        }
    }
}
