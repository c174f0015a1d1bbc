//! The state of a log at one moment, and what each write makes of it.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::sync::Arc;

use super::{Stored, Write};
use crate::log::{LogId, Vote};

/// The state of a log at one moment. The committed id is kept apart: it is judged apart.
#[derive(Clone, PartialEq)]
pub struct LogImage {
    /// The purged id.
    pub purged: Option<LogId>,
    /// The entries by index; the indexes are consecutive.
    pub entries: BTreeMap<u64, Arc<Stored>>,
    /// The vote.
    pub vote: Option<Vote>,
}

impl LogImage {
    /// The log of a store that was never written to.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            purged: None,
            entries: BTreeMap::new(),
            vote: None,
        }
    }

    /// Feeds everything in it to a hasher, so that equal logs can be found without comparing.
    pub fn digest(&self, hasher: &mut impl Hasher) {
        self.purged.hash(hasher);
        for entry in self.entries.values() {
            entry.id.hash(hasher);
        }
        for entry in self.entries.values() {
            entry.fingerprint.hash(hasher);
        }
        self.vote.hash(hasher);
    }

    /// Id of the last entry, else the purged id.
    #[must_use]
    pub fn last_id(&self) -> Option<LogId> {
        self.entries
            .last_key_value()
            .map(|(_, last)| last.id)
            .or(self.purged)
    }

    /// Id of the last entry below `index`, else the purged id: what a truncate from there keeps.
    #[must_use]
    pub fn last_below(&self, index: u64) -> Option<LogId> {
        let below = self.entries.range(..index).next_back();
        below.map(|(_, entry)| entry.id).or(self.purged)
    }

    /// Index of the next append.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.last_id().map_or(0, |id| id.index.saturating_add(1))
    }

    /// Index of the first entry.
    #[must_use]
    pub fn first_index(&self) -> Option<u64> {
        self.entries.keys().next().copied()
    }

    /// A number that is equal for equal states, in other processes too. What a store shows has the
    /// same one: [`Seen::state_hash`](crate::rules::Seen::state_hash).
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        let entries = self.entries.values();
        state_hash(
            (self.purged, self.last_id()),
            self.vote,
            entries.map(|entry| (entry.id, entry.fingerprint.as_slice())),
        )
    }

    /// The state after `write`. `None` where the write does not fit: it would leave a hole, or ids
    /// would not ascend, so a store in this state cannot have performed it.
    #[must_use]
    pub fn after(&self, write: &Write) -> Option<Self> {
        let mut image = self.clone();
        match write {
            Write::Append(entries) => {
                for entry in entries
                    .iter()
                    .filter(|entry| !self.is_purged(entry.id.index))
                {
                    image.put(entry)?;
                }
            }
            Write::Truncate(id) => drop(image.entries.split_off(&id.index)),
            Write::Purge(id) => {
                if image.purged.as_ref() < Some(id) {
                    if image
                        .purged
                        .as_ref()
                        .is_some_and(|purged| purged.index > id.index)
                    {
                        return None;
                    }
                    image.hide(id);
                    if image.stale_suffix(id) {
                        image.entries.clear();
                    }
                    if image
                        .first_index()
                        .is_some_and(|first| Some(first) != id.index.checked_add(1))
                    {
                        return None;
                    }
                }
            }
            Write::Vote(vote) => image.vote = Some(*vote),
            Write::Committed(_) => {}
        }
        Some(image)
    }

    /// Every state that a crash inside `write` may leave, the one before it first and the one
    /// after it last: an append keeps any prefix of its entries, a truncate cuts from the end
    /// backward, a purge hides from the front forward.
    #[must_use]
    pub fn during(&self, write: &Write) -> Vec<Self> {
        let Some(after) = self.after(write) else {
            return vec![self.clone()];
        };
        let mut states = vec![self.clone()];
        match write {
            Write::Append(entries) => {
                let fresh: Vec<_> = entries
                    .iter()
                    .filter(|entry| !self.is_purged(entry.id.index))
                    .collect();
                if let Some(first) = fresh.first() {
                    states.extend(self.cut_back_to(first.id.index));
                }
                let mut image = self.clone();
                for entry in fresh {
                    if image.put(entry).is_some() {
                        states.push(image.clone());
                    }
                }
            }
            Write::Truncate(id) => states.extend(self.cut_back_to(id.index)),
            Write::Purge(id) => {
                if self.purged.as_ref() < Some(id) {
                    states.extend(self.hidden_up_to(id));
                }
            }
            Write::Vote(_) | Write::Committed(_) => {}
        }
        states.push(after);
        states
    }

    /// Whether entries at `index` are purged.
    #[must_use]
    pub fn is_purged(&self, index: u64) -> bool {
        self.purged
            .as_ref()
            .is_some_and(|purged| index <= purged.index)
    }

    /// Whether the first entry above `purge` is older than it: then it and all after it belong to
    /// a history that was never committed.
    #[must_use]
    pub fn stale_suffix(&self, purge: &LogId) -> bool {
        let above = purge
            .index
            .checked_add(1)
            .and_then(|next| self.entries.range(next..).next());
        above.is_some_and(|(_, first)| first.id < *purge)
    }

    fn put(&mut self, entry: &Arc<Stored>) -> Option<()> {
        let index = entry.id.index;
        drop(self.entries.split_off(&index));
        let last = self.last_id();
        if last.is_some_and(|last| last.index.checked_add(1) != Some(index) || last >= entry.id) {
            return None;
        }
        self.entries.insert(index, Arc::clone(entry));
        Some(())
    }

    fn hide(&mut self, id: &LogId) {
        self.entries = match id.index.checked_add(1) {
            Some(next) => self.entries.split_off(&next),
            None => BTreeMap::new(),
        };
        self.purged = Some(*id);
    }

    /// The states of a cut from the end backward down to `index`.
    fn cut_back_to(&self, index: u64) -> Vec<Self> {
        let mut image = self.clone();
        let mut states = Vec::new();
        while image
            .entries
            .last_key_value()
            .is_some_and(|(last, _)| *last >= index)
        {
            image.entries.pop_last();
            states.push(image.clone());
        }
        states
    }

    /// The states of a purge to `id`, hiding from the front forward, and of the cut of a stale
    /// suffix behind it.
    fn hidden_up_to(&self, id: &LogId) -> Vec<Self> {
        let mut states = Vec::new();
        for entry in self.entries.range(..=id.index).map(|(_, entry)| entry) {
            let mut image = self.clone();
            image.hide(&entry.id);
            states.push(image);
        }
        let mut image = self.clone();
        image.hide(id);
        states.push(image.clone());
        if image.stale_suffix(id) {
            states.extend(image.cut_back_to(0));
        }
        states
    }
}

/// Hashes a state: purged and last id, vote, entries with their fingerprints.
pub(crate) fn state_hash<'a>(
    ids: (Option<LogId>, Option<LogId>),
    vote: Option<Vote>,
    entries: impl Iterator<Item = (LogId, &'a [u8])>,
) -> u64 {
    // New ones all have the same keys, in every process.
    let mut hasher = DefaultHasher::new();
    (ids, vote).hash(&mut hasher);
    for entry in entries {
        entry.hash(&mut hasher);
    }
    hasher.finish()
}

impl fmt::Debug for LogImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.purged {
            Some(purged) => write!(f, "purged {purged}, ")?,
            None => write!(f, "purged none, ")?,
        }
        match (
            self.entries.first_key_value(),
            self.entries.last_key_value(),
        ) {
            (Some((_, first)), Some((_, last))) => {
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
        match &self.vote {
            Some(vote) => write!(f, "vote {vote}"),
            None => write!(f, "vote none"),
        }
    }
}
