//! What a crashed disk may show.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use openraft::RaftTypeConfig;

use super::judge;
use crate::reference::{Journal, LogImage};
use crate::rules::{Seen, Violation, recovery_idempotent, write_order};

/// What a crashed disk may show: the states that the journal admits, or the one that an open of
/// the same disk has shown already.
pub(crate) struct Allowed<C: RaftTypeConfig> {
    images: Vec<LogImage<C>>,
    pinned: bool,
    digest: u64,
}

/// What a disk may show, and what it may show when the power fails before an open of it returns.
pub(crate) struct Expected<'a, C: RaftTypeConfig> {
    pub(crate) now: &'a Allowed<C>,
    pub(crate) after_power_cut: &'a Allowed<C>,
}

impl<'a, C: RaftTypeConfig> Expected<'a, C> {
    /// The same in both cases.
    pub(crate) fn both(allowed: &'a Allowed<C>) -> Self {
        Self {
            now: allowed,
            after_power_cut: allowed,
        }
    }

    /// Equal for equal sets of states; with those after a power cut, where there may be one.
    pub(crate) fn digest(&self, cut: bool) -> u64 {
        let after = if cut { self.after_power_cut.digest } else { 0 };
        // Turned, so that two equal digests do not cancel out.
        self.now.digest ^ after.rotate_left(1)
    }
}

impl<C: RaftTypeConfig> Clone for Expected<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: RaftTypeConfig> Copy for Expected<'_, C> {}

impl<C: RaftTypeConfig> Allowed<C> {
    /// What a crash after so many calls may leave.
    pub(crate) fn after(journal: &Journal<C>, step: u64) -> Self {
        Self::new(journal.admissible(step), false, journal)
    }

    /// This state and no other.
    pub(crate) fn only(image: LogImage<C>, journal: &Journal<C>) -> Self {
        Self::new(vec![image], true, journal)
    }

    fn new(images: Vec<LogImage<C>>, pinned: bool, journal: &Journal<C>) -> Self {
        let mut hasher = DefaultHasher::new();
        pinned.hash(&mut hasher);
        for image in &images {
            image.digest(&mut hasher);
        }
        for committed in journal.committed() {
            let id = committed.as_ref().map(ToString::to_string);
            id.hash(&mut hasher);
        }
        Self {
            images,
            pinned,
            digest: hasher.finish(),
        }
    }

    /// The state that the store shows.
    ///
    /// # Errors
    /// It is not allowed.
    pub(crate) fn find(
        &self,
        seen: &Seen<C>,
        journal: &Journal<C>,
    ) -> Result<&LogImage<C>, Violation> {
        if !self.pinned {
            return judge::classify(seen, &self.images, journal);
        }
        write_order::find(seen, &self.images).map_err(|violation| {
            recovery_idempotent::RULE.broken(format!(
                "a crash inside the recovery changes what is recovered: {}",
                violation.text
            ))
        })
    }
}
