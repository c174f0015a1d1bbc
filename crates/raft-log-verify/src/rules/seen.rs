//! What a store shows of its state.

use std::fmt;
use std::sync::Arc;

use crate::log::{EntryContent, IndexRange, Log, LogError, LogId, LogState, ReadEntry, Vote};
use crate::reference::{LogImage, Stored, state_hash};
use crate::subject::Caller;

/// Everything a store shows of its state, through its public calls.
pub struct Seen {
    /// Where the log begins and ends.
    pub state: LogState,
    /// All entries.
    pub entries: Vec<ReadEntry>,
    /// The vote.
    pub vote: Option<Vote>,
    /// The committed id.
    pub committed: Option<LogId>,
}

impl Seen {
    /// Reads everything that this caller reads.
    ///
    /// # Errors
    /// The first call that fails.
    pub async fn read(log: &mut impl Log, caller: Caller) -> Result<Self, LogError> {
        let state = log.state().await?;
        let held = match caller {
            // The core reads what the state says is held, and nothing else.
            Caller::Core => state.held(),
            Caller::Trait | Caller::Strict => Some(IndexRange::ALL),
        };
        let entries = match held {
            Some(range) => log.read(range).await?,
            None => Vec::new(),
        };
        Ok(Self {
            state,
            entries,
            vote: log.vote().await?,
            committed: log.committed().await?,
        })
    }

    /// As the caller takes it when it starts. openraft's core purges to what it has applied where the log ends below that
    /// (`StorageHelper::get_initial_state`), so a purge in two steps that was cut short does it no harm.
    #[must_use]
    pub(crate) fn at_a_start(mut self, caller: Caller) -> Self {
        if caller == Caller::Core && self.state.last < self.state.purged {
            self.state.last = self.state.purged;
        }
        self
    }

    /// The state that the store shows. Only ids and fingerprints are known of its entries, not what
    /// they were grown from.
    #[must_use]
    pub fn image(&self) -> LogImage {
        let entry = |seen: &ReadEntry| Stored {
            id: seen.id,
            content: EntryContent::Blank,
            fingerprint: seen.fingerprint.clone(),
        };
        let entries = self
            .entries
            .iter()
            .map(|seen| (seen.id.index, Arc::new(entry(seen))));
        LogImage {
            purged: self.state.purged,
            entries: entries.collect(),
            vote: self.vote,
        }
    }

    /// A number that is equal for equal states: [`LogImage::state_hash`].
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        let entries = self.entries.iter();
        state_hash(
            (self.state.purged, self.state.last),
            self.vote,
            entries.map(|entry| (entry.id, entry.fingerprint.as_slice())),
        )
    }

    /// Whether an entry of this id is shown.
    pub(super) fn holds(&self, id: LogId) -> bool {
        self.entries.iter().any(|entry| entry.id == id)
    }

    /// Whether this is the state of `image`. The committed id is judged apart.
    #[must_use]
    pub fn is(&self, image: &LogImage) -> bool {
        self.state.purged == image.purged
            && self.state.last == image.last_id()
            && self.vote == image.vote
            && self
                .entries
                .iter()
                .map(|seen| (seen.id, &seen.fingerprint))
                .eq(image
                    .entries
                    .values()
                    .map(|held| (held.id, &held.fingerprint)))
    }
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state && self.entries == other.entries && self.vote == other.vote
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "purged {}, ", show(self.state.purged.as_ref()))?;
        match (self.entries.first(), self.entries.last()) {
            (Some(first), Some(last)) => {
                let count = self.entries.len();
                write!(f, "entries {} ..= {} ({count}), ", first.id, last.id)?;
            }
            _ => write!(f, "no entries, ")?,
        }
        write!(f, "last {}, ", show(self.state.last.as_ref()))?;
        write!(f, "vote {}", show(self.vote.as_ref()))
    }
}

/// Ids as texts, for a violation.
pub(super) fn texts(ids: impl Iterator<Item = LogId>) -> Vec<String> {
    ids.map(|id| id.to_string()).collect()
}

/// A log id or a vote, or "none".
pub(crate) fn show<T: fmt::Display>(shown: Option<&T>) -> String {
    shown.map_or_else(|| "none".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purge_that_was_cut_short_is_done_when_the_core_starts_and_by_no_other_caller() {
        let id = |index| LogId {
            term: 1,
            node: 0,
            index,
        };
        let seen = |last| Seen {
            state: LogState {
                purged: Some(id(7)),
                last,
            },
            entries: Vec::new(),
            vote: None,
            committed: None,
        };
        for last in [None, Some(id(2)), Some(id(7))] {
            let started = seen(last).at_a_start(Caller::Core).state.last;
            assert_eq!(started, Some(id(7)));
            assert_eq!(seen(last).at_a_start(Caller::Trait).state.last, last);
        }
        let above = Some(id(8));
        assert_eq!(seen(above).at_a_start(Caller::Core).state.last, above);
    }
}
