//! Of all crash states of a failing program, the one that is easiest to understand.

use crate::tasks::Runtime;
use crash_disk::sim::Profile;

use super::Met;
use super::allowed::{Allowed, Expected};
use super::judged::Judged;
use super::state::Judge;
use super::{CrashFailure, Cut, Left, Recording, Scope};
use crate::op::Program;
use crate::subject::Subject;

/// Most states that are looked at; the first ones lose the least.
const MAX_STATES: usize = 20_000;

/// The failure of this program on the disk that promises most; of those, the one that loses the
/// fewest operations; of those, the one at the earliest point. Failures of other rules are passed
/// over. `failure` if it needs a crash inside a recovery or none at all, or if nothing simpler is
/// found.
pub fn simplest<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    scope: &Scope,
    failure: CrashFailure,
) -> CrashFailure {
    let [_] = failure.trail() else {
        return failure;
    };
    let rule = failure.violation().rule.name;
    let Ok(recording) = runtime.block_on(Box::pin(Recording::new(subject, program))) else {
        return failure;
    };
    let scope = Scope {
        nested: Vec::new(),
        ..scope.clone()
    };
    let simplest = ladder(&scope.profiles).into_iter().find_map(|profiles| {
        let scope = scope.under(&profiles);
        let judged = Judged::new();
        let judge = recording.judge(runtime, subject, (program.tuning, &scope, &judged));
        fewest_losses(&recording, judge, &scope, rule)
    });
    simplest.unwrap_or(failure)
}

/// The disks that a failure may need, strongest promise first: the killed process alone, and with
/// each of the others, because the power may fail after it.
fn ladder(profiles: &[Profile]) -> Vec<Vec<Profile>> {
    let kill: Vec<_> = profiles
        .iter()
        .copied()
        .filter(|profile| *profile == Profile::Kill)
        .collect();
    let others = profiles.iter().filter(|profile| **profile != Profile::Kill);
    let with_kill = others.map(|profile| [&kill[..], &[*profile]].concat());
    let alone = (!kill.is_empty()).then(|| kill.clone());
    alone.into_iter().chain(with_kill).collect()
}

/// The failure of this rule that loses the fewest operations, at the earliest point.
fn fewest_losses<S: Subject>(
    recording: &Recording,
    mut judge: Judge<'_, S>,
    scope: &Scope,
    rule: &str,
) -> Option<CrashFailure> {
    let mut best: Option<(usize, CrashFailure)> = None;
    for (losses, cut) in cuts(recording, scope).into_iter().take(MAX_STATES) {
        if best.as_ref().is_some_and(|(fewest, _)| *fewest <= losses) {
            continue;
        }
        let allowed = Allowed::after(&recording.journal, cut.point.complete_calls());
        let disk = cut.of(&recording.disk);
        let judged = judge.state(&disk, (Met::Nested, &[]), Expected::both(&allowed));
        if let Err((_, violation)) = judged
            && violation.rule.name == rule
        {
            let violation = violation.at(&cut.to_string());
            let trail = vec![cut];
            best = Some((losses, CrashFailure::Crash { trail, violation }));
        }
    }
    best.map(|(_, simplest)| simplest)
}

/// Every crash of the scope in the order of the points, with the number of operations it loses.
fn cuts(recording: &Recording, scope: &Scope) -> Vec<(usize, Cut)> {
    let mut cuts = Vec::new();
    for point in recording.points() {
        for left in scope.left_at(&recording.disk, point) {
            let cut = Cut { point, left };
            let losses = match &cut.left {
                Left::Killed => 0,
                Left::PowerCut(_, keep) => {
                    let kept = cut.view(&recording.disk).marks(keep);
                    kept.iter().filter(|kept| !**kept).count()
                }
            };
            cuts.push((losses, cut));
        }
    }
    cuts
}
