//! What a counterexample needs to be seen: crash, failing call, damage, or nothing of that.

use std::fmt;

use crate::tasks::Runtime;
use crash_disk::sim::{Level, Profile};

use super::hunt::crash_states;
use super::{Cause, Counterexample};
use crate::crash::{Left, Scope};
use crate::op::{FaultKind, Op, StartState};
use crate::subject::Subject;

/// What a counterexample needs to be seen.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Operations of the program, after the start state.
    pub length: usize,
    start: StartState,
    needs: Needs,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Needs {
    Nothing,
    Kill,
    PowerCut(Profile, Level),
    CrashInProgram,
    Fault(FaultKind),
    FailingCall(String),
    FullDisk,
    FaultInRecovery,
    Damage,
}

/// What `found` needs. For a crash state: the strongest profile under which its program breaks the
/// same rule, and the lowest level that does it there.
pub(super) fn setting<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    found: &Counterexample,
) -> Setting {
    let needs = match &found.cause {
        Cause::Damage(_) => Needs::Damage,
        Cause::FailingRecovery(_) => Needs::FaultInRecovery,
        Cause::FullDisk(_) => Needs::FullDisk,
        Cause::FailingCall(aim) => Needs::FailingCall(format!("{}, {}", aim.call.kind, aim.way)),
        Cause::Killed => Needs::Kill,
        Cause::Crash(trail) => match trail.first().map(|cut| &cut.left) {
            Some(Left::PowerCut(profile, _)) => {
                weakest(runtime, subject, found).unwrap_or(Needs::PowerCut(*profile, Level::L2))
            }
            Some(Left::Killed) | None => Needs::Kill,
        },
        Cause::Program(_) => {
            let needs = |op: &Op| match op {
                Op::Fault { kind, .. } => Some(Needs::Fault(*kind)),
                Op::Crash { .. } => Some(Needs::CrashInProgram),
                _ => None,
            };
            let needed = found.program.ops.iter().find_map(needs);
            needed.unwrap_or(Needs::Nothing)
        }
    };
    Setting {
        length: found.program.ops.len(),
        start: found.program.start,
        needs,
    }
}

fn weakest<S: Subject>(runtime: &Runtime, subject: &S, found: &Counterexample) -> Option<Needs> {
    let breaks = |profile, level| {
        let scope = Scope::new(level, &[profile]);
        let judged = crash_states(runtime, subject, &found.program, &scope);
        judged.is_err_and(|failure| failure.violation().rule.name == found.violation.rule.name)
    };
    let profiles = [Profile::Ext4, Profile::Xfs, Profile::Posix];
    let profile = profiles
        .into_iter()
        .find(|profile| breaks(*profile, Level::L2))?;
    let levels = [Level::L0, Level::L1, Level::L2];
    let level = levels.into_iter().find(|level| breaks(profile, *level))?;
    Some(Needs::PowerCut(profile, level))
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.needs {
            Needs::Nothing => f.write_str("no fault")?,
            Needs::Kill => f.write_str("process kill")?,
            Needs::PowerCut(profile, level) => write!(f, "power cut, {profile}, {level}")?,
            Needs::CrashInProgram => f.write_str("power cut in a random program")?,
            Needs::Fault(kind) => f.write_str(fault(*kind))?,
            Needs::FailingCall(what) => write!(f, "failing call: {what}")?,
            Needs::FullDisk => f.write_str("full disk")?,
            Needs::FaultInRecovery => f.write_str("failing call while open recovers")?,
            Needs::Damage => f.write_str("damaged file")?,
        }
        match self.start {
            StartState::Empty => Ok(()),
            start => write!(f, "; begins {}", start.name()),
        }
    }
}

fn fault(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Write => "failing write",
        FaultKind::WriteNoSpace => "full disk",
        FaultKind::ShortWrite => "short write",
        FaultKind::Sync => "failing sync",
        FaultKind::SyncDir => "failing directory sync",
        FaultKind::Rename => "failing rename",
        FaultKind::Create => "failing create",
    }
}
