//! The command line: looks at stores on the disk and, with the feature `campaign`, runs the campaign, replays what it
//! found, and lists rules and bugs.

mod args;
#[cfg(feature = "campaign")]
mod campaign;
mod exit;
mod inspect;
mod out;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Verb};
use exit::Exit;

fn main() -> ExitCode {
    #[cfg(feature = "campaign")]
    openraft_timevault::verify::serve_disk_if_asked();
    let exit = match Args::parse().verb() {
        #[cfg(feature = "campaign")]
        Verb::Campaign(verb) => campaign::carry_out(verb),
        Verb::Check(args) => inspect::check::check(&args),
        Verb::Dump(args) => inspect::dump::dump(&args),
        Verb::Repair(args) => inspect::repair::repair(&args),
    };
    exit.unwrap_or_else(|error| {
        out::note(format_args!("error: {error}"));
        Exit::Usage
    })
    .into()
}
