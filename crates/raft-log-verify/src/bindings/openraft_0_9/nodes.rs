//! Node ids of any type for the numbers of the harness, and back.

use openraft::{CommittedLeaderId, NodeId, Vote};

use crate::subject::LEADERS;

/// The number of a node whose id the harness never made.
pub(super) const UNKNOWN: u64 = u64::MAX;

/// The node ids, ascending: the number of a node is its rank, so that numbers are ordered as ids are.
#[derive(Debug, Clone)]
pub(super) struct Nodes<N> {
    ids: Vec<N>,
    /// Whether the ids of entries carry the node of their leader. openraft has a feature by which they do not.
    in_log_ids: bool,
}

impl<N: NodeId> Nodes<N> {
    /// Those that the function makes of small numbers.
    pub(super) fn new(make: impl Fn(u64) -> N) -> Self {
        let mut ids: Vec<N> = (0..LEADERS).map(make).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut leaders = ids.iter().map(|id| CommittedLeaderId::new(1, id.clone()));
        let in_log_ids = leaders.next() != leaders.next();
        Self { ids, in_log_ids }
    }

    /// How many nodes can be told apart by the ids of entries.
    pub(super) fn leaders(&self) -> u64 {
        match self.in_log_ids {
            true => self.ids.len() as u64,
            false => 1,
        }
    }

    /// The id of a node. Where the type has few values some nodes share one.
    pub(super) fn id(&self, node: u64) -> N {
        let count = self.ids.len().max(1) as u64;
        let rank = usize::try_from(node % count).unwrap_or_default();
        self.ids.get(rank).cloned().unwrap_or_default()
    }

    /// The number of the node that leads in these ids.
    pub(super) fn leader(&self, found: &CommittedLeaderId<N>) -> u64 {
        if !self.in_log_ids {
            return 0;
        }
        let of = |id: &N| CommittedLeaderId::new(found.term, id.clone());
        let rank = self.ids.partition_point(|id| of(id) < *found);
        match self.ids.get(rank) {
            Some(id) if of(id) == *found => rank as u64,
            _ => UNKNOWN,
        }
    }

    /// The number of the node that a vote is for.
    pub(super) fn voted(&self, found: &Vote<N>) -> u64 {
        let term = found.leader_id.term;
        let is = |id: &N| Vote::new(term, id.clone()).leader_id == found.leader_id;
        let rank = self.ids.iter().position(is);
        rank.map_or(UNKNOWN, |rank| rank as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_as_the_ids_are_and_found_again() {
        let nodes = Nodes::new(|seed| 1_000 - 7 * seed);
        let leader = |node| CommittedLeaderId::new(7, nodes.id(node));
        for node in 0..nodes.leaders() {
            assert_eq!(nodes.leader(&leader(node)), node);
            assert_eq!(nodes.voted(&Vote::new(7, nodes.id(node))), node);
            if node > 0 {
                assert!(leader(node - 1) < leader(node));
            }
        }
        let stranger = CommittedLeaderId::new(7, 999);
        assert_eq!(nodes.leader(&stranger), UNKNOWN);
        assert_eq!(nodes.voted(&Vote::new(7, 999)), UNKNOWN);
    }

    #[test]
    fn a_type_with_few_values_has_few_leaders() {
        let nodes = Nodes::new(|seed| u8::try_from(seed % 3).unwrap());
        assert_eq!(nodes.leaders(), 3);
        assert_eq!(nodes.id(4), 1);
    }
}
