//! Makes the ids of entries and votes, so that they ascend where they should.

use openraft::{CommittedLeaderId, LogId, Vote};

use crate::op::Lead;
use crate::subject::Subject;
use crate::types::{IdOf, VoteOf};

/// The leader of the newest entries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Author {
    term: u64,
    node: u64,
    vote_term: u64,
}

impl Author {
    pub(crate) fn new() -> Self {
        Self {
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
            Lead::HigherNode => self.node += 1,
            Lead::Later(terms) => {
                self.term += u64::from(terms).max(1);
                self.node = 1;
            }
        }
    }

    /// The id of the current leader at `index`.
    pub(crate) fn id<S: Subject>(&self, subject: &S, index: u64) -> IdOf<S::Config> {
        LogId::new(
            CommittedLeaderId::new(self.term, subject.node_id(self.node)),
            index,
        )
    }

    /// An id of an older term than any that was handed out.
    pub(crate) fn old_id<S: Subject>(subject: &S, index: u64) -> IdOf<S::Config> {
        LogId::new(CommittedLeaderId::new(0, subject.node_id(0)), index)
    }

    /// The next vote.
    pub(crate) fn vote<S: Subject>(
        &mut self,
        subject: &S,
        (up, node, committed): (u8, u8, bool),
    ) -> VoteOf<S::Config> {
        self.vote_term += u64::from(up);
        let node = subject.node_id(u64::from(node));
        if committed {
            Vote::new_committed(self.vote_term, node)
        } else {
            Vote::new(self.vote_term, node)
        }
    }
}
