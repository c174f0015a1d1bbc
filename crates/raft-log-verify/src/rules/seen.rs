//! What a store shows of its state.

use std::fmt;
use std::sync::Arc;

use openraft::storage::RaftLogStorage as _;
use openraft::{LogState, RaftLogId as _, RaftLogReader as _, RaftTypeConfig};

use crate::reference::{EntryContent, LogImage, Stored, state_hash};
use crate::subject::{ErrorOf, Subject};
use crate::types::{IdOf, VoteOf};

/// An entry as it was read.
#[derive(Debug)]
pub struct SeenEntry<C: RaftTypeConfig> {
    /// Its id.
    pub id: IdOf<C>,
    /// By which it is compared.
    pub fingerprint: Vec<u8>,
}

impl<C: RaftTypeConfig> PartialEq for SeenEntry<C> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.fingerprint == other.fingerprint
    }
}

/// Everything a store shows of its state, through its public calls.
pub struct Seen<C: RaftTypeConfig> {
    /// `get_log_state`.
    pub state: LogState<C>,
    /// `try_get_log_entries(..)`.
    pub entries: Vec<SeenEntry<C>>,
    /// `read_vote`.
    pub vote: Option<VoteOf<C>>,
    /// `read_committed`.
    pub committed: Option<IdOf<C>>,
}

impl<C: RaftTypeConfig> Seen<C> {
    /// Reads everything.
    ///
    /// # Errors
    /// The first call that fails.
    pub async fn read<S: Subject<Config = C>>(
        subject: &S,
        store: &mut S::Store,
    ) -> Result<Self, ErrorOf<S>> {
        Ok(Self {
            state: store.get_log_state().await?,
            entries: summarize(subject, &store.try_get_log_entries(..).await?),
            vote: store.read_vote().await?,
            committed: store.read_committed().await?,
        })
    }

    /// The state that the store shows. Only ids and fingerprints are known of its entries, not what
    /// they were grown from.
    #[must_use]
    pub fn image(&self) -> LogImage<C> {
        let entry = |seen: &SeenEntry<C>| Stored {
            id: seen.id.clone(),
            content: EntryContent::Blank,
            fingerprint: seen.fingerprint.clone(),
        };
        let entries = self.entries.iter();
        LogImage {
            purged: self.state.last_purged_log_id.clone(),
            entries: entries
                .map(|seen| (seen.id.index, Arc::new(entry(seen))))
                .collect(),
            vote: self.vote.clone(),
        }
    }

    /// A number that is equal for equal states: [`LogImage::state_hash`].
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        let (purged, last) = (&self.state.last_purged_log_id, &self.state.last_log_id);
        let entries = self.entries.iter();
        state_hash(
            (purged.as_ref(), last.as_ref()),
            self.vote.as_ref(),
            entries.map(|entry| (&entry.id, entry.fingerprint.as_slice())),
        )
    }

    /// Whether this is the state of `image`. The committed id is judged apart.
    #[must_use]
    pub fn is(&self, image: &LogImage<C>) -> bool {
        self.state.last_purged_log_id == image.purged
            && self.state.last_log_id == image.last_id()
            && self.vote == image.vote
            && self.entries.len() == image.entries.len()
            && self
                .entries
                .iter()
                .zip(image.entries.values())
                .all(|(seen, stored)| {
                    seen.id == stored.id && seen.fingerprint == stored.fingerprint
                })
    }
}

impl<C: RaftTypeConfig> PartialEq for Seen<C> {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state && self.entries == other.entries && self.vote == other.vote
    }
}

impl<C: RaftTypeConfig> fmt::Debug for Seen<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state.last_purged_log_id {
            Some(purged) => write!(f, "purged {purged}, ")?,
            None => write!(f, "purged none, ")?,
        }
        match (self.entries.first(), self.entries.last()) {
            (Some(first), Some(last)) => {
                write!(
                    f,
                    "entries {} ..= {} ({}), ",
                    first.id,
                    last.id,
                    self.entries.len()
                )?;
            }
            _ => write!(f, "no entries, ")?,
        }
        match &self.state.last_log_id {
            Some(last) => write!(f, "last {last}, ")?,
            None => write!(f, "last none, ")?,
        }
        match &self.vote {
            Some(vote) => write!(f, "vote {vote}"),
            None => write!(f, "vote none"),
        }
    }
}

/// Ids and fingerprints of entries.
pub(crate) fn summarize<S: Subject>(
    subject: &S,
    entries: &[<S::Config as RaftTypeConfig>::Entry],
) -> Vec<SeenEntry<S::Config>> {
    entries
        .iter()
        .map(|entry| SeenEntry {
            id: entry.get_log_id().clone(),
            // An entry that does not serialize is seen as one with another content.
            fingerprint: subject.fingerprint(entry).unwrap_or_default(),
        })
        .collect()
}
