//! The small alphabet of which all programs up to a length are tried.

use super::start::{append_from, plain};
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

/// The letters of which programs of this length are made: all for short programs; for longer ones
/// those that do one thing each, and whose effect is durable when they return.
#[must_use]
pub fn letters(length: usize) -> &'static [Letter] {
    if length <= ALL_UP_TO {
        &ALPHABET
    } else {
        ALPHABET.get(..CORE).unwrap_or(&ALPHABET)
    }
}

/// All letters: each kind of write, in the middle, at a border, over a segment, of all. The last ones
/// promise nothing to a power cut, or are made of others.
static ALPHABET: [Letter; 19] = [
    letter("append 1", || append(1)),
    letter("append 3", || append(3)),
    letter("append over a roll", || append(9)),
    letter("overlapping append", || Op::AppendOver {
        at: Spot::Part(128),
        entries: vec![plain(200), plain(201)],
        lead: Lead::Later(1),
    }),
    letter("truncate middle", || truncate(Spot::Part(128))),
    letter("truncate at a border", || truncate(border(0))),
    letter("truncate all", || truncate(Spot::First)),
    letter("purge middle", || purge(Spot::Part(128), Lead::Same)),
    letter("purge at a border", || purge(border(-1), Lead::Same)),
    letter("purge all", || purge(Spot::Last, Lead::Same)),
    letter("purge beyond the end", || purge(Spot::Above(3), Lead::Same)),
    letter("purge with a stale suffix", || {
        purge(Spot::Part(100), Lead::Later(2))
    }),
    letter("vote", vote),
    letter("clean reopen", || Op::Reopen),
    letter("drop and reopen", || Op::DropReopen {
        pending: Vec::new(),
    }),
    letter("append blank, later term", || Op::Append {
        entries: vec![EntryContent::Blank],
        lead: Lead::Later(1),
    }),
    letter("save committed", || Op::Committed {
        at: Some(Spot::Last),
    }),
    letter("append and vote in flight", || behind(vec![vote()])),
    letter("append, truncate and purge of nothing in flight", || {
        behind(vec![Op::truncate_nothing(), Op::purge_nothing()])
    }),
];

const fn letter(name: &'static str, op: fn() -> Op) -> Letter {
    Letter { name, op }
}

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

fn append(count: u64) -> Op {
    append_from(100, count)
}

fn truncate(at: Spot) -> Op {
    Op::Truncate { at }
}

fn purge(at: Spot, lead: Lead) -> Op {
    Op::Purge { at, lead }
}

/// Beside the end of the first index block.
fn border(off: i8) -> Spot {
    Spot::Border { nth: 0, off }
}
