//! The campaign's verbs: what is done with the harness.

mod args;
mod audit;
mod bugs;
mod out_dir;
mod progress;
mod replay;
mod rules;
mod run;
mod table;

use std::io;

use openraft_timevault::verify::Known;

pub(crate) use args::{CampaignVerb, RunArgs};

use crate::exit::Exit;

/// A campaign opens a simulated store about a thousand times a second on each core, and its threads
/// free what others allocated: with the system's allocator on Linux that takes a sixth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Carries out a verb of the campaign.
///
/// # Errors
/// The machine refuses something, or what was named is not there.
pub(crate) fn carry_out(verb: CampaignVerb) -> io::Result<Exit> {
    match verb {
        CampaignVerb::Run(args) => run::run(&args),
        CampaignVerb::Replay { file } => replay::replay(&file),
        CampaignVerb::Audit {
            subject,
            length,
            only,
            document,
        } => audit::audit(&subject, length, (only.as_deref(), document)),
        CampaignVerb::KillChild { subject } => Known::by_name(&subject)
            .and_then(|subject| subject.serve())
            .map(|()| Exit::Violation),
        CampaignVerb::Rules { format } => rules::rules(format),
        CampaignVerb::Bugs {
            seed,
            seeds,
            matrix: Some(file),
            ..
        } => bugs::matrix((seed, seeds), &file),
        CampaignVerb::Bugs {
            seed,
            seeds,
            correct: true,
            ..
        } => bugs::correct((seed, seeds)),
        CampaignVerb::Bugs { seed, format, .. } => bugs::one_by_one(seed, format),
    }
}
