//! The fault part: every disk call of a program's last operation fails once, in every way that fits
//! it, and the operation meets disks with too little space.
//!
//! A dry run numbers the calls. Then the program is run once for each of them: the call fails, the
//! answer of the store is judged, another append is tried, the power is cut, the store is opened on
//! the healthy disk, used, and the power is cut again.

mod full;
mod judged;
mod last;
mod scan;
mod strike;

pub use full::{check_full, replay_full};
pub use scan::{check_calls, replay_call};

use crate::rules::Violation;
use crate::runner::Aim;
use crate::tally;

/// What struck the last operation of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Struck {
    /// A call that failed.
    Call(Aim),
    /// A disk with so many bytes of space.
    Space(u64),
}

/// A broken rule, and what struck before.
#[derive(Debug, Clone)]
pub struct FaultFailure {
    /// What struck; `None` where a rule is broken without it.
    pub struck: Option<Struck>,
    /// The rule.
    pub violation: Violation,
}

impl FaultFailure {
    /// A rule that is broken before anything was made to fail.
    fn healthy(violation: Violation) -> Self {
        Self {
            struck: None,
            violation,
        }
    }
}

/// What a run came to. Where it broke a rule that is passed over, that is only counted.
fn unless_known(run: Result<(), Violation>, passed_over: &[&'static str]) -> Result<(), Violation> {
    match run {
        Err(violation) if passed_over.contains(&violation.rule.name) => {
            tally::breach(violation.rule.name);
            Ok(())
        }
        run => run,
    }
}
