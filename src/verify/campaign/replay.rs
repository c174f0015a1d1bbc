//! Repro files: a failing program, written down so that it fails again.

use serde::{Deserialize, Serialize};
use timevault::sim_fs::{CrashPoint, Keep};

use super::{Counterexample, FaultPhase, KillPhase, ModelDisk, run_program, workers};
use crate::verify::crash::{KILL, damage, replay_state};
use crate::verify::fault::{replay_call, replay_full};
use crate::verify::op::Program;
use crate::verify::rules::Violation;
use crate::verify::subject::Subject;

/// Version of the file.
pub const REPRO_VERSION: u32 = 1;

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
    /// The crash, for programs of the crash part; the failing call or the space, for those of the
    /// fault part.
    pub crash: Option<Crash>,
    /// The program.
    pub program: Program,
}

/// A crash: where, and what was kept. Or a call that fails, and how; or a bound of space.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Crash {
    /// As a crash point is written: `after:12`, `inside:12:100`. Or a call: its kind, its number
    /// among those on its file, and the file. Or `space`.
    pub point: String,
    /// As a choice is written: `none`, `prefix:3`. Or how the call fails: `EIO`. Or how many bytes
    /// there are.
    pub keep: String,
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
            crash: found
                .crash
                .clone()
                .map(|(point, keep)| Crash { point, keep }),
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
pub fn replay<S: Subject>(subject: &S, repro: &Repro) -> std::io::Result<Option<Violation>> {
    let runtime = workers::runtime()?;
    if repro.phase == damage::PHASE {
        let run = runtime.block_on(Box::pin(damage::check(subject, &repro.program)));
        return Ok(run.err());
    }
    if repro.phase == KillPhase::NAME {
        return Err(std::io::Error::new(
            std::io::ErrorKind::Unsupported,
            "when a process is killed is a matter of time: run the phase again with the same seed",
        ));
    }
    let Some(crash) = &repro.crash else {
        let run = run_program(&runtime, subject, repro.disk, &repro.program);
        return Ok(run.err().map(|failure| failure.violation));
    };
    let cause = (crash.point.as_str(), crash.keep.as_str());
    let in_trouble = match repro.phase.as_str() {
        FaultPhase::FAULT => Some(replay_call(&runtime, subject, &repro.program, cause)),
        FaultPhase::FULL => Some(replay_full(&runtime, subject, &repro.program, cause.1)),
        _ => None,
    };
    if let Some(judged) = in_trouble {
        return judged.map_err(std::io::Error::other);
    }
    let point: CrashPoint = crash.point.parse().map_err(std::io::Error::other)?;
    let keep: Option<Keep> = match crash.keep.as_str() {
        KILL => None,
        keep => Some(keep.parse().map_err(std::io::Error::other)?),
    };
    let judged = replay_state(&runtime, subject, &repro.program, (point, keep.as_ref()));
    Ok(judged.err().map(|failure| failure.violation().clone()))
}
