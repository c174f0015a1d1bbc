//! What disks have in common, so that one of many is enough.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::Path;

use crash_disk::CallKind;
use crash_disk::sim::{Profile, SimFs};

use crate::rules::Seen;

/// What a recovery did and what stands on its disk, without what stands in the files.
pub(crate) struct Shape {
    /// The calls that it made: kind and path.
    calls: Vec<(CallKind, String)>,
    /// The files: path, and whether it is empty; of a directory nothing.
    files: Vec<(String, Option<bool>)>,
    /// What is pending: path, and what changes.
    pending: Vec<(String, String)>,
}

impl Shape {
    /// That of a disk that was crashed and then opened, or of one that is yet to be opened.
    pub(crate) fn of(disk: &SimFs) -> Self {
        let calls = (1..=disk.step()).filter_map(|number| disk.call(number));
        let lengths = disk.lengths().into_iter();
        let pending = disk.view_now(Profile::Posix).pending().into_iter();
        Self {
            calls: calls.map(|call| (call.kind, call.path)).collect(),
            files: lengths
                .map(|(path, len)| (path, len.map(|len| len == 0)))
                .collect(),
            pending: pending.map(|op| (op.path, op.what)).collect(),
        }
    }

    /// Hash of all of it.
    pub(crate) fn key(&self) -> u128 {
        hash(&(&self.calls, &self.files, &self.pending))
    }

    /// Hash of the way that a recovery went: which kinds of calls it made on which kinds of files,
    /// which kinds of files there are, empty and not, and what kinds of operations are pending. Not
    /// how many chunks there are, nor what they are called.
    pub(crate) fn way(&self) -> u128 {
        let calls = self.calls.iter().map(|(kind, path)| (kind, kind_of(path)));
        let files = self.files.iter();
        let files = files.filter_map(|(path, empty)| Some((kind_of(path), (*empty)?)));
        let pending = self.pending.iter();
        let pending = pending.map(|(path, what)| (kind_of(path), what.split(' ').next()));
        // Sets: how often is a matter of how many chunks there are.
        hash(&(
            calls.collect::<BTreeSet<_>>(),
            files.collect::<BTreeSet<_>>(),
            pending.collect::<BTreeSet<_>>(),
        ))
    }
}

/// The kind of a file: the directory that it stands in, and its ending, or else its name.
fn kind_of(path: &str) -> (Option<&OsStr>, Option<&OsStr>) {
    let path = Path::new(path);
    let ending = path.extension().filter(|ending| *ending != "json");
    let dir = path.parent().and_then(Path::file_name);
    (dir, ending.or(path.file_name()))
}

/// Hash of everything that what follows a recovery depends on: the disk, what the store shows of it,
/// and the calls that recovery made, so that a store which went another way to the same bytes is
/// looked at again.
pub(crate) fn disk_key(disk: &SimFs, seen: &Seen) -> u128 {
    let calls = (1..=disk.step()).filter_map(|number| disk.call(number));
    let calls: Vec<String> = calls.map(|call| call.text).collect();
    disk.state_hash() ^ hash(&(calls, format!("{seen:?}"), seen.committed))
}

fn hash(of: &impl Hash) -> u128 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish().into()
}
