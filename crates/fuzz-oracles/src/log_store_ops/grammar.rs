//! From bytes to a program. Zeros are drawn when the bytes are used up, so every input is one.

use openraft_timevault::verify::log::EntryContent;
use openraft_timevault::verify::op::{
    Disorder, End, FaultKind, Kept, Lead, Op, Program, RangeShape, Spot, StartState,
};
use openraft_timevault::verify::{PayloadSeed, PayloadShape, Tuning};

use crate::source::Source;

/// Most operations of a program: a run is to take milliseconds.
const MAX_OPS: usize = 8;
/// Most entries of an append.
const MAX_BATCH: u8 = 5;
/// Most bytes of a payload's text.
const MAX_TEXT: u8 = 200;

/// Kinds of operations; the byte that names one is taken modulo their number.
const KINDS: [fn(&mut Source<'_>) -> Op; 21] = [
    append,
    |from| Op::Truncate { at: spot(from) },
    |from| Op::Purge {
        at: spot(from),
        lead: lead(from),
    },
    vote,
    |_| Op::Reopen,
    |from| Op::Crash {
        write: Box::new(write(from)),
        call: from.byte(),
        keep: kept(from),
    },
    |from| Op::AppendOver {
        at: spot(from),
        entries: entries(from, 1),
        lead: lead(from),
    },
    |from| Op::DropReopen {
        pending: entries(from, 0),
    },
    fault,
    |from| Op::Cancel {
        write: Box::new(write(from)),
        polls: from.byte() % 4,
    },
    |from| Op::Burst {
        appends: (0..2 + from.byte() % 3).map(|_| entries(from, 0)).collect(),
        lead: lead(from),
        behind: (0..from.byte() % 3).map(|_| behind(from)).collect(),
    },
    |from| Op::AppendBelow {
        below: 1 + from.byte() % 3,
        above: from.byte() % 3,
    },
    |from| Op::AppendHole {
        gap: from.byte() % 3,
    },
    |from| Op::AppendUnordered {
        how: one_of(
            from,
            &[
                Disorder::OlderThanLast,
                Disorder::InsideBatch,
                Disorder::GapInBatch,
            ],
        ),
    },
    |from| Op::AppendUnstorable {
        seed: u64::from(from.byte()),
    },
    |from| Op::PurgeBack {
        back: from.byte() % 4,
        later: from.byte() % 2 == 1,
    },
    |from| Op::Committed {
        at: (from.byte() % 4 > 0).then(|| spot(from)),
    },
    |from| Op::Read { range: range(from) },
    |from| Op::ReadLimited {
        from: spot(from),
        to: spot(from),
    },
    |from| Op::ReadAcross {
        range: range(from),
        writes: (0..=from.byte() % 2).map(|_| write(from)).collect(),
    },
    |_| Op::OpenTwice,
];

/// A write that is not an append.
fn behind(from: &mut Source<'_>) -> Op {
    match from.byte() % 5 {
        0 => vote(from),
        1 => Op::Truncate { at: spot(from) },
        2 => Op::Purge {
            at: spot(from),
            lead: lead(from),
        },
        3 => Op::truncate_nothing(),
        _ => Op::purge_nothing(),
    }
}

/// The program of an input.
pub(crate) fn program(data: &[u8]) -> Program {
    let mut from = Source::new(data);
    let (segment, block, fill_and_order) = (from.byte(), from.byte(), from.byte());
    let tuning = Tuning {
        segment_bytes: 1 + 40 * u64::from(segment),
        block_entries: 1 + u64::from(block % 5),
        fill_bytes: 32 * u64::from(fill_and_order % 8),
        order: u64::from(fill_and_order / 8),
        ..Tuning::SMALL
    };
    let start = one_of(&mut from, &StartState::ALL);
    let mut ops = Vec::new();
    while ops.len() < MAX_OPS && !from.is_empty() {
        let kind = usize::from(from.byte()) % KINDS.len();
        ops.push(KINDS[kind](&mut from));
    }
    Program { tuning, start, ops }
}

/// Inputs to begin with: each kind of operation between two appends, from each start state in turn.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    const APPEND: [u8; 9] = [0, 2, 2, 7, 30, 4, 8, 20, 0];
    let with = |kind: u8| {
        let sizes = [15, 2, kind % 3, kind % 4];
        let op = [kind, 3, 1, 128, 1, 3, 9, 60, 2, 90, 1];
        [&sizes[..], &APPEND, &op, &APPEND].concat()
    };
    (0_u8..).take(KINDS.len()).map(with).collect()
}

