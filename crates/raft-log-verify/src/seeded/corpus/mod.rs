//! The table of the bugs of the plain WAL.

mod calls;
mod damage;
mod durability;
mod state;

use super::Bug;
use crate::campaign::{BugInfo, Part};

/// A bug and what is known about it.
type Row = (Bug, BugInfo);

/// All bugs, in the order of the corpus.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    let tables = [state::ROWS, durability::ROWS, damage::ROWS, calls::ROWS];
    tables.into_iter().flatten()
}

const fn row(
    bug: Bug,
    code: &'static str,
    name: &'static str,
    part: Part,
    rules: &'static [&'static str],
    text: &'static str,
) -> Row {
    let info = BugInfo {
        code,
        name,
        store: "plain-wal",
        part,
        rules,
        text,
    };
    (bug, info)
}
