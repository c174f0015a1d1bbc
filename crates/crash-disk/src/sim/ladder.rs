//! The choices that each level of the ladder adds.

use super::ino::Ino;
use super::op::{Op, OpKind};
use super::order::Marks;
use super::plan::Plan;
use super::sampling::Draws;
use super::{CrashPoint, Keep, Level, MAX_EXHAUSTIVE, Over, Rest, SECTOR_BYTES, Sampling, Tear};

/// Shares of the operations that a drawn subset keeps at random, in eighths.
const SHARES: [u64; 3] = [2, 4, 6];

/// The choices that `level` adds to those below it.
pub(super) fn choices(
    plan: &Plan,
    level: Level,
    block_bytes: usize,
    point: CrashPoint,
    sampling: &Sampling,
) -> Vec<Keep> {
    let pending = plan.pending().len();
    match level {
        Level::L0 => vec![Keep::None, Keep::All],
        Level::L1 => (1..pending).map(Keep::Prefix).collect(),
        Level::L2 => (0..pending)
            .map(Keep::Only)
            .chain((0..pending).map(Keep::AllBut))
            .collect(),
        Level::L3 => {
            let mut choices = variants(plan);
            choices.extend(tears(plan, block_bytes));
            choices
        }
        Level::L4 if pending <= MAX_EXHAUSTIVE => subsets(plan),
        Level::L4 => drawn(plan, point, sampling),
        Level::L5 => Vec::new(),
    }
}

fn is_data(op: &Op) -> bool {
    op.block().is_some()
}

fn is_size(op: &Op) -> bool {
    matches!(op.kind, OpKind::Size { .. })
}

/// What of each file, and of all together, is kept alone or lost alone: the lengths, the data.
fn variants(plan: &Plan) -> Vec<Keep> {
    let ops = plan.pending();
    let mut files: Vec<Option<Ino>> = vec![None];
    for op in ops {
        if op.file().is_some() && !files.contains(&op.file()) {
            files.push(op.file());
        }
    }
    let mut choices = Vec::new();
    for file in files {
        for of_kind in [is_data, is_size] {
            let concerned = |op: &Op| of_kind(op) && (file.is_none() || op.file() == file);
            let lost: Marks = ops.iter().map(|op| !concerned(op)).collect();
            choices.push(Keep::Subset(plan.order().without_dependents(lost)));
            // Alone with the entries, or nothing of it would show.
            let alone = ops.iter().map(|op| concerned(op) || op.file().is_none());
            choices.push(Keep::Subset(plan.order().with_needs(alone.collect())));
        }
    }
    choices
}

/// The first and the last pending block of each file, torn at every sector in both directions.
fn tears(plan: &Plan, block_bytes: usize) -> Vec<Keep> {
    let mut ends: Vec<(Ino, usize, usize)> = Vec::new();
    for (index, op) in plan.pending().iter().enumerate() {
        let Some((ino, _)) = op.block() else { continue };
        match ends.iter_mut().find(|(of, ..)| *of == ino) {
            Some((.., last)) => *last = index,
            None => ends.push((ino, index, index)),
        }
    }
    let mut choices = Vec::new();
    for (_, first, last) in ends {
        choices.extend(tears_of(plan, first, block_bytes));
        if last != first {
            choices.extend(tears_of(plan, last, block_bytes));
        }
    }
    choices
}

/// All tears of the block that one write goes to.
fn tears_of(plan: &Plan, op: usize, block_bytes: usize) -> Vec<Keep> {
    let ops = plan.pending();
    let block = ops.get(op).and_then(|op| op.block());
    let of_block = |(_, op): &(usize, &std::sync::Arc<Op>)| op.block() == block;
    let writes: Vec<(usize, usize, usize)> = ops
        .iter()
        .enumerate()
        .take(op + 1)
        .filter(of_block)
        .filter_map(|(index, op)| match &op.kind {
            OpKind::Data { start, bytes, .. } => {
                Some((index, *start, *start + bytes.bytes().len()))
            }
            _ => None,
        })
        .collect();
    let sectors = block_bytes.div_ceil(SECTOR_BYTES);
    let mut choices = Vec::new();
    let mut add = |start: usize, end: usize, over: Over| {
        // Only where the border lies inside what was written.
        for border in start / SECTOR_BYTES + 1..end.div_ceil(SECTOR_BYTES) {
            for (from, to) in [(0, border), (border, sectors)] {
                for rest in [Rest::All, Rest::Before] {
                    choices.push(Keep::Torn(Tear {
                        op,
                        from,
                        to,
                        over,
                        rest,
                    }));
                }
            }
        }
    };
    let (first, end) = (
        writes.iter().map(|(_, start, _)| *start).min(),
        writes.iter().map(|(.., end)| *end).max(),
    );
    add(first.unwrap_or(0), end.unwrap_or(0), Over::Durable);
    if let ([_, .., (_, start, end)], true) = (writes.as_slice(), writes.len() > 1) {
        add(*start, *end, Over::Before);
    }
    choices
}

/// Every subset that a disk can make.
fn subsets(plan: &Plan) -> Vec<Keep> {
    let pending = plan.pending().len();
    let closed = (0..1_u32 << pending).filter_map(|bits| {
        let marks: Marks = (0..pending).map(|op| bits & 1 << op != 0).collect();
        (plan.order().with_needs(marks.clone()) == marks).then_some(Keep::Subset(marks))
    });
    closed.collect()
}

/// Subsets drawn at random, from sparse to dense, completed alternately by adding what is needed
/// and by taking away what cannot be.
fn drawn(plan: &Plan, point: CrashPoint, sampling: &Sampling) -> Vec<Keep> {
    let mut draws = Draws::at(sampling.seed, point);
    let pending = plan.pending().len();
    let shares = SHARES.into_iter().cycle().take(sampling.samples);
    let subset = |(number, share): (usize, u64)| {
        let marks = (0..pending).map(|_| draws.next() % 8 < share).collect();
        Keep::Subset(if number % 2 == 0 {
            plan.order().with_needs(marks)
        } else {
            plan.order().without_dependents(marks)
        })
    };
    shares.enumerate().map(subset).collect()
}
