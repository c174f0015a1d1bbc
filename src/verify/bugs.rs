//! The stores with bugs on purpose, of this package and of the harness together, and the correct ones.

use raft_log_verify::campaign::{Correct, CorrectStore, Seeded, SeededStore};
use raft_log_verify::openraft_0_9::suite_of_plain_wal;
use raft_log_verify::seeded::{self, Bug};

use super::corpus::ROWS;
pub use super::corpus::{by_name, info};
use super::seeded_bug::SeededBug;
use super::store;

/// openraft's own suite on the plain WAL.
const SUITE: Option<seeded::Suite> = Some(suite_of_plain_wal);

/// This store with a bug.
#[must_use]
pub fn timevault(bug: SeededBug) -> Option<Box<dyn Seeded>> {
    let subject = store::timevault_with(bug);
    Some(Box::new(SeededStore::new(*info(bug)?, subject)))
}

/// The plain WAL with a bug.
#[must_use]
pub fn plain(bug: Bug) -> Option<Box<dyn Seeded>> {
    let subject = seeded::PlainSubject {
        suite: SUITE,
        ..seeded::PlainSubject::with(bug)
    };
    Some(Box::new(SeededStore::new(*bug.info()?, subject)))
}

/// Both stores with each of their bugs, in the order of the corpus.
#[must_use]
pub fn all() -> Vec<Box<dyn Seeded>> {
    let ours = ROWS.iter().filter_map(|(bug, _)| timevault(*bug));
    let mut all: Vec<_> = seeded::bugs(SUITE).into_iter().chain(ours).collect();
    all.sort_by_key(|bug| bug.info().place());
    all
}

/// The stores in which nothing may be found: this one, the plain WAL and its odd variants.
#[must_use]
pub fn correct() -> Vec<Box<dyn Correct>> {
    let ours = CorrectStore::new("nothing", store::timevault());
    let ours: Box<dyn Correct> = Box::new(ours);
    std::iter::once(ours)
        .chain(seeded::correct(SUITE))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use raft_log_verify::rules;

    use super::*;

    #[test]
    fn every_bug_is_known_once() {
        let bugs: BTreeSet<SeededBug> = ROWS.iter().map(|(bug, _)| *bug).collect();
        assert_eq!(bugs.len(), ROWS.len());
        let names: BTreeSet<String> = all().iter().map(|bug| bug.info().to_string()).collect();
        assert_eq!(names.len(), all().len());
        for (bug, info) in ROWS {
            assert_eq!(by_name(info.name), Some(*bug));
            assert!(!info.rules.is_empty(), "{info}");
            for rule in info.rules {
                assert!(
                    rules::by_name(rule).is_some(),
                    "{info}: there is no rule {rule}"
                );
            }
        }
    }

    #[test]
    fn the_durability_and_damage_bugs_of_the_corpus_are_all_there() {
        let codes: BTreeSet<&str> = all().iter().map(|bug| bug.info().code).collect();
        let due = (1..=28).map(|n| format!("D{n}"));
        let due = due.chain((1..=4).map(|n| format!("M{n}")));
        let due = due.chain((1..=22).map(|n| format!("S{n}")));
        for code in due.chain((1..=5).map(|n| format!("A{n}"))) {
            assert!(codes.contains(code.as_str()), "{code}");
        }
    }
}
