//! Strategies that grow random programs, biased to borders.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{Disorder, End, FaultKind, Kept, Lead, Op, Program, RangeShape, Spot, StartState};
use crate::log::EntryContent;
use crate::payload::{PayloadSeed, PayloadShape};
use crate::subject::{Caller, Capabilities, Tuning};
use crash_disk::sim::DEFAULT_BLOCK_BYTES;

/// Most entries of one append.
const MAX_BATCH: usize = 6;

/// One in this many payloads is of [`BIG_PAYLOAD`] bytes.
const BIG_ONE_IN: u32 = 4000;

/// Bytes of the rare big payload.
const BIG_PAYLOAD: u32 = 1 << 20;

/// Which operations random programs are made of.
#[derive(Debug, Clone, Copy)]
pub struct SequenceMix {
    /// What the subject offers.
    pub capabilities: Capabilities,
    /// Whether the disk is simulated, so that calls can fail and the power can be cut.
    pub simulated: bool,
    /// Whether a payload of a mebibyte is drawn now and then.
    pub big: bool,
    /// Least and most operations of a program.
    pub length: (usize, usize),
}

/// Programs of that mix.
pub fn program_strategy(mix: SequenceMix) -> BoxedStrategy<Program> {
    let start = prop_oneof![
        6 => Just(StartState::Empty),
        1 => Just(StartState::ThreeSegments),
        1 => Just(StartState::PurgedBeyondEnd),
        1 => Just(StartState::TruncatedOverSegment),
    ];
    (tuning(), start, vec(op(mix), mix.length.0..=mix.length.1))
        .prop_map(|(tuning, start, ops)| Program { tuning, start, ops })
        .boxed()
}

/// Bytes of a disk block so small that a short file has several.
const SMALL_BLOCK_BYTES: usize = 256;

fn tuning() -> impl Strategy<Value = Tuning> {
    let segment = prop_oneof![3 => 1_u64..600, 3 => 600_u64..3_000, 1 => 3_000_u64..20_000];
    let fill = prop_oneof![2 => Just(0_u64), 1 => 1_u64..200, 1 => 4_000_u64..5_000];
    let blocks = prop_oneof![2 => Just(DEFAULT_BLOCK_BYTES), 1 => Just(SMALL_BLOCK_BYTES)];
    (segment, 1_u64..6, fill, blocks).prop_map(
        |(segment_bytes, block_entries, fill_bytes, block_bytes)| Tuning {
            segment_bytes,
            block_entries,
            fill_bytes,
            block_bytes,
            // The plain order in every other program. The order is made of a number that is drawn
            // anyway, so that a seed grows the same operations in any order.
            order: segment_bytes * (segment_bytes % 2),
        },
    )
}

fn op(mix: SequenceMix) -> BoxedStrategy<Op> {
    let big = mix.big;
    let core = prop_oneof![
        12 => append(big),
        4 => truncate(),
        5 => purge(),
        3 => vote(),
        2 => option::of(spot()).prop_map(|at| Op::Committed { at }),
        4 => range(false).prop_map(|range| Op::Read { range }),
        2 => (spot(), spot()).prop_map(|(from, to)| Op::ReadLimited { from, to }),
        1 => (range(false), vec(plain_write(big), 1..3))
            .prop_map(|(range, writes)| Op::ReadAcross { range, writes }),
        2 => Just(Op::Reopen),
        2 => pending(big).prop_map(|pending| Op::DropReopen { pending }),
    ]
    .boxed();
    let mut choices = vec![(41, core)];
    let caller = mix.capabilities.caller;
    if caller >= Caller::Trait {
        choices.push((5, in_flight(mix.capabilities.unstorable, big)));
    }
    if caller >= Caller::Strict {
        choices.push((10, strict(big)));
    }
    if mix.capabilities.exclusive {
        choices.push((1, Just(Op::OpenTwice).boxed()));
    }
    if mix.simulated {
        choices.push((2, fault(big)));
        choices.push((3, crash(big)));
    }
    proptest::strategy::Union::new_weighted(choices).boxed()
}

/// What the documentation of the trait allows beyond openraft's core.
fn in_flight(unstorable: bool, big: bool) -> BoxedStrategy<Op> {
    prop_oneof![
        3 => burst(vec(vote(), 0..2), big),
        u32::from(unstorable) => any::<u64>().prop_map(|seed| Op::AppendUnstorable { seed }),
    ]
    .boxed()
}

fn burst(behind: impl Strategy<Value = Vec<Op>>, big: bool) -> impl Strategy<Value = Op> {
    let appends = vec(vec(entry(big), 0..4), 1..5);
    (appends, lead(), behind).prop_map(|(appends, lead, behind)| Op::Burst {
        appends,
        lead,
        behind,
    })
}

/// A write that is not an append, often one that finds nothing to do.
fn write_behind() -> impl Strategy<Value = Op> {
    prop_oneof![
        1 => vote(),
        1 => truncate(),
        1 => purge(),
        1 => Just(Op::truncate_nothing()),
        1 => Just(Op::purge_nothing()),
    ]
}

