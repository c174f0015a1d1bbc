//! The log in memory.

use std::collections::BTreeMap;

use crate::log::LogId;

use super::Switches;
use super::record::{Encoded, Record};
use crate::seeded::Bug;

/// Entries per "block" of the bug that forgets the last id at a border.
const BLOCK: usize = 3;

/// The log in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    pub(crate) purged: Option<LogId>,
    pub(crate) entries: BTreeMap<u64, Encoded>,
    pub(crate) committed: Option<LogId>,
    /// The last id before a purge beyond the end, for [`Bug::PurgeBeyondKeepsLast`].
    old_last: Option<LogId>,
    /// Set by a truncate, for [`Bug::AppendAfterTruncateUnreadable`].
    truncated: bool,
}

impl Memory {
    pub(crate) fn last(&self, bugs: Switches) -> Option<LogId> {
        if bugs.has(Bug::LastNoneAtBlock) && self.entries.len().is_multiple_of(BLOCK) {
            return self.purged.filter(|_| self.entries.is_empty());
        }
        let last = self.entries.last_key_value().map(|(_, last)| last.id);
        if bugs.has(Bug::LastNoneAfterPurgeAll) {
            return last;
        }
        last.or(self.old_last).or(self.purged)
    }

    /// Whether this entry is held, or may have been before it was purged.
    pub(crate) fn had(&self, id: &LogId) -> bool {
        let purged = |purged: LogId| *id <= purged && id.index <= purged.index;
        let held = self.entries.get(&id.index);
        self.purged.is_some_and(purged) || held.is_some_and(|held| held.id == *id)
    }

    /// The records of an append of `entries`: none for purged entries; a truncate first where the
    /// append begins at or below the last index.
    ///
    /// # Errors
    /// The append leaves a hole, or its ids do not ascend.
    pub(crate) fn append(
        &self,
        entries: Vec<Encoded>,
        bugs: Switches,
    ) -> Result<Vec<Record>, String> {
        let purged = self.purged.filter(|_| !bugs.has(Bug::AppendUnpurges));
        let fresh = |entry: &Encoded| purged.is_none_or(|purged| entry.id.index > purged.index);
        let mut records = Vec::new();
        let mut before: Option<LogId> = None;
        for entry in entries.into_iter().filter(fresh) {
            let index = entry.id.index;
            let overlaps = before.is_none() && self.entries.range(index..).next().is_some();
            if overlaps && !bugs.has(Bug::OverlapKeepsTail) {
                records.push(Record::Truncate(index));
            }
            let held = || self.entries.range(..index).next_back();
            let last = before
                .or_else(|| held().map(|(_, held)| held.id))
                .or(purged);
            if let Some(last) = last {
                let hole = last.index.checked_add(1) != Some(index);
                let below = self.purged.is_some_and(|purged| index <= purged.index);
                if hole && !bugs.has(Bug::HoleAccepted) && !below {
                    return Err(format!("{} leaves a hole after {last}", entry.id));
                }
                if last >= entry.id && !bugs.has(Bug::DisorderAccepted) {
                    return Err(format!("{} does not ascend from {last}", entry.id));
                }
            }
            before = Some(entry.id);
            records.push(Record::Entry(entry));
        }
        Ok(records)
    }

    /// The record of a purge; `None` where it changes nothing.
    pub(crate) fn purge(&self, id: LogId, bugs: Switches) -> Result<Option<Record>, String> {
        match self.purged {
            Some(purged) if id <= purged && !bugs.has(Bug::PurgeMovesBack) => Ok(None),
            Some(purged) if id.index < purged.index && !bugs.has(Bug::PurgeMovesBack) => {
                Err(format!("purge {id} is below {purged} and later"))
            }
            _ => Ok(Some(Record::Purge(id))),
        }
    }

    pub(crate) fn apply_all(&mut self, records: &[Record], bugs: Switches) {
        for record in records {
            self.apply(record, bugs);
        }
    }

    fn apply(&mut self, record: &Record, bugs: Switches) {
        match record {
            Record::Entry(entry) => {
                if !(bugs.has(Bug::AppendAfterTruncateUnreadable) && self.truncated) {
                    self.entries.insert(entry.id.index, entry.clone());
                }
                self.old_last = None;
            }
            Record::Truncate(index) => {
                let border = u64::from(bugs.has(Bug::TruncateKeepsBorder));
                drop(self.entries.split_off(&index.saturating_add(border)));
                self.truncated = true;
            }
            Record::Purge(id) => self.hide(*id, bugs),
            Record::Committed(id) => self.committed = *id,
            Record::Vote(_) | Record::Closed => {}
        }
    }

    fn hide(&mut self, id: LogId, bugs: Switches) {
        let last = self.last(bugs).filter(|last| last.index < id.index);
        self.old_last = last.filter(|_| bugs.has(Bug::PurgeBeyondKeepsLast));
        let first_kept = match bugs.has(Bug::PurgeKeepsBorder) {
            true => Some(id.index),
            false => id.index.checked_add(1),
        };
        self.entries = match first_kept {
            Some(first) => self.entries.split_off(&first),
            None => BTreeMap::new(),
        };
        let above = |next: u64| self.entries.range(next..).next();
        let above = id.index.checked_add(1).and_then(above);
        let stale = above.is_some_and(|(_, first)| first.id < id);
        if stale && !bugs.has(Bug::StaleSuffixSurvives) {
            self.entries.clear();
        }
        self.purged = Some(id);
    }
}
