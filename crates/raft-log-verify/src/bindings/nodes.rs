//! Node ids of any type for the numbers of the harness, and back.

use super::defaults::missing;
use crate::subject::LEADERS;

/// The number of a node whose id the harness never made.
pub(super) const UNKNOWN: u64 = u64::MAX;

/// The node ids, ascending: the number of a node is its rank, so that numbers are ordered as ids are.
#[derive(Debug, Clone)]
pub(super) struct Nodes<N>(Vec<N>);

impl<N: Ord + Clone> Nodes<N> {
    /// The ids that `make` gives for the numbers below [`LEADERS`].
    pub(super) fn new(make: impl Fn(u64) -> Option<N>) -> Self {
        let mut ids: Vec<N> = (0..LEADERS).filter_map(make).collect();
        ids.sort_unstable();
        ids.dedup();
        Self(ids)
    }

    /// How many nodes can be told apart by the values that `leader` makes of their ids: all or one.
    pub(super) fn count<L: PartialEq>(&self, leader: impl Fn(&N) -> L) -> u64 {
        let mut leaders = self.0.iter().map(leader);
        match leaders.next() != leaders.next() && self.0.len() > 1 {
            true => self.0.len() as u64,
            false => 1,
        }
    }

    /// The id of a node. Where the type has few values some nodes share one.
    ///
    /// # Panics
    /// There is no id: the author has to say how one is made.
    #[expect(clippy::expect_used, reason = "the rank is below the length")]
    pub(super) fn id(&self, node: u64) -> N {
        if self.0.is_empty() {
            return missing::<N>("node_ids", "node", "different numbers, different ids");
        }
        let rank = usize::try_from(node % self.0.len() as u64);
        let id = rank.ok().and_then(|rank| self.0.get(rank));
        id.cloned().expect("a rank below the length")
    }

    /// The number of the first id that is not `below`, if `is` is true of it; else [`UNKNOWN`].
    pub(super) fn ranked(&self, below: impl Fn(&N) -> bool, is: impl Fn(&N) -> bool) -> u64 {
        let rank = self.0.partition_point(below);
        match self.0.get(rank) {
            Some(id) if is(id) => rank as u64,
            _ => UNKNOWN,
        }
    }

    /// The number of the first id of which `is` is true, else [`UNKNOWN`].
    pub(super) fn which(&self, is: impl Fn(&N) -> bool) -> u64 {
        let rank = self.0.iter().position(is);
        rank.map_or(UNKNOWN, |rank| rank as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_as_the_ids_are_and_found_again() {
        let nodes = Nodes::new(|seed| Some(1_000 - 7 * seed));
        for node in 0..nodes.count(|id| *id) {
            let id = nodes.id(node);
            assert_eq!(
                nodes.ranked(|other| *other < id, |other| *other == id),
                node
            );
            assert_eq!(nodes.which(|other| *other == id), node);
            assert!(node == 0 || nodes.id(node - 1) < id);
        }
        assert_eq!(nodes.ranked(|id| *id < 999, |id| *id == 999), UNKNOWN);
        assert_eq!(nodes.which(|id| *id == 999), UNKNOWN);
    }

    #[test]
    fn a_type_with_few_values_has_few_leaders() {
        let nodes = Nodes::new(|seed| u8::try_from(seed % 3).ok());
        assert_eq!(nodes.count(|id| *id), 3);
        assert_eq!(nodes.count(|_| "ids carry no node"), 1);
        assert_eq!(nodes.id(4), 1);
    }

    #[test]
    #[should_panic(expected = ".node_ids(|node| ...)")]
    fn a_type_that_nothing_is_read_from_needs_a_function() {
        Nodes::<u64>::new(|_| None).id(0);
    }
}
