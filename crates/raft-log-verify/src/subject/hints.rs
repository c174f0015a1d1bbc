//! What only the author of a store can know of its files.

use std::io;
use std::path::Path;

use super::{DamageKind, Health, Place, Tuning};

/// What only the author of a store can know of its files: with a hint the harness looks closer. Each hint has a
/// default that says nothing; a store can be judged without any.
pub trait Hints: Send + Sync {
    /// How many segment files the store keeps in `place`. Rolls and whole-segment removals are
    /// counted from it. `None` where the store has no segments.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn segments(&self, place: &Place) -> io::Result<Option<u64>> {
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
    fn notices(&self, damage: DamageKind) -> bool {
        let _ = damage;
        true
    }

    /// Offset in `file`, given by its whole path, behind which nothing but the file itself tells
    /// where its content ends: damage that takes everything from a place behind the offset to the
    /// end cannot be told from a torn tail. `None` where every loss in the file has to be reported.
    fn tail_begin(&self, place: &Place, file: &Path) -> Option<u64> {
        let _ = (place, file);
        Some(0)
    }

    /// Names of the segments in `place` that hold nothing above the purged index. There must be
    /// none once an open has returned. Empty where the store has no segments.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn leftovers(&self, place: &Place, purged: u64) -> io::Result<Vec<String>> {
        let _ = (place, purged);
        Ok(Vec::new())
    }

    /// Most bytes that an open of `place` may read, for a log whose longest entry has
    /// `entry_bytes` bytes of JSON. The bound may depend on the number of segments, never on what
    /// they hold. `None` where the store names no bound.
    fn open_read_bound(&self, place: &Place, tuning: Tuning, entry_bytes: u64) -> Option<u64> {
        let _ = (place, tuning, entry_bytes);
        None
    }

    /// What the store's own tool for operators says of a store that nobody has open. After a pure
    /// crash the tool must find no damage.
    fn health(&self, place: &Place) -> Health {
        let _ = place;
        Health::Unknown
    }
}

/// The hints of a store that gives none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHints;

impl Hints for NoHints {}
