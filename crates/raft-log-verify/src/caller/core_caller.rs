//! What openraft 0.9's core may do next, given what it has done.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::call::{Call, Run};
use super::step::CoreStep;
use crate::log::{LogId, Vote};

/// A call that openraft's core does not make there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call:?}: {why}")]
pub struct NotCore {
    /// The call.
    pub call: Call,
    /// Why not.
    pub why: String,
}

/// Follows one node's log and says of each call whether openraft's core makes it there.
#[derive(Debug, Clone, Default)]
pub struct CoreCaller {
    open: bool,
    opened_before: bool,
    entries: BTreeMap<u64, LogId>,
    purged: Option<LogId>,
    /// The highest index ever held, so that what readers ask for too late is known.
    highest: Option<u64>,
    vote: Option<Vote>,
    committed: Option<LogId>,
    /// How many entries of the end are not answered yet.
    unanswered: Option<u64>,
}

impl CoreCaller {
    /// Follows a log that is open and holds this.
    pub fn holding(
        entries: impl IntoIterator<Item = LogId>,
        purged: Option<LogId>,
        (vote, committed): (Option<Vote>, Option<LogId>),
    ) -> Self {
        let entries: BTreeMap<u64, LogId> = entries.into_iter().map(|id| (id.index, id)).collect();
        let last = entries.last_key_value().map(|(_, id)| *id).or(purged);
        Self {
            open: true,
            opened_before: true,
            entries,
            purged,
            highest: last.map(|id| id.index),
            vote,
            committed,
            unanswered: None,
        }
    }

    /// Follows the call.
    ///
    /// # Errors
    /// [`NotCore`]; nothing is followed then.
    pub fn take(&mut self, call: &Call) -> Result<CoreStep, NotCore> {
        self.step(call).map_err(|why| NotCore {
            call: call.clone(),
            why,
        })
    }

    fn step(&mut self, call: &Call) -> Result<CoreStep, String> {
        match (self.open, call) {
            (true, Call::Open) => return Err("the log is open".into()),
            (false, Call::Open) => {
                self.open = true;
                let again = std::mem::replace(&mut self.opened_before, true);
                return Ok(if again {
                    CoreStep::OpenAgain
                } else {
                    CoreStep::OpenNew
                });
            }
            (false, _) => return Err("the log is not open".into()),
            (true, _) => {}
        }
        let is_write = matches!(
            call,
            Call::Append(_)
                | Call::Truncate(_)
                | Call::Purge(_)
                | Call::SaveVote(_)
                | Call::SaveCommitted(_)
        );
        if is_write && self.unanswered.is_some() {
            return Err("a write before the append before it is answered".into());
        }
        match call {
            Call::Open | Call::State | Call::ReadVote | Call::ReadCommitted => Ok(CoreStep::Ask),
            Call::Reader => Ok(CoreStep::Reader),
            Call::Read { start, end } => match (start, end) {
                (Bound::Included(start), Bound::Excluded(end)) => self.read(*start, *end),
                (Bound::Included(start), Bound::Included(end)) => {
                    self.read(*start, end.saturating_add(1))
                }
                _ => Err("a range that is not from one index to another".into()),
            },
            Call::ReadLimited { start, end } => self.read(*start, *end),
            Call::Append(runs) => self.append(runs),
            Call::Answered => match self.unanswered.take() {
                Some(_) => Ok(CoreStep::Answered),
                None => Err("no append is unanswered".into()),
            },
            Call::Truncate(from) => self.truncate(*from),
            Call::Purge(upto) => self.purge(*upto),
            Call::SaveVote(vote) => self.save_vote(*vote),
            Call::SaveCommitted(id) => self.save_committed(*id),
            Call::Stop { kept } => Ok(self.stop(*kept)),
        }
    }

    /// The id of the last entry, else the purged id.
    #[must_use]
    pub fn last(&self) -> Option<LogId> {
        let last = self.entries.last_key_value().map(|(_, id)| *id);
        last.max(self.purged)
    }

    fn next_index(&self) -> u64 {
        self.last().map_or(0, |id| id.index + 1)
    }

    fn read(&self, start: u64, end: u64) -> Result<CoreStep, String> {
        if start >= end {
            return Err("an empty range".into());
        }
        let held = self.purged.map_or(0, |id| id.index + 1)..self.next_index();
        let ever = self.highest.map_or(0, |highest| highest + 1);
        if end > ever {
            return Err(format!("a read to {end}, never held: {ever} was the end"));
        }
        Ok(if start < held.start {
            CoreStep::ReadPurged
        } else if end > held.end {
            CoreStep::ReadTruncated
        } else if self.unanswered.is_some() {
            CoreStep::ReadBesideAppend
        } else if start == held.start && end == held.end {
            CoreStep::ReadAll
        } else {
            CoreStep::ReadPart
        })
    }

