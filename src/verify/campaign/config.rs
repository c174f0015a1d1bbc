//! How much a campaign does.

use std::path::PathBuf;

use timevault::sim_fs::Level;

use crate::verify::crash::Scope;

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
    /// Which crash states are tried of each of them.
    pub crash_scope: Scope,
    /// How often a crash may strike again inside a recovery, where that is tried.
    pub nested: usize,
    /// Longest programs with crashes inside recoveries; 0 leaves them out.
    pub nested_length: usize,
    /// Whether interrupted purges get a phase of their own, with all subsets of what is pending.
    pub purge_window: bool,
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
            crash_scope: Scope::new(Level::L2, &Scope::PROMISED),
            nested: 2,
            nested_length: 1,
            purge_window: true,
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
            nested_length: 0,
            purge_window: false,
            floors: false,
            ..Self::default()
        }
    }
}
