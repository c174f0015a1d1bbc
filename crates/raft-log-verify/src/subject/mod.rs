//! What the author of a log store writes to have it judged: one implementation of [`Subject`].

mod capability;
mod health;
mod place;

use std::future::Future;
use std::path::Path;

use crash_disk::FileSystem;
use openraft::storage::RaftLogStorage;
use openraft::{RaftTypeConfig, StorageError};

pub use capability::{Caller, Capabilities};
pub use health::Health;
pub use place::{Place, Tuning};

use super::damage::Kind;
use super::payload::PayloadSeed;

/// Why a store could not be opened, in the store's own words.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

/// A log store under test.
///
/// The functions that make node ids, nodes and payloads must be pure: the same seed gives the same
/// value, in this process and the next, or a failure cannot be replayed.
pub trait Subject: Clone + Send + Sync + 'static {
    /// Types of the store.
    type Config: RaftTypeConfig;

    /// The store.
    type Store: RaftLogStorage<Self::Config>;

    /// Name in reports and repro files.
    fn name(&self) -> String;

    /// What can be judged, and which promises are made.
    fn capabilities(&self) -> Capabilities;

    /// Opens the store in `place`, a directory that exists and is empty the first time.
    ///
    /// # Errors
    /// Whatever the store says; rules decide whether it was right to refuse.
    fn open(
        &self,
        place: &Place,
        tuning: Tuning,
    ) -> impl Future<Output = Result<Self::Store, OpenError>> + Send;

    /// Closes the store cleanly. A store without a close of its own is dropped.
    ///
    /// # Errors
    /// Whatever the store says.
    fn close(&self, store: Self::Store) -> impl Future<Output = Result<(), OpenError>> + Send {
        async move {
            drop(store);
            Ok(())
        }
    }

    /// A node id. Seeds are small numbers; different seeds should give different ids.
    fn node_id(&self, seed: u64) -> <Self::Config as RaftTypeConfig>::NodeId;

    /// A node of a membership entry.
    fn node(&self, seed: u64) -> <Self::Config as RaftTypeConfig>::Node;

    /// Application data. `shape` is a wish: a type that has no text ignores it.
    fn payload(&self, seed: PayloadSeed) -> <Self::Config as RaftTypeConfig>::D;

    /// Whether [`PayloadShape::Unstorable`](super::PayloadShape::Unstorable) makes data which the
    /// store has to refuse. If not, such entries are not appended.
    fn unstorable(&self) -> bool {
        false
    }

    /// How many segment files the store keeps in `place`. Rolls and whole-segment removals are
    /// counted from it. `None` where the store has no segments.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn segments(&self, place: &Place) -> std::io::Result<Option<u64>> {
        let _ = place;
        Ok(None)
    }

    /// Whether the bytes in `place` end in a half-written record, as far as the author can tell.
    /// Only counted, never judged.
    fn torn_tail(&self, place: &Place) -> bool {
        let _ = place;
        false
    }

    /// Whether the store promises to notice damage of this kind, where that can be noticed at all.
    /// Only stores of a strict caller are damaged.
    fn notices(&self, damage: Kind) -> bool {
        let _ = damage;
        true
    }

    /// Where in `file`, given by its whole path, the part begins whose end nothing but the file
    /// itself tells: when damage takes everything from a place behind that to the end, it can't be
    /// told from a torn tail. `None` where every loss in the file has to be reported.
    fn tail_begin(&self, place: &Place, file: &Path) -> Option<u64> {
        let _ = (place, file);
        Some(0)
    }

    /// Names of the segments in `place` that hold nothing above the purged index. There must be
    /// none once an open has returned. Empty where the store has no segments.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn leftovers(&self, place: &Place, purged: u64) -> std::io::Result<Vec<String>> {
        let _ = (place, purged);
        Ok(Vec::new())
    }

    /// Upper bound of the bytes that an open of `place` may read, for a log whose longest entry
    /// has `entry_bytes` bytes of JSON. It may depend on the number of segments, never on what
    /// they hold. `None` where the store names no bound.
    fn open_read_bound(&self, place: &Place, tuning: Tuning, entry_bytes: u64) -> Option<u64> {
        let _ = (place, tuning, entry_bytes);
        None
    }

    /// What the subject's own tool for operators says of a store that nobody has open. After a pure
    /// crash it must find no damage: what a crash leaves is none.
    fn health(&self, place: &Place) -> Health {
        let _ = place;
        Health::Unknown
    }

    /// Which kinds of value two entries are compared by: their JSON, unless the subject knows
    /// better.
    ///
    /// # Errors
    /// An entry that does not serialize.
    fn fingerprint(
        &self,
        entry: &<Self::Config as RaftTypeConfig>::Entry,
    ) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(entry)
    }
}

/// The error type of a subject's calls.
pub type ErrorOf<S> = StorageError<<<S as Subject>::Config as RaftTypeConfig>::NodeId>;

/// Names of the files in a directory of the seam, sorted; empty when there is no such directory.
#[must_use]
pub fn file_names(fs: &dyn FileSystem, dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs
        .read_dir(dir)
        .unwrap_or_default()
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    names.sort();
    names
}
