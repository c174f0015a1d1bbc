//! The seeded bugs: each must be found.

use std::io;

use crate::tasks::Runtime;

use super::driven::Driven;
use super::setting::setting;
use super::{
    BugInfo, Config, Counterexample, Detection, Floor, Phase, Progress, Setting, Share, Verdict,
    hunt, hunt_crashes, shared_phase, workers,
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

/// Name of the phase of [`hunt_all`].
pub const SEEDED_BUGS: &str = "seeded bugs";

/// Looks for all bugs, as a phase of a campaign: in a shard for its share of them. Where shards are joined, no bug is
/// looked for: the phase is what theirs come to.
///
/// # Errors
/// The machine refuses threads or memory; a shard did not look for its bugs.
pub fn hunt_all(
    bugs: &[Box<dyn Seeded>],
    config: &Config,
    progress: &dyn Progress,
) -> io::Result<(Phase, Vec<Detection>)> {
    let all = bugs.len() as u64;
    if let Share::Joined(shards) = &config.share {
        let of = (SEEDED_BUGS, "", config.seed);
        let joined = shared_phase::join(&shards.phase(SEEDED_BUGS)?, of, &[], None)?;
        return Ok((concluded(joined, all), Vec::new()));
    }
    let total = config.share.count(all);
    progress.phase(SEEDED_BUGS, total);
    let work = |_: &Runtime, place: u64| {
        let number = config.share.nth(place);
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
    let passed = detections.len() as u64;
    counts.add(count::BUGS, passed);
    let right = detections.iter().filter(|found| found.is_right()).count() as u64;
    counts.add(count::BUGS_FOUND, right);
    let driven = Driven {
        phase: Phase::new(SEEDED_BUGS, Verdict::Clean, counts),
        passed,
        ended: (passed < total).then_some(Verdict::Stopped),
    };
    let of_shard = config.share.shard();
    let of_shard = of_shard.map(|_| shared_phase::split(&driven, None));
    let mut phase = concluded(driven, total);
    phase.of_shard = of_shard.into_iter().collect();
    Ok((phase, detections))
}

/// The phase with its verdict: clean, if each of so many bugs was found.
fn concluded(driven: Driven, total: u64) -> Phase {
    let mut phase = driven.phase;
    let (right, least) = (
        phase.counts.of(count::BUGS_FOUND),
        phase.counts.of(count::BUGS),
    );
    let floor = Floor {
        name: count::BUGS_FOUND,
        least,
    };
    phase.verdict = match driven.ended {
        _ if right < least => Verdict::TooLittle(vec![(floor, right)]),
        Some(ended) => ended,
        None if least < total => Verdict::Stopped,
        None => Verdict::Clean,
    };
    phase
}
