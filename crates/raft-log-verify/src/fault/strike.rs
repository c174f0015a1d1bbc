//! One run of a program in which one call of the last operation fails.

use super::judged::Judged;
use super::last::{self, Answer, Last};
use crate::counts::count;
use crate::log::EntryContent;
use crate::log::Flushed;
use crate::op::{Lead, Op, Program};
use crate::reference::Fate;
use crate::rules::{Violation, callback_once, error_latch};
use crate::runner::Aim;
use crate::runner::Run;
use crate::subject::{Caller, Subject};

/// Runs the program, lets the call fail, and judges the store from then on.
pub(super) async fn strike<S: Subject>(
    subject: &S,
    program: &Program,
    aim: &Aim,
    judged: &mut Judged,
) -> Result<(), Violation> {
    let (mut run, last) = last::prepare(subject, program).await?;
    let Some(last) = last else {
        return Ok(());
    };
    run.watch.strikes.aim(aim.clone());
    let answer = last::attempt(&mut run, &last).await?;
    if !run.watch.strikes.disarm() {
        judged.counts.one(count::NOT_MET);
        return Ok(());
    }
    judged.counts.one(aim.count());
    let done = judge(&mut run, &last, (aim, &answer), judged).await;
    judged.counts.merge(&run.counts);
    done
}

/// Judges the answer, then what is shown, then a later append, then what is left.
async fn judge<S: Subject>(
    run: &mut Run<'_, S>,
    last: &Last,
    (aim, answer): (&Aim, &Answer),
    judged: &mut Judged,
) -> Result<(), Violation> {
    let failed = match last {
        Last::Write(write) => {
            error_latch::RULE.judged();
            let what = format!("{:?}", write);
            if answer.write.is_none() && loses_pages(aim) {
                return Err(error_latch::swallowed(&what));
            }
            answer.write.is_some().then_some(what)
        }
        Last::Open | Last::Reopen | Last::Drop => None,
    };
    judged.power_cuts(run).await?;
    if answer.open.is_none() {
        shown(run, failed.is_some()).await?;
        let latched = failed.as_deref().filter(|_| must_latch(run, aim));
        later(run, (failed.is_some(), latched), judged).await?;
    }
    judged.power_cuts(run).await?;
    judged
        .mend(run)
        .await
        .map(drop)
        .map_err(|violation| violation.at("reopened on the healthy disk"))
}

/// Whether the pages that a sync was asked for are gone.
fn loses_pages(aim: &Aim) -> bool {
    aim.is_sync() && aim.call.kind != crash_disk::CallKind::SyncDir
}

/// Whether nothing may be reported Ok after a write that failed by this.
fn must_latch<S: Subject>(run: &Run<'_, S>, aim: &Aim) -> bool {
    aim.is_sync() || (aim.call.is_change() && run.caller == Caller::Strict)
}

/// Compares what is shown with what is acknowledged.
pub(super) async fn shown<S: Subject>(run: &mut Run<'_, S>, failed: bool) -> Result<(), Violation> {
    if failed {
        return run.judge_shown().await;
    }
    let seen = run.see().await?;
    if seen.is(run.image()) {
        return Ok(());
    }
    let expected = format!("{:?}", run.image());
    Err(error_latch::shown(&format!("{seen:?}"), &expected))
}

/// Appends once more before any reopen. After a failure that latches it has to be refused;
/// otherwise, once it is acknowledged, it is durable.
pub(super) async fn later<S: Subject>(
    run: &mut Run<'_, S>,
    (failed, latched): (bool, Option<&str>),
    judged: &mut Judged,
) -> Result<(), Violation> {
    // openraft takes an error of the log for fatal: the core writes nothing more.
    if failed && run.caller == Caller::Core {
        return Ok(());
    }
    let append = Op::Append {
        entries: vec![EntryContent::Blank],
        lead: Lead::Same,
    };
    let Some(write) = run.accepted(&append) else {
        return Ok(());
    };
    let write = &write;
    let what = format!("{write:?}");
    let number = run.issue(write);
    match (run.outcome(write).await?, latched) {
        (Flushed::Ok, Some(latched)) => Err(error_latch::ok_after_failure(latched, &what)),
        (Flushed::Ok, None) => {
            judged.counts.one(count::LATER_DONE);
            if !failed {
                run.advance(write)?;
            }
            run.promise(write, number);
            Ok(())
        }
        (Flushed::Err(_), _) => {
            judged.counts.one(count::LATER_REFUSED);
            run.journal.settle(number, Fate::Uncertain);
            Ok(())
        }
        (Flushed::Dropped, _) => Err(callback_once::dropped(&what)),
    }
}
