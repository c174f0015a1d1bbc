//! A bug of either store, and what is known about it.

use std::fmt;

use timevault::SeededBug;

use super::{Bug, corpus};

/// A bug that can be switched on, in the store that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BugId {
    /// In the [`PlainWal`](super::PlainWal).
    Plain(Bug),
    /// In the store of this package.
    Timevault(SeededBug),
}

/// The part of a campaign that looks for a bug first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Random programs, with calls that fail and power cuts in them.
    Programs,
    /// All crash states of short programs.
    Crashes,
    /// Calls that fail and disks that are full, in the last operation of short programs.
    Faults,
    /// Damaged files.
    Damage,
    /// Calls that fail while an open recovers from a crash.
    Recovery,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 5] = [
        Self::Crashes,
        Self::Programs,
        Self::Faults,
        Self::Recovery,
        Self::Damage,
    ];
}

/// Rules that compare whole states after something else was done. They may be the first to see a
/// wrong state, whichever bug left it.
const WHOLE_STATE: [&str; 4] = ["cancel-safety", "drop-clean", "write-order", "read-range"];

impl BugId {
    /// All of them, in the order of the corpus.
    pub fn all() -> impl Iterator<Item = Self> {
        corpus::all().map(|known| known.bug)
    }

    /// Its number in the corpus. Several switches can be variants of one bug; `R` are bugs beside
    /// the corpus, one for each rule that no bug of the corpus breaks first.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.known().map_or("", |known| known.code)
    }

    /// Its name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.known().map_or("", |known| known.name)
    }

    /// What it does wrong.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.known().map_or("", |known| known.text)
    }

    /// The rules that are about it.
    #[must_use]
    pub fn rules(self) -> &'static [&'static str] {
        self.known().map_or(&[], |known| known.rules)
    }

    /// Whether a rule may be the one to find it: one about it, or one that compares whole states.
    #[must_use]
    pub fn may_break(self, rule: &str) -> bool {
        self.rules().contains(&rule) || self.leaves_wrong_state() && WHOLE_STATE.contains(&rule)
    }

    /// Damage is judged by a rule of its own.
    fn leaves_wrong_state(self) -> bool {
        self.part() != Part::Damage
    }

    /// The part of a campaign that looks for it first.
    #[must_use]
    pub fn part(self) -> Part {
        self.known().map_or(Part::Programs, |known| known.part)
    }

    /// Name of the store that has it.
    #[must_use]
    pub fn store(self) -> &'static str {
        match self {
            Self::Plain(_) => "plain-wal",
            Self::Timevault(_) => "timevault",
        }
    }

    /// The bug of that name in that store.
    #[must_use]
    pub fn by_name(store: &str, name: &str) -> Option<Self> {
        corpus::all()
            .find(|known| known.name == name && known.bug.store() == store)
            .map(|known| known.bug)
    }

    fn known(self) -> Option<&'static corpus::Known> {
        corpus::all().find(|known| known.bug == self)
    }
}

impl fmt::Display for BugId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.store(), self.name())
    }
}

impl From<Bug> for BugId {
    fn from(bug: Bug) -> Self {
        Self::Plain(bug)
    }
}

impl From<SeededBug> for BugId {
    fn from(bug: SeededBug) -> Self {
        Self::Timevault(bug)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::verify::rules;

    #[test]
    fn every_bug_is_known_once() {
        let all: Vec<BugId> = BugId::all().collect();
        let different: BTreeSet<BugId> = all.iter().copied().collect();
        assert_eq!(all.len(), different.len());
        for bug in all {
            assert_eq!(BugId::by_name(bug.store(), bug.name()), Some(bug));
            assert!(!bug.rules().is_empty(), "{bug}");
            for rule in bug.rules() {
                assert!(
                    rules::by_name(rule).is_some(),
                    "{bug}: there is no rule {rule}"
                );
            }
        }
    }

    #[test]
    fn the_durability_and_damage_bugs_of_the_corpus_are_all_there() {
        let codes: BTreeSet<&str> = BugId::all().map(BugId::code).collect();
        let due = (1..=28).map(|n| format!("D{n}"));
        let due = due.chain((1..=4).map(|n| format!("M{n}")));
        let due = due.chain((1..=22).map(|n| format!("S{n}")));
        for code in due.chain((1..=5).map(|n| format!("A{n}"))) {
            assert!(codes.contains(code.as_str()), "{code}");
        }
    }
}