    fn append(&mut self, runs: &[Run]) -> Result<CoreStep, String> {
        let (Some(first), last) = (runs.first(), self.last()) else {
            return Err("an append of nothing".into());
        };
        let step = match last {
            None => CoreStep::AppendFirst,
            Some(_) if runs.len() > 1 => CoreStep::AppendMixed,
            Some(_) if self.entries.is_empty() => CoreStep::AppendBehindPurge,
            Some(last) if leader(last) == leader(first.first) => CoreStep::AppendSame,
            Some(_) => CoreStep::AppendLater,
        };
        let (mut next, mut before, mut appended) = (self.next_index(), last, Vec::new());
        for id in runs.iter().flat_map(Run::ids) {
            if id.index != next {
                return Err(format!("index {}, expected {next}", id.index));
            }
            if let Some(before) = before.filter(|before| !follows(*before, id)) {
                return Err(format!("{id} behind {before}"));
            }
            (next, before) = (next + 1, Some(id));
            appended.push((id.index, id));
        }
        self.unanswered = Some(appended.len() as u64);
        self.entries.extend(appended);
        self.highest = self.highest.max(next.checked_sub(1));
        Ok(step)
    }

    fn truncate(&mut self, from: LogId) -> Result<CoreStep, String> {
        if self.entries.get(&from.index) != Some(&from) {
            return Err("an entry that is not held".into());
        }
        if self.committed.is_some_and(|committed| from <= committed) {
            return Err("an entry that is committed".into());
        }
        let all = self.entries.keys().next() == Some(&from.index);
        let gone = self.entries.split_off(&from.index).len();
        Ok(match gone {
            _ if all => CoreStep::TruncateAll,
            1 => CoreStep::TruncateLast,
            _ => CoreStep::TruncateMiddle,
        })
    }

    fn purge(&mut self, upto: LogId) -> Result<CoreStep, String> {
        if Some(upto) <= self.purged {
            return Err(format!(
                "not above the purged {}",
                self.purged.unwrap_or_default()
            ));
        }
        let beyond = upto.index >= self.next_index();
        if beyond && Some(upto) < self.last() {
            return Err("of an earlier leader than the last entry".into());
        }
        if !beyond && self.entries.get(&upto.index) != Some(&upto) {
            return Err("an entry of another leader is held there".into());
        }
        self.entries = self.entries.split_off(&(upto.index + 1));
        self.purged = Some(upto);
        self.highest = self.highest.max(Some(upto.index));
        Ok(match self.entries.is_empty() {
            _ if beyond => CoreStep::PurgeBeyond,
            true => CoreStep::PurgeAll,
            false => CoreStep::PurgeMiddle,
        })
    }

    fn save_vote(&mut self, vote: Vote) -> Result<CoreStep, String> {
        if let Some(before) = self.vote.filter(|before| !vote.is_above(*before)) {
            return Err(format!("not above the vote {before}"));
        }
        let step = match self.vote {
            Some(before) if (before.term, before.node) == (vote.term, vote.node) => {
                CoreStep::VoteGranted
            }
            Some(before) if before.term == vote.term => CoreStep::VoteHigherNode,
            _ => CoreStep::VoteLater,
        };
        self.vote = Some(vote);
        Ok(step)
    }

    fn save_committed(&mut self, id: Option<LogId>) -> Result<CoreStep, String> {
        let Some(id) = id else {
            return Err("none".into());
        };
        if self.entries.get(&id.index) != Some(&id) {
            return Err("an entry that is not held".into());
        }
        if Some(id) <= self.committed {
            return Err("not above the one before".into());
        }
        self.committed = Some(id);
        Ok(CoreStep::CommittedForward)
    }

    fn stop(&mut self, kept: u64) -> CoreStep {
        self.open = false;
        let Some(unanswered) = self.unanswered.take() else {
            return CoreStep::StopIdle;
        };
        for _ in kept.min(unanswered)..unanswered {
            self.entries.pop_last();
        }
        CoreStep::StopInAppend
    }
}

fn leader(id: LogId) -> (u64, u64) {
    (id.term, id.node)
}

/// Whether an entry may stand behind another. Two leaders of one term never meet there: whoever holds an
/// entry of the lower one has voted for it, and stands for election in a later term.
fn follows(before: LogId, id: LogId) -> bool {
    leader(id) == leader(before) || id.term > before.term
}
