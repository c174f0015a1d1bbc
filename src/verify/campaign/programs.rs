//! Numbered programs, each with every crash state that a scope names.

use timevault::sim_fs::{Level, Profile};
use tokio::runtime::Runtime;

use super::workers;
use super::{Config, Counterexample, Floor, ModelDisk, Phase, Progress, Verdict};
use crate::verify::counts::{Counts, count};
use crate::verify::crash::{CrashFailure, Judged, Met, Scope, explore, simplest, timeline};
use crate::verify::op::{Program, shrink};
use crate::verify::subject::Subject;

/// Numbered programs of a phase.
pub(super) struct Programs<'a> {
    /// Name of the phase.
    pub(super) phase: &'static str,
    /// How many there are.
    pub(super) total: u64,
    /// The one of a number, counted from 0.
    pub(super) program: &'a (dyn Fn(u64) -> Option<Program> + Sync),
}

impl Programs<'_> {
    /// Judges every crash state of each program; a disk that several of them leave is judged once.
    ///
    /// # Errors
    /// The machine refuses threads or memory.
    pub(super) fn explore<S: Subject>(
        &self,
        subject: &S,
        scope: &Scope,
        (config, progress): (&Config, &dyn Progress),
    ) -> std::io::Result<Phase> {
        progress.phase(self.phase, self.total);
        let judged = Judged::new();
        let work = |runtime: &Runtime, number: u64| {
            let program = (self.program)(number).unwrap_or_else(|| Program::of(Vec::new()));
            explore(runtime, subject, &program, scope, &judged)
                .map_err(|failure| Box::new((program, failure)))
        };
        let outcome = workers::run((self.total, config.threads), progress, &work)?;
        let mut phase = Phase::new(self.phase, Verdict::Clean, Counts::default());
        for explored in &outcome.passed {
            phase.counts.merge(&explored.counts);
            for (profile, coverage) in &explored.coverage {
                phase.coverage.entry(*profile).or_default().merge(coverage);
            }
        }
        let passed = outcome.passed.len() as u64;
        phase.counts.add(count::PROGRAMS, passed);
        add_judged(&mut phase, &judged);
        phase.verdict = match outcome.failed {
            None if passed < self.total => Verdict::Stopped,
            None => enough(config, (passed, scope), &phase),
            Some((number, failed)) => {
                let (program, failure) = *failed;
                let runtime = workers::runtime()?;
                let (program, failure) = smallest(&runtime, subject, scope, &program, failure);
                Verdict::Broken(Box::new(Counterexample {
                    subject: subject.name(),
                    phase: self.phase,
                    seed: config.seed,
                    number,
                    violation: failure.violation().clone(),
                    disk: ModelDisk::Simulated,
                    timeline: timeline(&runtime, subject, &program, &failure),
                    damage: None,
                    crash: failure.trail().to_vec(),
                    fault: None,
                    program,
                }))
            }
        };
        Ok(phase)
    }
}

/// Crash points for each program under each profile, and crashed disks, at least. Some programs come to
/// nothing new: what others left before is not judged again.
const EACH: u64 = 1;

/// Clean, if enough happened.
fn enough(config: &Config, (programs, scope): (u64, &Scope), phase: &Phase) -> Verdict {
    let points = |profile| {
        let coverage = phase.coverage.get(profile);
        coverage.map_or(0, |coverage| coverage.points)
    };
    let least = programs * EACH;
    let floor = |name| Floor { name, least };
    let of = |name| (floor(name), phase.counts.of(name));
    let judged = match scope.nested.is_empty() {
        true => count::CRASH_JUDGED,
        false => count::NESTED_JUDGED,
    };
    let power = scope.profiles.iter().filter(|it| **it != Profile::Kill);
    let mut seen: Vec<_> = scope
        .profiles
        .iter()
        .map(|profile| (floor(profile.name()), points(profile)))
        .collect();
    if scope.profiles.contains(&Profile::Kill) {
        seen.push(of(count::KILLS_JUDGED));
    }
    if power.count() > 0 {
        seen.push(of(judged));
    }
    seen.retain(|(floor, count)| *count < floor.least);
    match config.floors && !seen.is_empty() {
        true => Verdict::TooLittle(seen),
        false => Verdict::Clean,
    }
}

/// Notes what was judged, by the strongest profile and the lowest level that met it.
fn add_judged(phase: &mut Phase, judged: &Judged) {
    for (met, count) in judged.met() {
        let (profile, level) = match met {
            Met::PowerCut(profile, level) => (profile, level),
            Met::Kill => (Profile::Kill, Level::L0),
            Met::Nested => {
                phase.counts.add(count::NESTED_JUDGED, count);
                continue;
            }
        };
        let name = match met {
            Met::Kill => count::KILLS_JUDGED,
            _ => count::CRASH_JUDGED,
        };
        phase.counts.add(name, count);
        let coverage = phase.coverage.entry(profile).or_default();
        coverage.add_judged(level, count);
    }
    phase.counts.add(count::AFTERMATHS, judged.aftermaths.len());
    phase.counts.add(count::LOOKS, judged.looks.len());
    phase.counts.add(count::WAYS, judged.ways.len());
}

/// The smallest program found that breaks the same rule, with the easiest of its crashes.
pub(super) fn smallest<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    scope: &Scope,
    program: &Program,
    failure: CrashFailure,
) -> (Program, CrashFailure) {
    let rule = failure.violation().rule.name;
    let mut last = failure;
    let small = shrink(
        program,
        // With a memory of its own: what was judged clean before is not what fails.
        &mut |candidate| match explore(runtime, subject, candidate, scope, &Judged::new()) {
            Err(failure) if failure.violation().rule.name == rule => {
                last = failure;
                true
            }
            _ => false,
        },
    );
    let last = simplest(runtime, subject, &small, scope, last);
    (small, last)
}