/// What only the strict caller does.
fn strict(big: bool) -> BoxedStrategy<Op> {
    let over = (spot(), vec(entry(big), 1..MAX_BATCH), lead())
        .prop_map(|(at, entries, lead)| Op::AppendOver { at, entries, lead });
    let disorder = prop_oneof![
        Just(Disorder::OlderThanLast),
        Just(Disorder::InsideBatch),
        Just(Disorder::GapInBatch),
    ];
    let below = (1_u8..4, 0_u8..3).prop_map(|(below, above)| Op::AppendBelow { below, above });
    prop_oneof![
        4 => over,
        2 => below,
        2 => burst(vec(write_behind(), 1..3), big),
        1 => (0_u8..3).prop_map(|gap| Op::AppendHole { gap }),
        1 => disorder.prop_map(|how| Op::AppendUnordered { how }),
        1 => (0_u8..4, any::<bool>()).prop_map(|(back, later)| Op::PurgeBack { back, later }),
        1 => range(true).prop_map(|range| Op::Read { range }),
        2 => (plain_write(big), 0_u8..4)
            .prop_map(|(write, polls)| Op::Cancel { write: Box::new(write), polls }),
    ]
    .boxed()
}

fn fault(big: bool) -> BoxedStrategy<Op> {
    let kind = prop_oneof![
        Just(FaultKind::Write),
        Just(FaultKind::WriteNoSpace),
        Just(FaultKind::ShortWrite),
        Just(FaultKind::Sync),
        Just(FaultKind::SyncDir),
        Just(FaultKind::Rename),
        Just(FaultKind::Create),
    ];
    (kind, 1_u8..5, vec(plain_write(big), 1..5))
        .prop_map(|(kind, nth, writes)| Op::Fault { kind, nth, writes })
        .boxed()
}

fn crash(big: bool) -> BoxedStrategy<Op> {
    let kept = prop_oneof![
        Just(Kept::None),
        Just(Kept::All),
        any::<u8>().prop_map(Kept::Prefix),
        any::<u8>().prop_map(Kept::Only),
        any::<u8>().prop_map(Kept::AllBut),
    ];
    (plain_write(big), any::<u8>(), kept)
        .prop_map(|(write, call, keep)| Op::Crash {
            write: Box::new(write),
            call,
            keep,
        })
        .boxed()
}

fn plain_write(big: bool) -> BoxedStrategy<Op> {
    prop_oneof![
        4 => append(big),
        2 => truncate(),
        2 => purge(),
        1 => vote(),
    ]
    .boxed()
}

fn append(big: bool) -> BoxedStrategy<Op> {
    (vec(entry(big), 0..=MAX_BATCH), lead())
        .prop_map(|(entries, lead)| Op::Append { entries, lead })
        .boxed()
}

fn truncate() -> impl Strategy<Value = Op> {
    spot().prop_map(|at| Op::Truncate { at })
}

fn purge() -> impl Strategy<Value = Op> {
    (spot(), lead()).prop_map(|(at, lead)| Op::Purge { at, lead })
}

fn pending(big: bool) -> impl Strategy<Value = Vec<EntryContent>> {
    prop_oneof![2 => Just(Vec::new()), 1 => vec(entry(big), 1..4)]
}

fn vote() -> impl Strategy<Value = Op> {
    (0_u8..3, 0_u8..4, any::<bool>()).prop_map(|(up, node, committed)| Op::Vote {
        up,
        node,
        committed,
    })
}

fn lead() -> impl Strategy<Value = Lead> {
    prop_oneof![
        4 => Just(Lead::Same),
        1 => Just(Lead::HigherNode),
        2 => (1_u8..3).prop_map(Lead::Later),
    ]
}

fn entry(big: bool) -> BoxedStrategy<EntryContent> {
    prop_oneof![
        2 => Just(EntryContent::Blank),
        8 => payload(big).prop_map(EntryContent::Normal),
        1 => any::<u64>().prop_map(EntryContent::Membership),
    ]
    .boxed()
}

fn payload(big: bool) -> impl Strategy<Value = PayloadSeed> {
    let bytes = prop_oneof![
        BIG_ONE_IN / 2 => 0_u32..40,
        BIG_ONE_IN / 4 => 40_u32..300,
        BIG_ONE_IN / 64 => 300_u32..6_000,
        u32::from(big) => Just(BIG_PAYLOAD),
    ];
    let shape = prop_oneof![
        8 => Just(PayloadShape::Plain),
        2 => Just(PayloadShape::Unicode),
        2 => Just(PayloadShape::Control),
        2 => Just(PayloadShape::Numbers),
        1 => Just(PayloadShape::Deep),
        2 => Just(PayloadShape::Shaped),
    ];
    (any::<u64>(), bytes, shape).prop_map(|(seed, bytes, shape)| PayloadSeed { seed, bytes, shape })
}

fn spot() -> impl Strategy<Value = Spot> {
    prop_oneof![
        2 => Just(Spot::First),
        4 => any::<u8>().prop_map(Spot::Part),
        3 => (any::<u8>(), -1_i8..=1).prop_map(|(nth, off)| Spot::Border { nth, off }),
        3 => Just(Spot::Last),
        1 => (0_u8..6).prop_map(Spot::Above),
        1 => (0_u8..3).prop_map(Spot::Below),
    ]
}

fn range(inverted: bool) -> impl Strategy<Value = RangeShape> {
    (end(), end()).prop_map(move |(start, end)| RangeShape {
        start,
        end,
        inverted,
    })
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        2 => Just(End::Open),
        4 => spot().prop_map(End::Included),
        4 => spot().prop_map(End::Excluded),
        1 => Just(End::Max),
        1 => Just(End::Zero),
    ]
}
