//! The seeded bugs: each must be found.

use std::io;

use crate::tasks::Runtime;

use super::setting::setting;
use super::{
    BugInfo, Config, Counterexample, Detection, Floor, Phase, Progress, Setting, Verdict, hunt,
    hunt_crashes, workers,
};
use crate::counts::{Counts, count};
use crate::subject::{DiskServer, Subject, SuiteRun, Variant};

/// A store with a bug on purpose.
pub trait Seeded: Send + Sync {
    /// What is known about the bug.
    fn info(&self) -> BugInfo;

    /// Looks for it.
    ///
    /// # Errors
    /// The machine refuses threads or memory.
    fn hunt(&self, config: &Config) -> io::Result<Detection>;

    /// Whether a crash on a mounted disk shows it, by a rule that is about it.
    ///
    /// # Errors
    /// As [`Self::hunt`].
    fn is_found_on_mounts(&self, config: &Config, server: &DiskServer) -> io::Result<bool>;

    /// What a counterexample to this store needs to be seen.
    fn setting(&self, runtime: &Runtime, found: &Counterexample) -> Setting;

    /// Starts the suite of its API on it, where there is one.
    fn suite(&self) -> Option<SuiteRun>;
}

/// A subject with a bug on purpose.
#[derive(Debug, Clone)]
pub struct SeededStore<S> {
    info: BugInfo,
    subject: S,
}

impl<S: Subject> SeededStore<S> {
    /// The subject, which has the bug.
    pub fn new(info: BugInfo, subject: S) -> Self {
        Self { info, subject }
    }
}

impl<S: Subject> Seeded for SeededStore<S> {
    fn info(&self) -> BugInfo {
        self.info
    }

    fn hunt(&self, config: &Config) -> io::Result<Detection> {
        hunt(self.info, &self.subject, config)
    }

    fn is_found_on_mounts(&self, config: &Config, server: &DiskServer) -> io::Result<bool> {
        let subject = Variant::of(self.subject.clone()).on_mounts(server.clone());
        let found = hunt_crashes(&subject, config)?;
        let is_right = |found: Counterexample| self.info.may_break(found.violation.rule.name);
        Ok(found.is_some_and(is_right))
    }

    fn setting(&self, runtime: &Runtime, found: &Counterexample) -> Setting {
        setting(runtime, &self.subject, found)
    }

    fn suite(&self) -> Option<SuiteRun> {
        self.subject.suite()
    }
}

/// Looks for all bugs, as a phase of a campaign.
///
/// # Errors
/// The machine refuses threads or memory.
pub fn hunt_all(
    bugs: &[Box<dyn Seeded>],
    config: &Config,
    progress: &dyn Progress,
) -> io::Result<(Phase, Vec<Detection>)> {
    const NAME: &str = "seeded bugs";
    let total = bugs.len() as u64;
    progress.phase(NAME, total);
    let work = |_: &Runtime, number: u64| {
        let bug = usize::try_from(number).ok().and_then(|at| bugs.get(at));
        bug.map_or_else(
            || Err(io::Error::other("there is no such bug")),
            |bug| bug.hunt(config),
        )
    };
    let outcome = workers::run((0..total, config.threads), progress, &work)?;
    if let Some((_, error)) = outcome.failed {
        return Err(error);
    }
    let detections = outcome.passed;
    let mut counts = Counts::default();
    counts.add(count::BUGS, detections.len() as u64);
    let right = detections.iter().filter(|found| found.is_right()).count() as u64;
    counts.add(count::BUGS_FOUND, right);
    let floor = Floor {
        name: count::BUGS_FOUND,
        least: counts.of(count::BUGS),
    };
    let verdict = if right < floor.least {
        Verdict::TooLittle(vec![(floor, right)])
    } else if floor.least < total {
        Verdict::Stopped
    } else {
        Verdict::Clean
    };
    Ok((Phase::new(NAME, verdict, counts), detections))
}
