//! What a child does: an endless row of steps drawn from the seed and the round.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::log::EntryContent;
use crate::op::{Lead, Op, Spot};
use crate::payload::{PayloadSeed, PayloadShape};
use crate::subject::Tuning;

/// Entries of the largest append: more than a segment holds.
const MOST_ENTRIES: u64 = 9;

/// Bytes of text in the largest entry.
const MOST_BYTES: u32 = 200;

/// Bytes by which files are filled ahead in every other round.
const FILL_BYTES: u64 = 512;

/// A step of a child.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A write. With `hold` its callback is not waited for before the next step.
    Write { op: Op, hold: bool },
    /// A clean close and an open.
    Reopen,
    /// A drop and an open.
    Drop,
    /// Nothing for a moment.
    Idle,
}

/// The sizes of a round.
pub(super) fn tuning(round: u64) -> Tuning {
    Tuning {
        fill_bytes: round % 2 * FILL_BYTES,
        ..Tuning::SMALL
    }
}

/// The steps of a round.
#[derive(Debug)]
pub(super) struct Script {
    rng: ChaCha8Rng,
    /// Number of the step that comes next.
    next: u64,
}

impl Script {
    /// Those of a round.
    pub(super) fn new(seed: u64, round: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(round);
        Self { rng, next: 0 }
    }

    /// The next step and its number.
    pub(super) fn step(&mut self) -> (u64, Step) {
        let number = self.next;
        self.next += 1;
        (number, self.draw())
    }

    /// About as many entries are purged as appended, so that the log stays short.
    fn draw(&mut self) -> Step {
        let write = |op| Step::Write { op, hold: false };
        match self.rng.random_range(0..100) {
            0..45 => {
                let op = Op::Append {
                    entries: self.entries(),
                    lead: self.lead(),
                };
                Step::Write {
                    op,
                    hold: self.rng.random_range(0..3) == 0,
                }
            }
            45..51 => write(Op::AppendOver {
                at: self.spot(),
                entries: self.entries(),
                lead: Lead::Later(1),
            }),
            51..58 => write(Op::Truncate { at: self.spot() }),
            58..72 => write(Op::Purge {
                at: self.spot(),
                lead: Lead::Same,
            }),
            72..73 => write(Op::Purge {
                at: Spot::Above(2),
                lead: Lead::Later(1),
            }),
            73..84 => write(Op::Vote {
                up: 1,
                node: self.rng.random_range(1..4),
                committed: self.rng.random(),
            }),
            84..90 => Step::Reopen,
            90..96 => Step::Drop,
            _ => Step::Idle,
        }
    }

    fn entries(&mut self) -> Vec<EntryContent> {
        let count = match self.rng.random_range(0..4) {
            0 => MOST_ENTRIES,
            1 => 3,
            _ => 1,
        };
        (0..count)
            .map(|_| {
                EntryContent::Normal(PayloadSeed {
                    seed: self.rng.random(),
                    bytes: self.rng.random_range(0..MOST_BYTES),
                    shape: PayloadShape::Plain,
                })
            })
            .collect()
    }

    fn lead(&mut self) -> Lead {
        match self.rng.random_range(0..8) {
            0 => Lead::Later(1),
            _ => Lead::Same,
        }
    }

    fn spot(&mut self) -> Spot {
        match self.rng.random_range(0..4) {
            0 => Spot::Border {
                nth: self.rng.random_range(0..8),
                off: self.rng.random_range(-1..2),
            },
            1 => Spot::Last,
            _ => Spot::Part(self.rng.random()),
        }
    }
}
