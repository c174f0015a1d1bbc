//! What a crashed disk may show.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::reference::{Journal, LogImage};
use crate::rules::{Seen, Violation, recovered, recovery_idempotent, write_order};

/// What a crashed disk may show: the states that the journal admits, or the one that an open of
/// the same disk has shown already.
pub(crate) struct Allowed {
    images: Vec<LogImage>,
    pinned: bool,
    digest: u64,
}

/// What a disk may show, and what it may show when the power fails before an open of it returns.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) now: &'a Allowed,
    pub(crate) after_power_cut: &'a Allowed,
}

impl<'a> Expected<'a> {
    /// The same in both cases.
    pub(crate) fn both(allowed: &'a Allowed) -> Self {
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

impl Allowed {
    /// What a crash after so many calls may leave.
    pub(crate) fn after(journal: &Journal, step: u64) -> Self {
        Self::new(journal.admissible(step), false, journal)
    }

    /// This state and no other.
    pub(crate) fn only(image: LogImage, journal: &Journal) -> Self {
        Self::new(vec![image], true, journal)
    }

    fn new(images: Vec<LogImage>, pinned: bool, journal: &Journal) -> Self {
        let mut hasher = DefaultHasher::new();
        pinned.hash(&mut hasher);
        for image in &images {
            image.digest(&mut hasher);
        }
        journal.committed().hash(&mut hasher);
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
    pub(crate) fn find(&self, seen: &Seen, journal: &Journal) -> Result<&LogImage, Violation> {
        if !self.pinned {
            return recovered::judge(seen, &self.images, journal);
        }
        let found = write_order::find(seen, &self.images).map_err(|violation| {
            recovery_idempotent::RULE.broken(format!(
                "a crash inside the recovery changes what is recovered: {}",
                violation.text
            ))
        })?;
        recovered::check_committed(seen, journal)?;
        Ok(found)
    }
}
