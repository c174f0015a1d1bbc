//! The command line: runs the campaign, replays what it found, lists rules and bugs, and looks at
//! stores on the disk.

mod args;
mod audit;
mod bugs;
mod exit;
mod inspect;
mod out;
mod out_dir;
mod outcomes;
mod progress;
mod replay;
mod rules;
mod run;
mod table;

use std::process::ExitCode;

use clap::Parser as _;
use openraft_timevault::verify::Known;

use args::{Args, Verb};
use exit::Exit;

/// A campaign opens a simulated store about a thousand times a second on each core, and its threads
/// free what others allocated: with the system's allocator on Linux that takes a sixth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let verb = args.verb.unwrap_or(Verb::Run(args.run));
    let exit = match verb {
        Verb::Run(run) => run::run(&run),
        Verb::Replay { file } => replay::replay(&file),
        Verb::Audit {
            subject,
            length,
            only,
            document,
        } => audit::audit(&subject, length, (only.as_deref(), document)),
        Verb::KillChild { subject } => Known::by_name(&subject)
            .and_then(|subject| subject.serve())
            .map(|()| Exit::Violation),
        Verb::Check(args) => inspect::check::check(&args),
        Verb::Dump(args) => inspect::dump::dump(&args),
        Verb::Repair(args) => inspect::repair::repair(&args),
        Verb::Rules { format } => rules::rules(format),
        Verb::Bugs {
            seed,
            seeds,
            matrix: Some(file),
            ..
        } => bugs::matrix((seed, seeds), &file),
        Verb::Bugs { seed, format, .. } => bugs::one_by_one(seed, format),
    };
    exit.unwrap_or_else(|error| {
        out::note(format_args!("error: {error}"));
        Exit::Usage
    })
    .into()
}
