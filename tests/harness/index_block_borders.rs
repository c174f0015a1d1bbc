//! Log lengths at every multiple of the index block, one below and one above, through a clean
//! reopen: appended one by one and all at once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use openraft_timevault::verify::campaign::{ModelDisk, run_program};
use openraft_timevault::verify::log::EntryContent;
use openraft_timevault::verify::op::{Lead, Op, Program, RangeShape, StartState};
use openraft_timevault::verify::tasks::Runtime;
use openraft_timevault::verify::{PayloadSeed, PayloadShape, Tuning, timevault};

/// Multiples of the block that are tried.
const MULTIPLES: u64 = 4;

fn entry(seed: u64) -> EntryContent {
    EntryContent::Normal(PayloadSeed {
        seed,
        bytes: 8,
        shape: PayloadShape::Plain,
    })
}

/// A log of `length` entries, closed and opened, read, and appended to.
fn program(block_entries: u64, segment_bytes: u64, length: u64, at_once: bool) -> Program {
    let append = |entries| Op::Append {
        entries,
        lead: Lead::Same,
    };
    let mut ops = match at_once {
        true => vec![append((0..length).map(entry).collect())],
        false => (0..length).map(|n| append(vec![entry(n)])).collect(),
    };
    ops.push(Op::Reopen);
    ops.push(Op::Read {
        range: RangeShape::ALL,
    });
    ops.push(append(vec![entry(length)]));
    ops.push(Op::Reopen);
    let tuning = Tuning {
        segment_bytes,
        block_entries,
        ..Tuning::SMALL
    };
    Program {
        tuning,
        start: StartState::Empty,
        ops,
    }
}

fn lengths(block: u64) -> impl Iterator<Item = u64> {
    (1..=MULTIPLES).flat_map(move |multiple| {
        let border = multiple * block;
        [border - 1, border, border + 1]
    })
}

fn check(segment_bytes: u64) {
    let runtime = Runtime::new().unwrap();
    for block in [1, 2, 3, 5, 8, 128] {
        for length in lengths(block) {
            for at_once in [true, false] {
                let program = program(block, segment_bytes, length, at_once);
                let subject = timevault();
                if let Err(failure) =
                    run_program(&runtime, &subject, ModelDisk::Simulated, &program)
                {
                    panic!("block {block}, length {length}, at once {at_once}: {failure}");
                }
            }
        }
    }
}

#[test]
fn log_lengths_at_every_multiple_of_the_index_block_in_one_chunk() {
    check(64_000_000);
}

#[test]
fn log_lengths_at_every_multiple_of_the_index_block_over_chunks() {
    check(700);
}
