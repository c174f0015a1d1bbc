//! Seeded choices where there are too many to try them all.

use super::CrashPoint;

/// Most pending operations of which [`Level::L4`](super::Level::L4) tries all subsets.
pub const MAX_EXHAUSTIVE: usize = 12;

/// Subsets that [`Level::L4`](super::Level::L4) draws at a crash point with more operations,
/// where nothing else is asked for.
pub const SAMPLES: usize = 256;

/// How subsets are drawn. The same seed draws the same ones at the same point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// What the draws follow from.
    pub seed: u64,
    /// How many are drawn at each crash point; fewer may come of it, as equal ones count once.
    pub samples: usize,
}

impl Default for Sampling {
    /// Seed 0, [`SAMPLES`] draws.
    fn default() -> Self {
        Self {
            seed: 0,
            samples: SAMPLES,
        }
    }
}

/// A stream of random numbers (SplitMix64): small, and the same on every machine.
#[derive(Debug)]
pub(super) struct Draws(u64);

impl Draws {
    /// Draws for one crash point, other ones than for the next.
    pub(super) fn at(seed: u64, point: CrashPoint) -> Self {
        let (calls, bytes) = match point {
            CrashPoint::After(calls) => (calls, 0),
            CrashPoint::Inside { call, bytes } => (call, bytes),
        };
        let mut draws = Self(seed);
        draws.0 ^= draws.next().wrapping_add(calls);
        draws.0 ^= draws.next().wrapping_add(bytes);
        draws
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
