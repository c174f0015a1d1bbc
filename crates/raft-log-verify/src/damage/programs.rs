//! The stores that are damaged: small ones, in which every byte can be tried, and large ones.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::log::EntryContent;
use crate::op::{Lead, Op, Program, Spot, StartState};
use crate::payload::{PayloadSeed, PayloadShape};
use crate::subject::Tuning;

/// Entries that a large store holds at least when it is damaged.
pub const LARGE_ENTRIES: usize = 1_000;

/// Segments that it has at least, where the store has such.
pub const LARGE_SEGMENTS: u64 = 3;

/// Entries of each of a large store's long appends.
const LONG: u64 = 40;

/// Short appends at its end: batches behind the last index block.
const SHORT_APPENDS: u64 = 7;

/// Sizes of a large store: some chunks, and blocks that are longer than its last appends together.
const LARGE: Tuning = Tuning {
    segment_bytes: 48_000,
    block_entries: 32,
    ..Tuning::SMALL
};

/// A store of a handful of entries for each start state.
#[must_use]
pub fn small() -> Vec<Program> {
    let programs = StartState::ALL.into_iter().map(|start| Program {
        tuning: Tuning::SMALL,
        start,
        // Two batches that no block of the index covers yet.
        ops: vec![
            append(vec![blank(); 1], Lead::Same),
            append(vec![blank(); 1], Lead::Same),
        ],
    });
    programs.collect()
}

/// A store of [`LARGE_ENTRIES`] and more in some segments, with a past: a truncate, purges, votes
/// and a later leader. Every other seed has its files filled ahead.
#[must_use]
pub fn large(seed: u64) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut ops = vec![vote(1)];
    let mut long = |ops: &mut Vec<Op>, times: u64, lead: Lead| {
        for _ in 0..times {
            let entries = (0..LONG).map(|_| entry(&mut rng)).collect();
            ops.push(append(entries, lead));
        }
    };
    long(&mut ops, 8, Lead::Same);
    ops.push(Op::Truncate {
        at: Spot::Part(200),
    });
    ops.push(vote(2));
    long(&mut ops, 9, Lead::Later(1));
    ops.push(purge(20));
    ops.push(Op::Committed {
        at: Some(Spot::Part(90)),
    });
    ops.push(vote(0));
    long(&mut ops, 22, Lead::Same);
    ops.push(purge(10));
    ops.push(Op::Committed {
        at: Some(Spot::Part(150)),
    });
    for _ in 0..SHORT_APPENDS {
        let count = rng.random_range(1..=3);
        let entries = (0..count).map(|_| entry(&mut rng)).collect();
        ops.push(append(entries, Lead::Same));
    }
    Program {
        tuning: Tuning {
            fill_bytes: if seed.is_multiple_of(2) { 4_096 } else { 0 },
            ..LARGE
        },
        start: StartState::Empty,
        ops,
    }
}

/// What is under way when the power is cut inside an append.
pub(super) fn torn_append() -> Op {
    append(
        vec![blank(), plain(7, 400), plain(8, 400), blank()],
        Lead::Same,
    )
}

/// What is under way when the power is cut inside a purge.
pub(super) fn cut_purge() -> Op {
    purge(60)
}

fn append(entries: Vec<EntryContent>, lead: Lead) -> Op {
    Op::Append { entries, lead }
}

fn purge(part: u8) -> Op {
    Op::Purge {
        at: Spot::Part(part),
        lead: Lead::Same,
    }
}

fn vote(up: u8) -> Op {
    Op::Vote {
        up,
        node: 1,
        committed: up == 1,
    }
}

fn blank() -> EntryContent {
    EntryContent::Blank
}

fn plain(seed: u64, bytes: u32) -> EntryContent {
    EntryContent::Normal(PayloadSeed {
        seed,
        bytes,
        shape: PayloadShape::Plain,
    })
}

fn entry(rng: &mut ChaCha8Rng) -> EntryContent {
    let shape = match rng.random_range(0..12) {
        0 => return blank(),
        1 => return EntryContent::Membership(rng.random_range(0..100)),
        2 => PayloadShape::Unicode,
        3 => PayloadShape::Control,
        4 => PayloadShape::Numbers,
        _ => PayloadShape::Plain,
    };
    EntryContent::Normal(PayloadSeed {
        seed: rng.random(),
        bytes: rng.random_range(0..60),
        shape,
    })
}
