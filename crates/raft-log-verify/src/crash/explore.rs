//! Opens and judges the crash states of a recorded run.

use std::collections::{BTreeMap, HashMap};

use crate::tasks::Runtime;
use crash_disk::sim::{Coverage, CrashPoint, CrashView, Profile};

use super::Met;
use super::allowed::{Allowed, Expected};
use super::judged::Judged;
use super::state::{Broken, Judge};
use super::{CrashFailure, Cut, Left, Recording, Scope};
use crate::counts::{Counts, count};
use crate::op::Program;
use crate::subject::Subject;

/// What was covered.
#[derive(Debug, Clone, Default)]
pub struct Explored {
    /// Operations, crash points, states tried.
    pub counts: Counts,
    /// Crash points and states possible, for each profile. What was judged is known by
    /// [`Judged`], which programs share.
    pub coverage: BTreeMap<Profile, Coverage>,
}

/// Runs the program once and judges every state of `scope` that a crash during its last operation
/// may leave.
///
/// # Errors
/// The first state that breaks a rule, or a rule broken without a crash.
pub fn explore<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    scope: &Scope,
    judged: &Judged,
) -> Result<Explored, CrashFailure> {
    let recording = runtime
        .block_on(Box::pin(Recording::new(subject, program)))
        .map_err(CrashFailure::Live)?;
    explore_recorded(runtime, subject, (program, &recording), (scope, judged))
}

/// The same for a run that was recorded.
///
/// # Errors
/// The first state that breaks a rule.
pub(super) fn explore_recorded<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    (program, recording): (&Program, &Recording),
    (scope, judged): (&Scope, &Judged),
) -> Result<Explored, CrashFailure> {
    let mut explored = Explored::default();
    explored
        .counts
        .add(count::OPERATIONS, program.ops.len() as u64);
    if recording.is_longer_than_needed() && !scope.idle_too {
        explored.counts.one(count::EQUAL_PROGRAMS);
        return Ok(explored);
    }
    if !recording.is_known() {
        explored.counts.one(count::UNKNOWN_CALLS);
        return Ok(explored);
    }
    let mut exploration = Exploration {
        recording,
        scope,
        judge: recording.judge(runtime, subject, (program.tuning, scope, judged)),
        allowed: HashMap::new(),
        explored,
    };
    for point in recording.points() {
        exploration
            .point(point)
            .map_err(|(trail, violation)| CrashFailure::Crash { trail, violation })?;
    }
    Ok(exploration.explored)
}

/// Judges the state that a trail of crashes leaves of a program: the first during its last
/// operation, each further one inside the recovery from the one before.
///
/// # Errors
/// It breaks a rule.
pub fn replay_state<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    trail: &[Cut],
) -> Result<(), CrashFailure> {
    let recording = runtime
        .block_on(Box::pin(Recording::new(subject, program)))
        .map_err(CrashFailure::Live)?;
    let Some((cut, rest)) = trail.split_first() else {
        return Ok(());
    };
    let (scope, judged) = (Scope::of_trail(trail), Judged::new());
    let mut judge = recording.judge(runtime, subject, (program.tuning, &scope, &judged));
    let allowed = Allowed::after(&recording.journal, cut.point.complete_calls());
    judge.killed_at = cut.killed_at();
    judge
        .replay(&cut.of(&recording.disk), rest, Expected::both(&allowed))
        .map_err(|violation| CrashFailure::Crash {
            trail: trail.to_vec(),
            violation,
        })
}

struct Exploration<'a, S: Subject> {
    recording: &'a Recording,
    scope: &'a Scope,
    judge: Judge<'a, S>,
    /// What is allowed, by the writes issued and promised.
    allowed: HashMap<(usize, usize), Allowed>,
    explored: Explored,
}

impl<S: Subject> Exploration<'_, S> {
    /// Judges the states that a crash at this point may leave.
    fn point(&mut self, point: CrashPoint) -> Result<(), Broken> {
        let Self {
            recording,
            scope,
            judge,
            allowed,
            explored,
        } = self;
        explored.counts.one(count::CRASH_POINTS);
        let journal = &recording.journal;
        let step = point.complete_calls();
        let allowed = allowed
            .entry(journal.horizon(step))
            .or_insert_with(|| Allowed::after(journal, step));
        let mut met = |met: Met, left: Left, view: &CrashView| {
            explored.counts.one(count::CRASH_STATES);
            let cut = Cut { point, left };
            judge.killed_at = cut.killed_at();
            judge
                .state(
                    &cut.left.on(view),
                    (met, &scope.nested),
                    Expected::both(allowed),
                )
                .map_err(|(mut trail, violation)| {
                    let violation = violation.at(&cut.to_string());
                    trail.insert(0, cut);
                    (trail, violation)
                })
        };
        for profile in &scope.profiles {
            if *profile == Profile::Kill && recording.has_mapped() {
                continue;
            }
            let view = recording.disk.view(point, *profile);
            let coverage = explored.coverage.entry(*profile).or_default();
            coverage.add_point(&view);
            if *profile == Profile::Kill {
                met(Met::Kill, Left::Killed, &view)?;
                continue;
            }
            for state in view.states_with(scope.level, &scope.sampling) {
                let left = Left::PowerCut(*profile, state.keep);
                met(Met::PowerCut(*profile, state.level), left, &view)?;
            }
        }
        Ok(())
    }
}
