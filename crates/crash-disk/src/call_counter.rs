//! Exact counts of calls and bytes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Call, CallKind, Hook};

/// Counts the calls that come through and the bytes that they moved, by kind and path.
///
/// Failed calls are counted too, with no bytes.
#[derive(Debug, Default)]
pub struct CallCounter {
    by_path: Mutex<BTreeMap<PathBuf, Counts>>,
}

/// Calls and bytes by kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Calls and bytes; a kind without calls is absent.
    by_kind: BTreeMap<CallKind, (u64, u64)>,
}

impl CallCounter {
    /// A counter at zero.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// All calls so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts_where(|_| true)
    }

    /// The calls on paths that end with `suffix`, such as `.chunk`. A rename counts for the path
    /// it moves away from, a directory sync for the directory.
    #[must_use]
    pub fn counts_for(&self, suffix: &str) -> Counts {
        self.counts_where(|path| path.to_string_lossy().ends_with(suffix))
    }

    fn counts_where(&self, wanted: impl Fn(&Path) -> bool) -> Counts {
        let mut sum = Counts::default();
        for (_, counts) in self.lock().iter().filter(|(path, _)| wanted(path)) {
            for (kind, (calls, bytes)) in &counts.by_kind {
                sum.add(*kind, *calls, *bytes);
            }
        }
        sum
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Counts>> {
        // A count is changed in one step, so a panic elsewhere has not broken it.
        self.by_path.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hook for CallCounter {
    fn after(&self, call: &Call<'_>, result: Result<u64, &io::Error>) {
        let moved = match call.kind {
            CallKind::Read | CallKind::Write => result.unwrap_or(0),
            _ => 0,
        };
        let mut by_path = self.lock();
        if !by_path.contains_key(call.path) {
            by_path.insert(call.path.to_owned(), Counts::default());
        }
        if let Some(counts) = by_path.get_mut(call.path) {
            counts.add(call.kind, 1, moved);
        }
    }
}

impl Counts {
    fn add(&mut self, kind: CallKind, calls: u64, bytes: u64) {
        let sum = self.by_kind.entry(kind).or_default();
        sum.0 += calls;
        sum.1 += bytes;
    }

    /// Calls of one kind.
    #[must_use]
    pub fn calls(&self, kind: CallKind) -> u64 {
        self.by_kind.get(&kind).map_or(0, |(calls, _)| *calls)
    }

    /// Bytes that the calls of one kind read or wrote.
    #[must_use]
    pub fn bytes(&self, kind: CallKind) -> u64 {
        self.by_kind.get(&kind).map_or(0, |(_, bytes)| *bytes)
    }

    /// Calls of all kinds.
    #[must_use]
    pub fn total_calls(&self) -> u64 {
        self.by_kind.values().map(|(calls, _)| calls).sum()
    }

    /// Syncs of files and directories.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        CallKind::SYNCS
            .into_iter()
            .map(|kind| self.calls(kind))
            .sum()
    }

    /// What came on top of an earlier count of the same counter.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut rest = Self::default();
        for kind in self.by_kind.keys().copied() {
            let calls = self.calls(kind).saturating_sub(earlier.calls(kind));
            if calls > 0 {
                rest.add(
                    kind,
                    calls,
                    self.bytes(kind).saturating_sub(earlier.bytes(kind)),
                );
            }
        }
        rest
    }
}
