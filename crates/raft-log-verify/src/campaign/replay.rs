//! Repro files: a failing program, written down so that it fails again.

use std::io;

use serde::{Deserialize, Serialize};

use super::{
    Counterexample, DamageCase, FaultPhase, KillPhase, ModelDisk, RecoveryPhase, damage,
    run_program, workers,
};
use crate::crash::{Cut, recovery_faults, replay_state};
use crate::fault::{replay_call, replay_full};
use crate::op::Program;
use crate::rules::Violation;
use crate::subject::Subject;

/// Version of the file.
pub const REPRO_VERSION: u32 = 2;

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
    /// The disk.
    pub disk: ModelDisk,
    /// The crashes, for programs of the crash part: the first during the last operation, each
    /// further one inside the recovery from the one before.
    pub crash: Vec<Crash>,
    /// The failing call, or the space, for programs of the fault part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// The damage, for stores of the damage phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<DamageCase>,
    /// The program.
    pub program: Program,
}

/// A call that fails, or a bound of space.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    /// The call: its kind, its number among those on its file, and the file. Or `space`.
    pub what: String,
    /// How the call fails: `EIO`. Or how many bytes there are.
    pub how: String,
}

/// A crash: where, and what was left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Crash {
    /// As a crash point is written: `after:12`, `inside:12:100`. Or a call: its kind, its number
    /// among those on its file, and the file. Or `space`.
    pub point: String,
    /// As a choice is written: `kill`, or the profile and what was kept: `posix prefix:3`.
    pub left: String,
}

impl Crash {
    fn new(cut: &Cut) -> Self {
        Self {
            point: cut.point.to_string(),
            left: cut.left.to_string(),
        }
    }

    fn cut(&self) -> io::Result<Cut> {
        Ok(Cut {
            point: self.point.parse().map_err(io::Error::other)?,
            left: self.left.parse().map_err(io::Error::other)?,
        })
    }
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
            disk: found.disk,
            crash: found.crash.iter().map(Crash::new).collect(),
            fault: found.fault.clone().map(|(what, how)| Fault { what, how }),
            damage: found.damage.clone(),
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
        let repro: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if repro.version == REPRO_VERSION {
            return Ok(repro);
        }
        Err(format!("version {} is not {REPRO_VERSION}", repro.version))
    }
}

/// Runs what a repro file says, and returns the rule it breaks now, if it does.
///
/// # Errors
/// The machine refuses what is needed, or the file's crash cannot be read.
pub fn replay<S: Subject>(subject: &S, repro: &Repro) -> io::Result<Option<Violation>> {
    let runtime = workers::runtime()?;
    if let Some(case) = &repro.damage {
        return damage::replay(subject, &repro.program, case);
    }
    if repro.phase == KillPhase::NAME {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "when a process is killed is a matter of time: run the phase again with the same seed",
        ));
    }
    if let Some(Fault { what, how }) = &repro.fault {
        let judged = match repro.phase.as_str() {
            FaultPhase::FULL => replay_full(&runtime, subject, &repro.program, how),
            _ => replay_call(&runtime, subject, &repro.program, (what, how)),
        };
        return judged.map_err(io::Error::other);
    }
    if repro.phase == RecoveryPhase::NAME {
        let run = recovery_faults(&runtime, subject, &repro.program);
        return Ok(run.err().map(|failure| failure.violation().clone()));
    }
    if repro.crash.is_empty() {
        let run = run_program(&runtime, subject, repro.disk, &repro.program);
        return Ok(run.err().map(|failure| failure.violation));
    }
    let trail: Vec<Cut> = repro
        .crash
        .iter()
        .map(Crash::cut)
        .collect::<io::Result<_>>()?;
    let judged = replay_state(&runtime, subject, &repro.program, &trail);
    Ok(judged.err().map(|failure| failure.violation().clone()))
}
