//! The sync audit: the campaign without one sync, sync by sync.

use crash_disk::sim::Level;

use super::sync_sites::sites_of;
use super::{
    Config, Counterexample, CrashPhase, FaultPhase, ModelDisk, ModelPhase, NoProgress, Trouble,
};
use crate::audit::{Ignoring, Site};
use crate::crash::Scope;
use crate::subject::Subject;
use crate::tasks::Runtime;

/// Longest programs whose sites are collected.
const SITES_LENGTH: usize = 1;

/// Random programs that a missing sync may hide from.
const SEQUENCES: u64 = 2_000;

/// The states of a crash inside a recovery, in the shortest programs.
const NESTED: &[Level] = &[Level::L2];

/// What came of leaving out one sync.
#[derive(Debug, Clone)]
pub struct Audited {
    /// The sync.
    pub site: Site,
    /// What was broken without it, shrunk. `None` = nothing.
    pub found: Option<Counterexample>,
}

/// The syncs that the store asks for, in the order of the source.
///
/// # Errors
/// The machine refuses a runtime; the store breaks a rule with all its syncs.
pub fn sync_sites<S: Subject>(subject: &S) -> std::io::Result<Vec<Site>> {
    let runtime = Runtime::new()?;
    sites_of(&runtime, subject, SITES_LENGTH).map_err(std::io::Error::other)
}

/// Leaves out the syncs of one site and looks for what breaks: with all crash states and failing
/// calls of the shortest programs, with random programs, with crashes inside the recoveries of the
/// shortest, then with programs up to `length`.
///
/// # Errors
/// The machine refuses threads or memory.
pub fn audit<S: Subject>(
    subject: &S,
    config: &Config,
    (site, length): (Site, usize),
) -> std::io::Result<Audited> {
    let subject = Ignoring::site(subject.clone(), site);
    let config = Config {
        floors: false,
        end_at_first_finding: true,
        ..config.clone()
    };
    let crash = |length, nested: &[Level]| CrashPhase::new(length, Scope::default().nested(nested));
    let fault = |length| FaultPhase {
        length,
        trouble: Trouble::FailingCalls,
    };
    // Only in these does a crash follow what was done after another crash.
    let random = ModelPhase {
        name: "in memory",
        disk: ModelDisk::Simulated,
        sequences: SEQUENCES,
        big: true,
    };
    let mut tries = vec![
        Try::Crash(crash(1, &[])),
        Try::Fault(fault(1)),
        Try::Random(random),
        Try::Crash(crash(1, NESTED)),
    ];
    for length in 2..=length {
        tries.extend([Try::Crash(crash(length, &[])), Try::Fault(fault(length))]);
    }
    for try_ in tries {
        let phase = match try_ {
            Try::Crash(phase) => phase.run(&subject, &config, &NoProgress)?,
            Try::Fault(phase) => phase.run(&subject, &config, &NoProgress)?,
            Try::Random(phase) => phase.run(&subject, &config, &NoProgress)?,
        };
        let found = phase.found.into_iter().next();
        if found.is_some() {
            return Ok(Audited { site, found });
        }
    }
    Ok(Audited { site, found: None })
}

/// Where a missing sync is looked for.
enum Try {
    Crash(CrashPhase),
    Fault(FaultPhase),
    Random(ModelPhase),
}
