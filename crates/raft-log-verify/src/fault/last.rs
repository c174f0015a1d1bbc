//! A program up to its last operation, and that operation.

use crate::counts::count;
use crate::halt;
use crate::log::Flushed;
use crate::op::{Op, Program};
use crate::reference::Fate;
use crate::reference::Write;
use crate::rules::{Violation, callback_once, refused};
use crate::runner::{Disk, Run};
use crate::subject::{Caller, Subject};

/// The last operation of a program.
#[derive(Debug)]
pub(super) enum Last {
    /// The first open, in an empty directory.
    Open,
    /// A write.
    Write(Write),
    /// A clean close and an open.
    Reopen,
    /// A drop and an open.
    Drop,
}

/// What the store answered to the last operation.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// What it said when it refused the write.
    pub(super) write: Option<String>,
    /// What it said when it could not be closed.
    pub(super) close: Option<String>,
    /// What it said when it could not be opened.
    pub(super) open: Option<String>,
}

/// Runs a program up to its last operation, on a disk of its own. Nothing is compared on the way:
/// programs are compared where they end.
///
/// Without operations the last one is that of the way to the start state, or the first open. `None`
/// where the last operation means nothing, or is none that the fault part knows.
pub(super) async fn prepare<'a, S: Subject>(
    subject: &'a S,
    program: &Program,
) -> Result<(Run<'a, S>, Option<Last>), Violation> {
    let disk = Disk::simulated(false, program.tuning.block_bytes)
        .unwrap_or_else(|error| halt::give_up("there is no disk", &error));
    let mut ops = program.start.ops();
    ops.extend(program.ops.iter().cloned());
    let mut run = Run::on(subject, disk, program.tuning);
    let Some(last) = ops.pop() else {
        return Ok((run, Some(Last::Open)));
    };
    run.open().await?;
    for op in &ops {
        perform(&mut run, op).await?;
    }
    let last = match &last {
        Op::Reopen => Some(Last::Reopen),
        Op::DropReopen { pending } if pending.is_empty() => Some(Last::Drop),
        op if op.is_plain_write() => run.accepted(op).map(Last::Write),
        _ => None,
    };
    Ok((run, last))
}

/// Performs an operation on a healthy disk.
pub(super) async fn perform<S: Subject>(run: &mut Run<'_, S>, op: &Op) -> Result<(), Violation> {
    match op {
        Op::Reopen => {
            run.close().await?;
            return run.open().await;
        }
        Op::DropReopen { .. } => {
            run.close_unclean();
            return run.open().await;
        }
        _ => {}
    }
    let Some(write) = &run.accepted(op) else {
        return Ok(());
    };
    let number = run.issue(write);
    match run.outcome(write).await? {
        Flushed::Ok => run.advance(write)?,
        Flushed::Err(error) => return Err(refused(write, run.image(), &error)),
        Flushed::Dropped => return Err(callback_once::dropped(&format!("{write:?}"))),
    }
    run.promise(write, number);
    if run.caller == Caller::Strict {
        run.rebase();
    }
    Ok(())
}

/// Performs the last operation on a disk that may fail.
pub(super) async fn attempt<S: Subject>(
    run: &mut Run<'_, S>,
    last: &Last,
) -> Result<Answer, Violation> {
    let mut answer = Answer::default();
    match last {
        Last::Write(write) => {
            let number = run.issue(write);
            match run.outcome(write).await? {
                Flushed::Ok => {
                    run.advance(write)?;
                    run.promise(write, number);
                }
                Flushed::Dropped => return Err(callback_once::dropped(&format!("{write:?}"))),
                Flushed::Err(error) => {
                    run.counts.one(count::FAILED_WRITES);
                    run.journal.settle(number, Fate::Uncertain);
                    answer.write = Some(error);
                }
            }
            return Ok(answer);
        }
        Last::Reopen => answer.close = run.try_close().await?,
        Last::Drop => run.close_unclean(),
        Last::Open => {}
    }
    answer.open = run.try_open().await?;
    if answer.open.is_some() {
        run.counts.one(count::FAILED_OPENS);
    }
    Ok(answer)
}