fn one_of<T: Copy>(from: &mut Source<'_>, all: &[T]) -> T {
    all[usize::from(from.byte()) % all.len()]
}

fn append(from: &mut Source<'_>) -> Op {
    Op::Append {
        entries: entries(from, 0),
        lead: lead(from),
    }
}

fn vote(from: &mut Source<'_>) -> Op {
    Op::Vote {
        up: from.byte() % 3,
        node: from.byte() % 4,
        committed: from.byte() % 2 == 1,
    }
}

/// A write that can stand inside another operation.
fn write(from: &mut Source<'_>) -> Op {
    // The first four kinds.
    KINDS[usize::from(from.byte() % 4)](from)
}

fn fault(from: &mut Source<'_>) -> Op {
    const FAULTS: [FaultKind; 7] = [
        FaultKind::Write,
        FaultKind::WriteNoSpace,
        FaultKind::ShortWrite,
        FaultKind::Sync,
        FaultKind::SyncDir,
        FaultKind::Rename,
        FaultKind::Create,
    ];
    Op::Fault {
        kind: one_of(from, &FAULTS),
        nth: 1 + from.byte() % 4,
        writes: (0..1 + from.byte() % 3).map(|_| write(from)).collect(),
    }
}

fn kept(from: &mut Source<'_>) -> Kept {
    match from.byte() % 5 {
        0 => Kept::None,
        1 => Kept::All,
        2 => Kept::Prefix(from.byte()),
        3 => Kept::Only(from.byte()),
        _ => Kept::AllBut(from.byte()),
    }
}

fn lead(from: &mut Source<'_>) -> Lead {
    match from.byte() % 7 {
        0..=3 => Lead::Same,
        4 => Lead::HigherNode,
        terms => Lead::Later(terms - 4),
    }
}

fn entries(from: &mut Source<'_>, least: u8) -> Vec<EntryContent> {
    let count = least + from.byte() % (MAX_BATCH + 1 - least);
    (0..count).map(|_| entry(from)).collect()
}

fn entry(from: &mut Source<'_>) -> EntryContent {
    const SHAPES: [PayloadShape; 5] = [
        PayloadShape::Plain,
        PayloadShape::Unicode,
        PayloadShape::Control,
        PayloadShape::Numbers,
        PayloadShape::Deep,
    ];
    let kind = from.byte() % 8;
    let seed = u64::from(from.byte());
    match kind {
        0 => EntryContent::Blank,
        1 => EntryContent::Membership(seed),
        kind => EntryContent::Normal(PayloadSeed {
            seed,
            bytes: u32::from(from.byte() % MAX_TEXT),
            shape: SHAPES[usize::from(kind.saturating_sub(3))],
        }),
    }
}

fn spot(from: &mut Source<'_>) -> Spot {
    match from.byte() % 6 {
        0 => Spot::Last,
        1 => Spot::Part(from.byte()),
        2 => Spot::Border {
            nth: from.byte(),
            off: (from.byte() % 3).cast_signed() - 1,
        },
        3 => Spot::First,
        4 => Spot::Above(from.byte() % 6),
        _ => Spot::Below(from.byte() % 3),
    }
}

fn range(from: &mut Source<'_>) -> RangeShape {
    RangeShape {
        start: end(from),
        end: end(from),
        inverted: from.byte() % 4 == 3,
    }
}

fn end(from: &mut Source<'_>) -> End {
    match from.byte() % 5 {
        0 => End::Open,
        1 => End::Included(spot(from)),
        2 => End::Excluded(spot(from)),
        3 => End::Max,
        _ => End::Zero,
    }
}
