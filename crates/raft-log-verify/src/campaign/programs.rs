//! Numbered programs, each with every crash state that a scope names.

use crate::tasks::Runtime;
use crash_disk::sim::{Level, Profile};

use super::driver::{self, Found, Pieces};
use super::{Cause, Config, Floor, Phase, Progress, Verdict};
use crate::counts::count;
use crate::crash::{CrashFailure, Explored, Judged, Met, Scope, explore, simplest, timeline};
use crate::op::{Program, shrink_alike};
use crate::rules::{
    Violation, recovered, recovery_idempotent, sticky_recovery, usable_after_recovery,
};
use crate::subject::Subject;

/// Why nothing is said of a store that does more than its mounted disk knows.
const UNKNOWN: &str = "the store asked its mounted disk for what that does not know";

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
        let work = Work {
            programs: self,
            subject,
            scope,
            config,
            judged: Judged::new(),
        };
        driver::drive(&work, (subject.name(), config), progress)
    }
}

/// The programs on a subject.
struct Work<'a, S> {
    programs: &'a Programs<'a>,
    subject: &'a S,
    scope: &'a Scope,
    config: &'a Config,
    judged: Judged,
}

impl<S: Subject> Pieces for Work<'_, S> {
    type Passed = Explored;
    type Broken = (Program, CrashFailure);

    fn name(&self) -> &'static str {
        self.programs.phase
    }

    fn total(&self) -> u64 {
        self.programs.total
    }

    fn program(&self, number: u64) -> Program {
        (self.programs.program)(number).unwrap_or_default()
    }

    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        passed_over: &[&'static str],
    ) -> Result<Explored, (Program, CrashFailure)> {
        let program = self.program(number);
        let scope = self.scope.passing_over(passed_over);
        explore(runtime, self.subject, &program, &scope, &self.judged)
            .map_err(|failure| (program, failure))
    }

    fn gather(&self, passed: Vec<Explored>, phase: &mut Phase) {
        for explored in &passed {
            phase.counts.merge(&explored.counts);
            for (profile, coverage) in &explored.coverage {
                phase.coverage.entry(*profile).or_default().merge(coverage);
            }
        }
        phase.counts.add(count::PROGRAMS, passed.len() as u64);
    }

    fn memory(&self) -> Option<&Judged> {
        Some(&self.judged)
    }

    fn conclude(&self, _: u64, phase: &mut Phase) {
        add_judged(phase, &self.judged);
        self.add_rules(phase);
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        if phase.counts.of(count::UNKNOWN_CALLS) > 0 {
            return Verdict::NotJudged(UNKNOWN);
        }
        let programs = phase.counts.of(count::PROGRAMS);
        enough(self.config, (programs, self.scope), phase)
    }

    fn violation<'a>(&self, (_, failure): &'a (Program, CrashFailure)) -> &'a Violation {
        failure.violation()
    }

    fn as_found(&self, (program, failure): (Program, CrashFailure)) -> Found {
        Found {
            violation: failure.violation().clone(),
            cause: Cause::crash(failure.trail()),
            timeline: String::new(),
            drawing: None,
            program,
        }
    }

    fn smallest(
        &self,
        runtime: &Runtime,
        (program, failure): (Program, CrashFailure),
        passed_over: &[&'static str],
    ) -> Found {
        let scope = self.scope.passing_over(passed_over);
        let (program, failure) = smallest(runtime, self.subject, &scope, &program, failure);
        let story = timeline(runtime, self.subject, &program, &failure);
        let (timeline, drawing) = story.unzip();
        Found {
            timeline: timeline.unwrap_or_default(),
            drawing,
            ..self.as_found((program, failure))
        }
    }
}

impl<S: Subject> Work<'_, S> {
    /// How often rules were judged by what crashes left: once for each different disk, however many threads met it.
    fn add_rules(&self, phase: &mut Phase) {
        let states: u64 = self.judged.met().iter().map(|(_, count)| count).sum();
        let rules = &mut phase.tally.judged;
        for rule in recovered::OF_EACH_STATE {
            rules.add(rule.name, states);
        }
        let aftermaths = &self.judged.aftermaths;
        let aftermaths = aftermaths.disks().max(aftermaths.shapes());
        rules.add(recovery_idempotent::RULE.name, aftermaths);
        rules.add(usable_after_recovery::RULE.name, aftermaths);
        // On mounted disks the power is cut behind one recovery of each way.
        let cut = match self.subject.disk_server() {
            None => aftermaths,
            Some(_) => self.judged.ways.len(),
        };
        rules.add(sticky_recovery::RULE.name, cut);
    }
}

/// Crash points for each program under each profile, and crashed disks, at least. Some programs come to
/// nothing new: what others left before is not judged again.
const EACH: u64 = 1;

/// Clean, if enough happened.
fn enough(config: &Config, (programs, scope): (u64, &Scope), phase: &Phase) -> Verdict {
    if !config.floors {
        return Verdict::Clean;
    }
    let least = programs * EACH;
    let by_power_cut = match scope.nested.is_empty() {
        true => count::CRASH_JUDGED,
        false => count::NESTED_JUDGED,
    };
    let profiles = scope.profiles.iter();
    let points = profiles.clone().map(|profile| {
        let coverage = phase.coverage.get(profile);
        (profile.name(), coverage.map_or(0, |it| it.points))
    });
    let kills = scope.profiles.contains(&Profile::Kill);
    let power_cuts = profiles.clone().any(|profile| *profile != Profile::Kill);
    let judged = [(kills, count::KILLS_JUDGED), (power_cuts, by_power_cut)]
        .into_iter()
        .filter(|(applies, _)| *applies)
        .map(|(_, name)| (name, phase.counts.of(name)));
    let reached = points.chain(judged);
    Verdict::of_floors(reached.map(|(name, count)| (Floor { name, least }, count)))
}

/// Notes what was judged, by the strongest profile and the lowest level that met it.
pub(super) fn add_judged(phase: &mut Phase, judged: &Judged) {
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
    let (aftermaths, looks) = (&judged.aftermaths, &judged.looks);
    for (name, count) in [
        (count::AFTERMATHS, aftermaths.disks()),
        (count::SHAPES, aftermaths.shapes()),
        (count::LOOKS, looks.disks()),
        (count::SHAPE_LOOKS, looks.shapes()),
        (count::TORN_TAILS, judged.torn()),
        (count::WAYS, judged.ways.len()),
    ] {
        if count > 0 {
            phase.counts.add(name, count);
        }
    }
}

/// The smallest program found that breaks the same rule, with the easiest of its crashes.
pub(super) fn smallest<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    scope: &Scope,
    program: &Program,
    failure: CrashFailure,
) -> (Program, CrashFailure) {
    let (small, last) = shrink_alike(
        (program, failure),
        |failure| failure.violation().rule.name,
        // With a memory of its own: what was judged clean before is not what fails.
        |candidate| explore(runtime, subject, candidate, scope, &Judged::new()).err(),
    );
    let last = simplest(runtime, subject, &small, scope, last);
    (small, last)
}
