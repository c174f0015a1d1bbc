//! The small alphabet of which all programs up to a length are tried.

use super::start::plain;
use super::{Lead, Op, Spot};
use crate::log::EntryContent;

/// A letter of the alphabet.
#[derive(Debug, Clone, Copy)]
pub struct Letter {
    /// Its name in reports.
    pub name: &'static str,
    /// What it does.
    pub op: fn() -> Op,
}

/// Letters of programs of any length.
const CORE: usize = 15;

/// Longest programs that are made of all letters: one more would double those of length 3.
const ALL_UP_TO: usize = 2;

/// The letters of which programs of this length are made: of short ones all, of longer ones those
/// that do one thing each, and whose effect is durable when they return.
#[must_use]
pub fn letters(length: usize) -> &'static [Letter] {
    if length <= ALL_UP_TO {
        &ALPHABET
    } else {
        ALPHABET.get(..CORE).unwrap_or(&ALPHABET)
    }
}

/// All letters: each kind of write, in the middle, at a border, over a segment, of all; at the end
/// what promises nothing to a power cut, and those that are made of others.
static ALPHABET: [Letter; 19] = [
    Letter {
        name: "append 1",
        op: || append(1, Lead::Same),
    },
    Letter {
        name: "append 3",
        op: || append(3, Lead::Same),
    },
    Letter {
        name: "append over a roll",
        op: || append(9, Lead::Same),
    },
    Letter {
        name: "overlapping append",
        op: || Op::AppendOver {
            at: Spot::Part(128),
            entries: vec![plain(200), plain(201)],
            lead: Lead::Later(1),
        },
    },
    Letter {
        name: "truncate middle",
        op: || Op::Truncate {
            at: Spot::Part(128),
        },
    },
    Letter {
        name: "truncate at a border",
        op: || Op::Truncate {
            at: Spot::Border { nth: 0, off: 0 },
        },
    },
    Letter {
        name: "truncate all",
        op: || Op::Truncate { at: Spot::First },
    },
    Letter {
        name: "purge middle",
        op: || purge(Spot::Part(128), Lead::Same),
    },
    Letter {
        name: "purge at a border",
        op: || purge(Spot::Border { nth: 0, off: -1 }, Lead::Same),
    },
    Letter {
        name: "purge all",
        op: || purge(Spot::Last, Lead::Same),
    },
    Letter {
        name: "purge beyond the end",
        op: || purge(Spot::Above(3), Lead::Same),
    },
    Letter {
        name: "purge with a stale suffix",
        op: || purge(Spot::Part(100), Lead::Later(2)),
    },
    Letter {
        name: "vote",
        op: vote,
    },
    Letter {
        name: "clean reopen",
        op: || Op::Reopen,
    },
    Letter {
        name: "drop and reopen",
        op: || Op::DropReopen {
            pending: Vec::new(),
        },
    },
    Letter {
        name: "append blank, later term",
        op: || Op::Append {
            entries: vec![EntryContent::Blank],
            lead: Lead::Later(1),
        },
    },
    Letter {
        name: "save committed",
        op: || Op::Committed {
            at: Some(Spot::Last),
        },
    },
    Letter {
        name: "append and vote in flight",
        op: || behind(vec![vote()]),
    },
    Letter {
        name: "append, truncate and purge of nothing in flight",
        op: || behind(vec![Op::truncate_nothing(), Op::purge_nothing()]),
    },
];

/// An append with these in flight behind it.
fn behind(behind: Vec<Op>) -> Op {
    Op::Burst {
        appends: vec![vec![plain(210)]],
        lead: Lead::Same,
        behind,
    }
}

fn vote() -> Op {
    Op::Vote {
        up: 1,
        node: 2,
        committed: false,
    }
}

fn append(count: u64, lead: Lead) -> Op {
    Op::Append {
        entries: (0..count).map(|n| plain(100 + n)).collect(),
        lead,
    }
}

fn purge(at: Spot, lead: Lead) -> Op {
    Op::Purge { at, lead }
}
