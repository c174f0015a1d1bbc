//! Arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::exit::EXIT_CODES;

/// Checks a Raft log store against an in-memory reference log, and against power cuts.
#[derive(Debug, Parser)]
#[command(name = "openraft-timevault", version, after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// What to do; without it, `run`.
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
    /// Options of `run`.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the campaign: random programs, crash states, damage, seeded bugs.
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Run what a repro file says.
    #[command(after_help = EXIT_CODES)]
    Replay {
        /// The repro file.
        file: PathBuf,
    },
    /// List the rules of the contract.
    Rules {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Switch on one seeded bug after the other and show which rule finds it.
    #[command(after_help = EXIT_CODES)]
    Bugs {
        /// Seed of the programs.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// Options of `run`.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct RunArgs {
    /// Seed of everything.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Random programs in memory; a twentieth as many run on real files.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) sequences: u64,
    /// Longest programs whose crash states are all tried; 0 = none.
    #[arg(long, default_value_t = 2)]
    pub(crate) crash_length: usize,
    /// Large stores whose files are damaged, each ended in every way.
    #[arg(long, default_value_t = 1)]
    pub(crate) damage_stores: u64,
    /// Damages of each kind in each file of a store; of single bits eight times as many.
    #[arg(long, default_value_t = 6)]
    pub(crate) damage_places: usize,
    /// Stop after so many seconds; what did not run is said.
    #[arg(long, value_parser = seconds)]
    pub(crate) time_budget: Option<Duration>,
    /// The store: `timevault` or `plain-wal`, with `+BUG` behind it for a broken one.
    #[arg(long, default_value = "timevault")]
    pub(crate) subject: String,
    /// Leave the seeded bugs out.
    #[arg(long)]
    pub(crate) no_bugs: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Folder of the outcomes and the repro files.
    #[arg(long, default_value = "verify.out")]
    pub(crate) out: PathBuf,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Tables.
    #[default]
    Human,
    /// One JSON document per line.
    Json,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.trim_end_matches('s')
        .parse()
        .map(Duration::from_secs)
        .map_err(|error| error.to_string())
}
