//! Turns the relative operations of a program into concrete writes.

use std::sync::Arc;

use super::author::Author;
use super::run::Run;
use crate::log::{Entry, EntryContent, LogId, Vote};
use crate::op::{Disorder, Lead, Op, Spot};
use crate::payload::{PayloadSeed, PayloadShape};
use crate::reference::{Stored, Write};
use crate::subject::{Caller, Subject};

/// A write, and whether the store has to refuse it.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The write.
    pub(crate) write: Write,
    /// Why it has to be refused, if it has to.
    pub(crate) refusal: Option<Refusal>,
}

/// Why a write has to be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It would leave a hole.
    Hole,
    /// Ids do not ascend.
    Order,
    /// It cannot be read back.
    Unstorable,
    /// The purge point would move to a lower index with a higher id.
    PurgeBack,
}

impl<S: Subject> Run<'_, S> {
    /// The first and the last index held; `next ..= next - 1` when the log is empty.
    pub(crate) fn ends(&self) -> (u64, u64) {
        let next = self.image.next_index();
        match (
            self.image.first_index(),
            self.image.entries.last_key_value(),
        ) {
            (Some(first), Some((last, _))) => (first, *last),
            _ => (next, next.saturating_sub(1)),
        }
    }

    /// The index that a spot means now.
    pub(crate) fn index(&self, spot: Spot) -> u64 {
        let (first, last) = self.ends();
        spot.index(first, last, self.tuning.block_entries)
    }

    /// The write that an operation means now, if the store has to accept it.
    pub(crate) fn accepted(&mut self, op: &Op) -> Option<Write> {
        let planned = self.plan(op)?;
        planned.refusal.is_none().then_some(planned.write)
    }

    /// The write that an operation means now, and whether it has to be refused. `None` where it means nothing here, or where the
    /// caller that the subject is made for would not do it.
    pub(super) fn plan(&mut self, op: &Op) -> Option<Planned> {
        if self.caller < op.least_caller() {
            return None;
        }
        let next = self.image.next_index();
        let accept = |write| {
            Some(Planned {
                write,
                refusal: None,
            })
        };
        match op {
            // The core never appends nothing.
            Op::Append { entries, .. } if entries.is_empty() && self.caller == Caller::Core => None,
            Op::Append { entries, lead } => {
                self.follow(*lead);
                accept(self.batch(next, entries)?)
            }
            Op::AppendOver { at, entries, lead } => {
                let index = self.index(*at);
                if !self.image.entries.contains_key(&index) || entries.is_empty() {
                    return None;
                }
                self.follow(*lead);
                accept(self.batch(index, entries)?)
            }
            Op::AppendBelow { below, above } => self.plan_below(*below, *above),
            Op::AppendHole { gap } => {
                // A log without entries and purge point may begin anywhere.
                self.image.last_id()?;
                let at = next.checked_add(1 + u64::from(*gap))?;
                let write = self.batch(at, &[EntryContent::Blank])?;
                Some(Planned {
                    write,
                    refusal: Some(Refusal::Hole),
                })
            }
            Op::AppendUnordered { how } => self.plan_unordered(*how),
            Op::AppendUnstorable { seed } => {
                let shape = PayloadShape::Unstorable;
                let payload = PayloadSeed {
                    seed: *seed,
                    bytes: 0,
                    shape,
                };
                let write = self.batch(next, &[EntryContent::Normal(payload)])?;
                Some(Planned {
                    write,
                    refusal: Some(Refusal::Unstorable),
                })
            }
            Op::Truncate { at } => accept(Write::Truncate(self.truncation(*at)?)),
            Op::Purge { at, lead } => accept(Write::Purge(self.purge_id(*at, *lead)?)),
            Op::PurgeBack { back, later } => self.plan_purge_back(*back, *later),
            Op::Vote {
                up,
                node,
                committed,
            } => accept(Write::Vote(self.vote((*up, *node, *committed)))),
            Op::Committed { at } => accept(Write::Committed(self.commit(*at)?)),
            Op::Recorded { call } => accept(self.recorded(call)?),
            _ => None,
        }
    }

    /// From now on ids are of the leader that `lead` says. Of two leaders of one term the core never has entries side
    /// by side: whoever holds an entry of the lower one has voted for it, and stands for election in a later term.
    fn follow(&mut self, lead: Lead) {
        self.author.follow(match lead {
            Lead::HigherNode if self.caller == Caller::Core => Lead::Later(1),
            lead => lead,
        });
    }

    /// The next vote; the core saves only votes that are above the one before.
    fn vote(&mut self, (up, node, committed): (u8, u8, bool)) -> Vote {
        let vote = self.author.vote((up, node, committed));
        match self.image.vote {
            Some(before) if self.caller == Caller::Core && !vote.is_above(before) => {
                self.author.vote((1, node, committed))
            }
            _ => vote,
        }
    }

    /// Entries of the current leader from `index` on.
    fn batch(&self, index: u64, entries: &[EntryContent]) -> Option<Write> {
        let mut batch = Vec::with_capacity(entries.len());
        for (index, content) in (index..).zip(entries) {
            // The highest index cannot be held: what follows it could not be told.
            if index == u64::MAX {
                return None;
            }
            batch.push(self.entry(self.author.id(index), *content)?);
        }
        Some(Write::Append(batch))
    }

    pub(super) fn entry(&self, id: LogId, content: EntryContent) -> Option<Arc<Stored>> {
        Stored::new(self.subject, Entry { id, content })
            .ok()
            .map(Arc::new)
    }

    fn plan_below(&mut self, below: u8, above: u8) -> Option<Planned> {
        let purged = self.image.purged?;
        let from = purged
            .index
            .checked_sub(u64::from(below).saturating_sub(1))?;
        let count = purged.index - from + 1 + u64::from(above);
        let entries: Vec<_> = (0..count).map(|_| EntryContent::Blank).collect();
        let write = self.batch(from, &entries)?;
        Some(Planned {
            write,
            refusal: None,
        })
    }

    fn plan_unordered(&mut self, how: Disorder) -> Option<Planned> {
        let next = self.image.next_index();
        let old = |index| self.entry(Author::old_id(index), EntryContent::Blank);
        let new = |index| self.entry(self.author.id(index), EntryContent::Blank);
        let batch = match how {
            Disorder::OlderThanLast => {
                self.image.last_id()?;
                vec![old(next)?]
            }
            Disorder::InsideBatch => vec![new(next)?, old(next.checked_add(1)?)?],
            Disorder::GapInBatch => vec![new(next)?, new(next.checked_add(2)?)?],
        };
        let refusal = if how == Disorder::GapInBatch {
            Refusal::Hole
        } else {
            Refusal::Order
        };
        Some(Planned {
            write: Write::Append(batch),
            refusal: Some(refusal),
        })
    }

    fn truncation(&self, at: Spot) -> Option<LogId> {
        let index = self.index(at);
        let held = self.image.entries.get(&index).map(|entry| entry.id);
        if self.caller == Caller::Core {
            // The core truncates what it holds, above what is committed.
            let committed = self.committed.as_ref().map(|id| id.index);
            return held.filter(|id| committed.is_none_or(|committed| id.index > committed));
        }
        if self.caller < Caller::Strict && self.image.is_purged(index) {
            return None;
        }
        Some(held.unwrap_or_else(|| self.author.id(index)))
    }

    fn purge_id(&mut self, at: Spot, lead: Lead) -> Option<LogId> {
        let index = self.index(at);
        // Indexes at the very end leave no room for an append after the purge.
        if self.image.is_purged(index) || index == u64::MAX {
            return None;
        }
        let held = self.image.entries.get(&index).map(|entry| entry.id);
        // A snapshot that ends above an entry of another leader is installed only when that entry and all behind it
        // have been truncated, so the core never meets what would be a stale suffix.
        let of_held = matches!(lead, Lead::Same | Lead::HigherNode) || self.caller == Caller::Core;
        match (held, lead) {
            (Some(held), _) if of_held => Some(held),
            (_, lead) => {
                self.follow(lead);
                Some(self.author.id(index))
            }
        }
    }

    fn plan_purge_back(&mut self, back: u8, later: bool) -> Option<Planned> {
        let purged = self.image.purged?;
        let index = purged.index.checked_sub(u64::from(back))?;
        if !later {
            let id = if back == 0 {
                purged
            } else {
                Author::old_id(index)
            };
            return Some(Planned {
                write: Write::Purge(id),
                refusal: None,
            });
        }
        if back == 0 {
            return None;
        }
        self.author.follow(Lead::Later(1));
        let write = Write::Purge(self.author.id(index));
        Some(Planned {
            write,
            refusal: Some(Refusal::PurgeBack),
        })
    }

    /// `Some(None)` = save none.
    #[expect(
        clippy::option_option,
        reason = "the outer one says whether there is such an entry"
    )]
    fn commit(&self, at: Option<Spot>) -> Option<Option<LogId>> {
        let Some(at) = at else {
            return (self.caller == Caller::Strict).then_some(None);
        };
        let id = self.image.entries.get(&self.index(at))?.id;
        let saved = match self.caller {
            // The core saves it when it has moved on.
            Caller::Core => Some(id) > self.committed,
            Caller::Trait => Some(id) >= self.committed,
            Caller::Strict => true,
        };
        saved.then_some(Some(id))
    }
}
