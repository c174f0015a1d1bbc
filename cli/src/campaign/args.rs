//! Options of the campaign's verbs.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args as ClapArgs, Subcommand};
use crash_disk::sim::{Level, Profile};
use openraft_timevault::verify::campaign::Shard;
use openraft_timevault::verify::crash::Scope;

use crate::exit::EXIT_CODES;
use crate::inspect::Format;

/// What to do with the harness.
#[derive(Debug, Subcommand)]
pub(crate) enum CampaignVerb {
    /// Run the campaign: random programs, crash states, failing calls, full disks, killed
    /// processes, damage, seeded bugs.
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Run what a repro file says.
    #[command(after_help = EXIT_CODES)]
    Replay {
        /// The repro file.
        file: PathBuf,
    },
    /// Leave out one sync of the store after the other and show which rule finds it.
    #[command(after_help = EXIT_CODES)]
    Audit {
        /// The store.
        #[arg(long, default_value = "timevault")]
        subject: String,
        /// Longest programs that a missing sync is looked for with.
        #[arg(long, default_value_t = 2)]
        length: usize,
        /// Only sites whose `file:line` contains this.
        #[arg(long)]
        only: Option<String>,
        /// Write `docs/sync-audit.md`; only in the source tree.
        #[arg(long)]
        document: bool,
    },
    /// Write to a store until killed; started by `run`.
    #[command(hide = true)]
    KillChild {
        /// The store.
        subject: String,
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
        /// How many seeds, from that one on; more than one only with `--matrix` or `--correct`.
        #[arg(long, default_value_t = 1, requires = "many")]
        seeds: u64,
        /// Leave the bugs out: judge the correct stores, in which nothing may be found, for each caller, on the seam and
        /// on mounted disks.
        #[arg(long, group = "many")]
        correct: bool,
        /// Write the detection matrix to this file: every bug with every seed, the odd stores, and
        /// what openraft's own suite finds.
        #[arg(long, group = "many")]
        matrix: Option<PathBuf>,
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
    #[arg(long, default_value_t = 3)]
    pub(crate) crash_length: usize,
    /// Random long programs of which all crash states of one operation are tried; 0 = none.
    #[arg(long, default_value_t = 100)]
    pub(crate) random_crashes: u64,
    /// Longest programs whose disk calls are all made to fail, and whose disks are full; 0 = none.
    #[arg(long, default_value_t = 2)]
    pub(crate) fault_length: usize,
    /// Processes that are killed while they write to a real directory; 0 = none.
    #[arg(long, default_value_t = 200)]
    pub(crate) kill_rounds: u64,
    /// Which crash states are tried: L0 (nothing or everything kept) to L4 (all subsets).
    #[arg(long, default_value_t = Level::L2)]
    pub(crate) level: Level,
    /// What a crash may leave: `kill`, `ext4`, `xfs`, `posix`, `paranoid`; several with commas.
    #[arg(long, value_delimiter = ',', default_values_t = Scope::PROMISED)]
    pub(crate) profile: Vec<Profile>,
    /// Which states are tried of crashes inside a recovery, and inside the recovery after that.
    #[arg(long, value_delimiter = ',', default_values_t = [Level::L2])]
    pub(crate) nested: Vec<Level>,
    /// Longest programs with crashes inside recoveries; 0 = none, also not of interrupted purges.
    #[arg(long, default_value_t = 1)]
    pub(crate) nested_length: usize,
    /// Leave the phase of interrupted purges out, which tries all subsets of what is pending.
    #[arg(long = "no-purge-window", action = ArgAction::SetFalse)]
    pub(crate) purge_window: bool,
    /// Use the store on every recovered disk of programs up to this length, and on one of each
    /// shape of longer ones.
    #[arg(long, default_value_t = 2)]
    pub(crate) every_disk_up_to: usize,
    /// Large stores whose files are damaged, each ended in every way.
    #[arg(long, default_value_t = 1)]
    pub(crate) damage_stores: u64,
    /// Damages of each kind in each file of a store; of single bits eight times as many.
    #[arg(long, default_value_t = 6)]
    pub(crate) damage_places: usize,
    /// Threads that run programs; one for each processor if not given. The outcome does not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) workers: Option<u16>,
    /// Stop after so many seconds; what did not run is said.
    #[arg(long, value_parser = seconds)]
    pub(crate) time_budget: Option<Duration>,
    /// Do one share of the work, `I/N` for example `1/2`, and write `shard.json` beside the outcomes for `--join`.
    #[arg(long, value_name = "I/N", conflicts_with = "join")]
    pub(crate) shard: Option<Shard>,
    /// The output folder of a shard that was run before with the same options, once for each of them: nothing is run,
    /// and the outcome is that of the whole.
    #[arg(long, value_name = "DIR")]
    pub(crate) join: Vec<PathBuf>,
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

fn seconds(text: &str) -> Result<Duration, String> {
    text.trim_end_matches('s')
        .parse()
        .map(Duration::from_secs)
        .map_err(|error| error.to_string())
}
