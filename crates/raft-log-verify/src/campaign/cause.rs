//! What has to be done to a store beside the program, so that a rule breaks.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DamageCase, ModelDisk};
use crate::crash::Cut;
use crate::fault::Struck;
use crate::runner::Aim;

/// What has to be done to a store beside the program, so that a rule breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Nothing: the program does it, on this disk.
    Program(ModelDisk),
    /// Crashes: the first during the last operation, each further one inside the recovery from the one
    /// before.
    Crash(Vec<Cut>),
    /// A call that fails while the store recovers from this crash.
    FailingRecovery(Vec<Cut>),
    /// A call of the last operation that fails.
    FailingCall(Aim),
    /// So many bytes of space for the last operation.
    FullDisk(u64),
    /// A process that is killed, at a moment that no file can tell.
    Killed,
    /// Damaged files.
    Damage(DamageCase),
}

impl Cause {
    /// The program alone, on a simulated disk.
    pub const PROGRAM: Self = Self::Program(ModelDisk::Simulated);

    /// These crashes; the program alone where there are none.
    pub(super) fn crash(trail: &[Cut]) -> Self {
        match trail {
            [] => Self::PROGRAM,
            trail => Self::Crash(trail.to_vec()),
        }
    }

    /// What struck; the program alone where nothing did.
    pub(super) fn struck(struck: Option<Struck>) -> Self {
        match struck {
            None => Self::PROGRAM,
            Some(Struck::Call(aim)) => Self::FailingCall(aim),
            Some(Struck::Space(bytes)) => Self::FullDisk(bytes),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cuts = |f: &mut fmt::Formatter<'_>, cuts: &[Cut]| {
            let cuts: Vec<_> = cuts.iter().map(ToString::to_string).collect();
            f.write_str(&cuts.join(", then "))
        };
        match self {
            Self::Program(ModelDisk::Simulated) => f.write_str("nothing, on a simulated disk"),
            Self::Program(ModelDisk::Real) => f.write_str("nothing, on real files"),
            Self::Crash(trail) => cuts(f, trail),
            Self::FailingRecovery(trail) => {
                cuts(f, trail)?;
                f.write_str(", then a failing call in the recovery")
            }
            Self::FailingCall(aim) => aim.fmt(f),
            Self::FullDisk(bytes) => write!(f, "a disk with {bytes} bytes of space"),
            Self::Killed => f.write_str("a killed process"),
            Self::Damage(case) => write!(f, "damage: {case:?}"),
        }
    }
}
