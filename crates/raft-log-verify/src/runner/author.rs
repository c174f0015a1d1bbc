//! Makes the ids of entries and votes, so that they ascend where they should.

use crate::log::{LogId, Vote};
use crate::op::Lead;

/// The leader of the newest entries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Author {
    term: u64,
    node: u64,
    vote_term: u64,
    /// How many nodes lead; 1 where ids carry no node.
    leaders: u64,
}

impl Author {
    pub(crate) fn new(leaders: u64) -> Self {
        Self {
            leaders,
            term: 1,
            node: 1,
            vote_term: 1,
        }
    }

    /// The leader that begins the `number`-th of many runs on one directory: later than anything
    /// of the runs before.
    pub(crate) fn in_era(self, number: u64) -> Self {
        const TERMS: u64 = 1_000_000;
        let term = (number + 1).saturating_mul(TERMS);
        Self {
            term,
            node: 1,
            vote_term: term,
            leaders: self.leaders,
        }
    }

    /// Goes on after a recovery: later than anything that was there before.
    pub(crate) fn much_later(&mut self) {
        const UNUSED_TERMS: u64 = 1_000;
        self.term += UNUSED_TERMS;
        self.vote_term += UNUSED_TERMS;
    }

    /// From now on ids are of the leader that `lead` says.
    pub(crate) fn follow(&mut self, lead: Lead) {
        match lead {
            Lead::Same => {}
            Lead::HigherNode if self.leaders == 1 => {}
            Lead::HigherNode if self.node + 1 < self.leaders => self.node += 1,
            Lead::HigherNode => self.next_term(1),
            Lead::Later(terms) => self.next_term(u64::from(terms).max(1)),
        }
    }

    fn next_term(&mut self, terms: u64) {
        self.term += terms;
        self.node = 1;
    }

    /// The id of the current leader at `index`.
    pub(crate) fn id(&self, index: u64) -> LogId {
        LogId {
            term: self.term,
            // The highest that there is, which is none where ids carry no node.
            node: self.node.min(self.leaders - 1),
            index,
        }
    }

    /// An id of an older term than any that was handed out.
    pub(crate) fn old_id(index: u64) -> LogId {
        LogId {
            term: 0,
            node: 0,
            index,
        }
    }

    /// The next vote.
    pub(crate) fn vote(&mut self, (up, node, committed): (u8, u8, bool)) -> Vote {
        self.vote_term += u64::from(up);
        Vote {
            term: self.vote_term,
            node: u64::from(node),
            committed,
        }
    }
}
