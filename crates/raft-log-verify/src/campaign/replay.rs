//! Repro files: a failing program, written down so that it fails again.

use std::io;

use serde::{Deserialize, Serialize};

use super::{Cause, Counterexample, ModelDisk, damage, run_program};
use crate::crash::{recovery_faults, replay_state};
use crate::fault::{replay_call, replay_full};
use crate::op::Program;
use crate::rules::Violation;
use crate::subject::Subject;
use crate::tasks::Runtime;

/// Version of the file.
pub const REPRO_VERSION: u32 = 3;

/// A repro file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Repro {
    /// [`REPRO_VERSION`].
    pub version: u32,
    /// Name of the subject.
    pub subject: String,
    /// The rule that was broken.
    pub rule: String,
    /// What was seen.
    pub violation: String,
    /// Seed of the campaign that found it.
    pub seed: u64,
    /// Phase that found it.
    pub phase: String,
    /// Number of the program in the phase.
    pub number: u64,
    /// What has to be done beside the program.
    pub cause: Cause,
    /// The program.
    pub program: Program,
}

/// What every version of the file has.
#[derive(Deserialize)]
struct Head {
    version: u32,
    #[serde(default)]
    seed: u64,
}

impl Repro {
    /// What has to be written down of a counterexample.
    #[must_use]
    pub fn new(found: &Counterexample) -> Self {
        Self {
            version: REPRO_VERSION,
            subject: found.subject.clone(),
            rule: found.violation.rule.name.to_owned(),
            violation: found.violation.text.clone(),
            seed: found.seed,
            phase: found.phase.to_owned(),
            number: found.number,
            cause: found.cause.clone(),
            program: found.program.clone(),
        }
    }

    /// The file's content.
    ///
    /// # Errors
    /// Never in practice: everything in it serializes.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// Reads a file's content.
    ///
    /// # Errors
    /// It is no repro file, or one of another version.
    pub fn from_json(json: &str) -> Result<Self, String> {
        let head: Head = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if head.version != REPRO_VERSION {
            let Head { version, seed } = head;
            return Err(format!(
                "a repro file of version {version}; this program reads version {REPRO_VERSION}. \
                 Run the campaign again with seed {seed}"
            ));
        }
        serde_json::from_str(json).map_err(|error| error.to_string())
    }
}

/// Runs what a repro file says, and returns the rule it breaks now, if it does.
///
/// # Errors
/// The machine refuses what is needed, or the file is of a killed process: [`replay_kills`](super::replay_kills).
pub fn replay<S: Subject>(subject: &S, repro: &Repro) -> io::Result<Option<Violation>> {
    let runtime = Runtime::new()?;
    let program = &repro.program;
    Ok(match &repro.cause {
        // The one that was mounted for it.
        Cause::Program(ModelDisk::Simulated) if subject.disk_server().is_some() => {
            let run = replay_state(&runtime, subject, program, &[]);
            run.err().map(|failure| failure.violation().clone())
        }
        Cause::Program(disk) => {
            let run = run_program(&runtime, subject, *disk, program);
            run.err().map(|failure| failure.violation)
        }
        Cause::Crash(trail) => {
            let judged = replay_state(&runtime, subject, program, trail);
            judged.err().map(|failure| failure.violation().clone())
        }
        Cause::FailingRecovery(_) => {
            let run = recovery_faults(&runtime, subject, program);
            run.err().map(|failure| failure.violation().clone())
        }
        Cause::FailingCall(aim) => replay_call(&runtime, subject, program, aim).err(),
        Cause::FullDisk(space) => replay_full(&runtime, subject, program, *space).err(),
        Cause::Damage(case) => damage::replay(subject, program, case)?,
        Cause::Killed => {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "when a process is killed is a matter of time: replay_kills runs its rounds some times",
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::path::PathBuf;

    use crash_disk::CallKind;
    use crash_disk::sim::{CrashPoint, Keep, Profile};

    use super::*;
    use crate::crash::{Cut, Left};
    use crate::rules::write_order;
    use crate::runner::{Aim, CallId, Way};

    fn found(cause: Cause) -> Counterexample {
        Counterexample {
            subject: "plain-wal".to_owned(),
            phase: "fault",
            seed: 7,
            number: 3,
            program: Program::of(Vec::new()),
            violation: write_order::RULE.broken("text"),
            cause,
            timeline: String::new(),
            drawing: None,
        }
    }

    #[test]
    fn every_cause_is_read_back() {
        let cut = Cut {
            point: CrashPoint::After(12),
            left: Left::PowerCut(Profile::Posix, Keep::Prefix(3)),
        };
        let call = CallId {
            kind: CallKind::Write,
            nth: 2,
            path: PathBuf::from("/store/log"),
        };
        let way = Way::Short;
        for cause in [
            Cause::Program(ModelDisk::Real),
            Cause::Crash(vec![cut.clone(), cut.clone()]),
            Cause::FailingRecovery(vec![cut]),
            Cause::FailingCall(Aim { call, way }),
            Cause::FullDisk(17),
            Cause::Killed,
        ] {
            let json = Repro::new(&found(cause.clone())).to_json().unwrap();
            assert_eq!(Repro::from_json(&json).unwrap().cause, cause, "{json}");
        }
    }

    #[test]
    fn a_file_of_another_version_is_refused_with_what_to_do() {
        let old = r#"{"version":2,"seed":7,"disk":"simulated","crash":[]}"#;
        let refused = Repro::from_json(old).unwrap_err();
        assert!(
            refused.contains("version 2") && refused.contains("seed 7"),
            "{refused}"
        );
        assert!(Repro::from_json("{}").is_err());
    }
}
