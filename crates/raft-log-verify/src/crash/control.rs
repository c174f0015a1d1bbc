//! The control: what the harness says of a run of which one sync has done nothing. Where it never says anything, it is blind
//! for this store, and a clean verdict is worth nothing.

use crash_disk::sim::{Level, Profile};

use super::explore::explore_recorded;
use super::{Judged, Recording, Scope};
use crate::op::Program;
use crate::runner::Failure;
use crate::subject::Subject;
use crate::tasks::Runtime;

/// What came of leaving out the syncs of a program's last operation, one at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Control {
    /// Syncs that were left out.
    pub left_out: u64,
    /// Those of which the loss was seen.
    pub seen: u64,
}

/// Leaves out the syncs of the last operation, up to the first of which the loss is seen. Nothing is left out on another disk than
/// a mounted one.
///
/// # Errors
/// A rule is broken without a crash.
pub fn control<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
) -> Result<Control, Failure> {
    let mut recording = runtime.block_on(Box::pin(Recording::new(subject, program)))?;
    let mut control = Control::default();
    // Nothing but what is durable is kept: the least that a power cut leaves.
    let scope = Scope::new(Level::L0, &[Profile::Posix]);
    for sync in recording.syncs() {
        recording.leave_out(sync, program.tuning.block_bytes);
        control.left_out += 1;
        let judged = Judged::new();
        let told = (&scope, &judged);
        if explore_recorded(runtime, subject, (program, &recording), told).is_err() {
            control.seen += 1;
            break;
        }
    }
    Ok(control)
}
