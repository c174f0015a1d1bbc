//! A whole program: where it begins and what it does.

use serde::{Deserialize, Serialize};

use super::start::append_from;
use super::{Kept, Lead, Op, Spot, StartState};
use crate::caller::{Call, History};
use crate::subject::Tuning;

/// Appends of the long log.
const LONG_APPENDS: u64 = 30;

/// Entries of each of them; with [`Tuning::SMALL`] about two segments.
const LONG_BATCH: u64 = 6;

/// A program: the sizes the store works with, the state it begins in, and the operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Sizes.
    pub tuning: Tuning,
    /// Where it begins.
    pub start: StartState,
    /// What it does.
    pub ops: Vec<Op>,
}

/// No operations, on an empty store with small sizes.
impl Default for Program {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl Program {
    /// A program on an empty store with small sizes.
    #[must_use]
    pub fn of(ops: Vec<Op>) -> Self {
        Self {
            tuning: Tuning::SMALL,
            start: StartState::Empty,
            ops,
        }
    }

    /// What a node has done to its log. Of an append that was never answered those entries are appended that were left
    /// of it.
    #[must_use]
    pub fn recorded(history: &History) -> Self {
        let mut ops: Vec<Op> = Vec::new();
        let mut unanswered = None;
        for call in &history.calls {
            let op = match call {
                Call::Append(_) => {
                    unanswered = Some(ops.len());
                    Op::Recorded { call: call.clone() }
                }
                Call::Answered => {
                    unanswered = None;
                    continue;
                }
                Call::Stop { kept } => {
                    if let Some(append) = unanswered.take().and_then(|at| ops.get_mut(at)) {
                        append.keep_entries(*kept);
                    }
                    Op::DropReopen {
                        pending: Vec::new(),
                    }
                }
                Call::Truncate(_)
                | Call::Purge(_)
                | Call::SaveVote(_)
                | Call::SaveCommitted(_)
                | Call::Read { .. }
                | Call::ReadLimited { .. } => Op::Recorded { call: call.clone() },
                // Each step asks for them anyhow.
                Call::Open | Call::State | Call::ReadVote | Call::ReadCommitted | Call::Reader => {
                    continue;
                }
            };
            ops.push(op);
        }
        Self::of(ops)
    }

    /// A log of many segments that is opened again in every way, so that what an open costs shows.
    /// With `crashes` also after power cuts.
    #[must_use]
    pub fn long_log(crashes: bool) -> Self {
        let append = |turn: u64| append_from(turn * LONG_BATCH, LONG_BATCH);
        let purge = Op::Purge {
            at: Spot::Part(30),
            lead: Lead::Same,
        };
        let truncate = Op::Truncate {
            at: Spot::Part(230),
        };
        let mut ops: Vec<Op> = (0..LONG_APPENDS).map(append).collect();
        ops.push(Op::Reopen);
        ops.push(append(LONG_APPENDS));
        ops.push(Op::DropReopen {
            pending: Vec::new(),
        });
        if crashes {
            let writes = [append(LONG_APPENDS + 1), purge.clone(), truncate.clone()];
            let crash = |write: &Op, keep| Op::Crash {
                write: Box::new(write.clone()),
                call: u8::MAX / 2,
                keep,
            };
            ops.extend(writes.iter().map(|write| crash(write, Kept::None)));
            ops.extend(writes.iter().map(|write| crash(write, Kept::All)));
        }
        ops.extend([purge, Op::Reopen, truncate, Op::Reopen]);
        Self::of(ops)
    }
}
