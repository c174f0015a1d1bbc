//! All calls of a program's last operation, one after the other.

use crate::tasks::Runtime;

use super::judged::Judged;
use super::strike::strike;
use super::{FaultFailure, Struck, last};
use crate::counts::{Counts, count};
use crate::op::Program;
use crate::rules::Violation;
use crate::runner::Aim;
use crate::subject::Subject;

/// Lets every call of the program's last operation fail, in every way that fits it, each in a run
/// of its own.
///
/// # Errors
/// The first rule that is broken and not among those that are passed over.
pub fn check_calls<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    passed_over: &[&'static str],
) -> Result<Counts, FaultFailure> {
    let aims = runtime
        .block_on(Box::pin(aims(subject, program)))
        .map_err(FaultFailure::healthy)?;
    let mut judged = Judged::default();
    for aim in &aims {
        let struck = runtime.block_on(Box::pin(strike(subject, program, aim, &mut judged)));
        super::unless_known(struck, passed_over).map_err(|violation| FaultFailure {
            struck: Some(Struck::Call(aim.clone())),
            violation: violation.at(&aim.to_string()),
        })?;
    }
    if !aims.is_empty() {
        judged.counts.one(count::PROGRAMS);
    }
    Ok(judged.counts)
}

/// Runs the program with one failing call.
///
/// # Errors
/// The rule that is broken.
pub fn replay_call<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    aim: &Aim,
) -> Result<(), Violation> {
    let mut judged = Judged::default();
    runtime.block_on(Box::pin(strike(subject, program, aim, &mut judged)))
}

/// The dry run: every call that the last operation makes, with every way it may fail.
async fn aims<S: Subject>(subject: &S, program: &Program) -> Result<Vec<Aim>, Violation> {
    let (mut run, last) = last::prepare(subject, program).await?;
    let Some(last) = last else {
        return Ok(Vec::new());
    };
    run.watch.strikes.note();
    last::attempt(&mut run, &last).await?;
    Ok(Aim::all(run.watch.strikes.noted()))
}
