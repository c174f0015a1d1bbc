//! Arguments.

use clap::{Parser, Subcommand};

#[cfg(feature = "campaign")]
use crate::campaign::{CampaignVerb, RunArgs};
#[cfg(feature = "campaign")]
use crate::exit::EXIT_CODES;
use crate::inspect::{self, CheckArgs, DumpArgs, RepairArgs};

/// Checks a Raft log store against an in-memory reference log, and against power cuts.
#[cfg(feature = "campaign")]
#[derive(Debug, Parser)]
#[command(name = "openraft-timevault", version, after_help = EXIT_CODES)]
// An option before another verb would be one of `run` and have no effect.
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// What to do; without it, `run`.
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Options of `run`.
    #[command(flatten)]
    run: RunArgs,
}

/// Looks at Raft logs on the disk, and mends what loses nothing.
#[cfg(not(feature = "campaign"))]
#[derive(Debug, Parser)]
#[command(name = "openraft-timevault", version, after_help = inspect::EXIT_CODES)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    verb: Verb,
}

impl Args {
    /// What to do.
    pub(crate) fn verb(self) -> Verb {
        #[cfg(feature = "campaign")]
        let verb = self
            .verb
            .unwrap_or(Verb::Campaign(CampaignVerb::Run(self.run)));
        #[cfg(not(feature = "campaign"))]
        let verb = self.verb;
        verb
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Something with the harness.
    #[cfg(feature = "campaign")]
    #[command(flatten)]
    Campaign(CampaignVerb),
    /// Look at a store on the disk: is it whole? Reads everything, writes nothing.
    #[command(after_help = inspect::EXIT_CODES)]
    Check(CheckArgs),
    /// Show what is in a store: a summary, some records, or one. Writes nothing.
    #[command(after_help = inspect::EXIT_CODES)]
    Dump(DumpArgs),
    /// Mend what loses nothing: write an index anew from its chunk, remove leftovers. Says what it
    /// would do unless told `--yes`.
    #[command(after_help = inspect::EXIT_CODES)]
    Repair(RepairArgs),
}
