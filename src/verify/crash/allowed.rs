//! What a crashed disk may show.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use openraft::RaftTypeConfig;

use super::judge;
use crate::verify::reference::{Journal, LogImage};
use crate::verify::rules::{Seen, Violation, recovery_idempotent, write_order};

/// What a crashed disk may show: the states that the journal admits, or the one that an open of
/// the same disk has shown already.
pub(crate) struct Allowed<C: RaftTypeConfig> {
    images: Vec<LogImage<C>>,
    pinned: bool,
    digest: u64,
}

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

    /// Equal for equal sets of states.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
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
