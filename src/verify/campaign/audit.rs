//! The sync audit: the campaign without one sync, sync by sync.

use super::workers;
use super::{
    Config, Counterexample, CrashPhase, FaultPhase, NoProgress, Progress, Trouble, Verdict,
};
use crate::verify::audit::{Ignoring, Site, sites_of};
use crate::verify::crash::Scope;
use crate::verify::subject::Subject;

/// Longest programs whose sites are collected.
const SITES_LENGTH: usize = 1;

/// Longest programs that a missing sync may hide from.
const LONGEST: usize = 2;

/// What came of leaving out one sync.
#[derive(Debug, Clone)]
pub struct Audited {
    /// The sync.
    pub site: Site,
    /// What was broken without it, shrunk. `None` = nothing.
    pub found: Option<Counterexample>,
}

/// Leaves out the syncs of one site after the other, and looks for what breaks: first with all crash
/// states and failing calls of the shortest programs, then with longer ones.
///
/// # Errors
/// The machine refuses threads or memory; the store breaks a rule with all its syncs.
pub fn audit<S: Subject>(
    subject: &S,
    config: &Config,
    progress: &dyn Progress,
) -> std::io::Result<Vec<Audited>> {
    let runtime = workers::runtime()?;
    let sites = sites_of(&runtime, subject, SITES_LENGTH).map_err(std::io::Error::other)?;
    progress.phase("sync audit", sites.len() as u64);
    let mut audited = Vec::new();
    for site in sites {
        if progress.stop() {
            break;
        }
        let found = without(subject, config, site)?;
        audited.push(Audited { site, found });
        progress.advance(1);
    }
    Ok(audited)
}

/// What breaks without this sync.
///
/// # Errors
/// The machine refuses threads or memory.
pub fn without<S: Subject>(
    subject: &S,
    config: &Config,
    site: Site,
) -> std::io::Result<Option<Counterexample>> {
    let subject = Ignoring::site(subject.clone(), site);
    let config = Config {
        floors: false,
        ..config.clone()
    };
    for length in 1..=LONGEST {
        let crash = CrashPhase {
            length,
            scope: Scope::default(),
        };
        let fault = FaultPhase {
            length,
            trouble: Trouble::FailingCalls,
        };
        for crashes in [true, false] {
            let phase = match crashes {
                true => crash.run(&subject, &config, &NoProgress)?,
                false => fault.run(&subject, &config, &NoProgress)?,
            };
            if let Verdict::Broken(found) = phase.verdict {
                return Ok(Some(*found));
            }
        }
    }
    Ok(None)
}
