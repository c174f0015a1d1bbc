//! Calls of recorded nodes, made of the store under test with the very ids, where the core would make them.

use std::ops::Bound;

use super::run::Run;
use crate::caller::{self, Call};
use crate::counts::count;
use crate::log::{EntryContent, IndexRange, LogId};
use crate::payload::{PayloadSeed, PayloadShape};
use crate::reference::Write;
use crate::rules::Violation;
use crate::subject::Subject;

/// Bytes of text of a recorded entry, of which only the id is known.
const ENTRY_BYTES: u32 = 40;

impl<S: Subject> Run<'_, S> {
    /// The write that a recorded call is. `None` where the core would not make it of this log.
    pub(super) fn recorded(&self, call: &Call) -> Option<Write> {
        match call {
            Call::Append(runs) => {
                let ids = runs.iter().flat_map(caller::Run::ids);
                self.recorded_append(&ids.map(|id| self.known(id)).collect::<Vec<_>>())
            }
            Call::Truncate(id) => {
                let id = self.known(*id);
                let held = self.image.entries.get(&id.index)?.id;
                let above = self
                    .committed
                    .is_none_or(|committed| id.index > committed.index);
                (held == id && above).then_some(Write::Truncate(id))
            }
            Call::Purge(id) => {
                let id = self.known(*id);
                let held = self.image.entries.get(&id.index).map(|entry| entry.id);
                let beyond = Some(id) > self.image.last_id() && id.index >= self.image.next_index();
                (held == Some(id) || beyond).then_some(Write::Purge(id))
            }
            Call::SaveVote(vote) => {
                let above = |before| vote.is_above(before);
                self.image
                    .vote
                    .is_none_or(above)
                    .then_some(Write::Vote(*vote))
            }
            Call::SaveCommitted(id) => {
                let id = id.map(|id| self.known(id));
                let held = self.image.entries.get(&id?.index)?.id;
                (Some(held) == id && id > self.committed).then_some(Write::Committed(id))
            }
            _ => None,
        }
    }

    fn recorded_append(&self, ids: &[LogId]) -> Option<Write> {
        let first = ids.first()?;
        let follows = first.index == self.image.next_index() && Some(*first) > self.image.last_id();
        let entries = ids.iter().map(|id| {
            let content = EntryContent::Normal(PayloadSeed {
                seed: id.index ^ id.term.rotate_left(u64::BITS / 2),
                bytes: ENTRY_BYTES,
                shape: PayloadShape::Plain,
            });
            self.entry(*id, content)
        });
        let entries = entries.collect::<Option<_>>()?;
        follows.then_some(Write::Append(entries))
    }

    /// An id as this store knows it: where ids carry no node, there is one leader a term.
    fn known(&self, id: LogId) -> LogId {
        LogId {
            node: id.node.min(self.subject.leaders().saturating_sub(1)),
            ..id
        }
    }

    /// Reads a recorded range, if all of it is held.
    pub(super) async fn read_recorded(
        &mut self,
        range: IndexRange,
        limited: bool,
    ) -> Result<(), Violation> {
        let (first, last) = self.ends();
        let start = match range.start {
            Bound::Included(start) => start,
            _ => first,
        };
        let end = match range.end {
            Bound::Included(end) => end.checked_add(1),
            Bound::Excluded(end) => Some(end),
            Bound::Unbounded => last.checked_add(1),
        };
        match end.filter(|end| first <= start && start < *end && *end <= last.saturating_add(1)) {
            Some(end) if limited => self.read_part(start, end).await,
            Some(_) => self.read_range(range).await,
            None => {
                self.counts.one(count::SKIPPED);
                Ok(())
            }
        }
    }
}
