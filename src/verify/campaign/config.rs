//! How much a campaign does.

use std::path::PathBuf;

/// How much a campaign does. Everything but the number of threads decides the outcome.
#[derive(Debug, Clone)]
pub struct Config {
    /// Seed of everything.
    pub seed: u64,
    /// Random programs on a simulated disk.
    pub sequences: u64,
    /// Random programs on real files.
    pub real_sequences: u64,
    /// Least and most operations of a random program.
    pub length: (usize, usize),
    /// Longest programs of the exhaustive crash part; 0 leaves it out.
    pub crash_length: usize,
    /// Large stores whose files are damaged, each ended in every way.
    pub damage_stores: u64,
    /// Damages of each kind in each file of a store; of single bits eight times as many.
    pub damage_places: usize,
    /// Threads that run programs.
    pub threads: usize,
    /// Where repro files go; `None` = nowhere.
    pub out: Option<PathBuf>,
    /// Whether too small counts fail the campaign.
    pub floors: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            sequences: 10_000,
            real_sequences: 500,
            length: (10, 60),
            crash_length: 2,
            damage_stores: 1,
            damage_places: 6,
            threads: 2,
            out: None,
            floors: true,
        }
    }
}

impl Config {
    /// A small campaign for `cargo test`: some hundred programs, no floors.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            sequences: 300,
            real_sequences: 10,
            crash_length: 1,
            damage_places: 1,
            floors: false,
            ..Self::default()
        }
    }
}
