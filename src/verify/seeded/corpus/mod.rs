//! The table of all bugs.

mod calls;
mod damage;
mod durability;
mod state;

use timevault::SeededBug;

use super::{Bug, BugId, Part};

/// What is known about a bug.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) bug: BugId,
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) part: Part,
    pub(super) rules: &'static [&'static str],
    pub(super) text: &'static str,
}

/// All bugs, in the order of the corpus.
pub(super) fn all() -> impl Iterator<Item = &'static Known> {
    let tables = [state::ROWS, durability::ROWS, damage::ROWS, calls::ROWS];
    tables.into_iter().flatten()
}

impl Known {
    const fn plain(
        bug: Bug,
        code: &'static str,
        name: &'static str,
        part: Part,
        rules: &'static [&'static str],
        text: &'static str,
    ) -> Self {
        Self {
            bug: BugId::Plain(bug),
            code,
            name,
            part,
            rules,
            text,
        }
    }

    const fn timevault(
        bug: SeededBug,
        code: &'static str,
        name: &'static str,
        part: Part,
        rules: &'static [&'static str],
        text: &'static str,
    ) -> Self {
        Self {
            bug: BugId::Timevault(bug),
            code,
            name,
            part,
            rules,
            text,
        }
    }
}
