//! Repro files: a failing program, written down so that it fails again.

use serde::{Deserialize, Serialize};
use timevault::sim_fs::{CrashPoint, Keep};

use super::{Counterexample, DamageCase, ModelDisk, damage, run_program, workers};
use crate::verify::crash::{KILL, replay_state};
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
    /// The crash, for programs of the crash part.
    pub crash: Option<Crash>,
    /// The damage, for stores of the damage phase.
    #[serde(default)]
    pub damage: Option<DamageCase>,
    /// The program.
    pub program: Program,
}

/// A crash: where, and what was kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Crash {
    /// As a crash point is written: `after:12`, `inside:12:100`.
    pub point: String,
    /// As a choice is written: `none`, `prefix:3`.
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
pub fn replay<S: Subject>(subject: &S, repro: &Repro) -> std::io::Result<Option<Violation>> {
    let runtime = workers::runtime()?;
    if let Some(case) = &repro.damage {
        return damage::replay(subject, &repro.program, case);
    }
    let Some(crash) = &repro.crash else {
        let run = run_program(&runtime, subject, repro.disk, &repro.program);
        return Ok(run.err().map(|failure| failure.violation));
    };
    let point: CrashPoint = crash.point.parse().map_err(std::io::Error::other)?;
    let keep: Option<Keep> = match crash.keep.as_str() {
        KILL => None,
        keep => Some(keep.parse().map_err(std::io::Error::other)?),
    };
    let judged = replay_state(&runtime, subject, &repro.program, (point, keep.as_ref()));
    Ok(judged.err().map(|failure| failure.violation().clone()))
}
