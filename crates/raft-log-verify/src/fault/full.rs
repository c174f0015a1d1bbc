//! Operations on a disk with too little space.

use crate::tasks::Runtime;
use crash_disk::CallKind;
use crash_disk::sim::SimFs;

use super::judged::Judged;
use super::last::{self, Last};
use super::strike::{later, shown};
use super::{FaultFailure, Struck};
use crate::counts::{Counts, count};
use crate::op::Program;
use crate::reference::Write;
use crate::rules::{Violation, error_latch, open_after_crash};
use crate::runner::{Run, Way};
use crate::subject::{Caller, Subject};

/// More space than any program takes.
const PLENTY: u64 = 1 << 40;

/// Runs the program's last operation on disks with more and more space, from none to plenty.
///
/// # Errors
/// The first rule that is broken and not among those that are passed over.
pub fn check_full<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    passed_over: &[&'static str],
) -> Result<Counts, FaultFailure> {
    let wanted = runtime
        .block_on(Box::pin(wanted(subject, program)))
        .map_err(FaultFailure::healthy)?;
    let mut judged = Judged::default();
    let Some(wanted) = wanted else {
        return Ok(judged.counts);
    };
    for space in ladder(wanted) {
        let filled = runtime.block_on(Box::pin(fill(subject, program, space, &mut judged)));
        super::unless_known(filled, passed_over).map_err(|violation| FaultFailure {
            struck: Some(Struck::Space(space)),
            violation: violation.at(&format!("{space} bytes of space")),
        })?;
    }
    judged.counts.one(count::PROGRAMS);
    Ok(judged.counts)
}

/// Runs the program with a bound of space.
///
/// # Errors
/// The rule that is broken.
pub fn replay_full<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    space: u64,
) -> Result<(), Violation> {
    let mut judged = Judged::default();
    runtime.block_on(Box::pin(fill(subject, program, space, &mut judged)))
}

/// The sizes tried: none, a byte, twice as much each time up to what suffices, and a byte less than
/// that.
fn ladder(wanted: u64) -> Vec<u64> {
    let mut sizes = vec![0];
    sizes.extend((0..u64::BITS).map(|n| 1 << n).take_while(|n| *n < wanted));
    sizes.extend([wanted.saturating_sub(1), wanted]);
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// Bytes that the last operation writes: more than it can need. `None` where it changes nothing.
async fn wanted<S: Subject>(subject: &S, program: &Program) -> Result<Option<u64>, Violation> {
    let (mut run, last) = last::prepare(subject, program).await?;
    let Some(last) = last else {
        return Ok(None);
    };
    run.watch.strikes.note();
    last::attempt(&mut run, &last).await?;
    let calls = run.watch.strikes.noted();
    if !calls.iter().any(|(call, _)| call.is_change()) {
        return Ok(None);
    }
    let written = calls
        .iter()
        .filter(|(call, _)| call.kind == CallKind::Write);
    Ok(Some(1 + written.map(|(_, bytes)| bytes).sum::<u64>()))
}

/// Runs the program, leaves so much space for its last operation, and judges the store from then
/// on.
async fn fill<S: Subject>(
    subject: &S,
    program: &Program,
    space: u64,
    judged: &mut Judged,
) -> Result<(), Violation> {
    let (mut run, last) = last::prepare(subject, program).await?;
    let (Some(last), Some(sim)) = (last, run.disk().sim().cloned()) else {
        return Ok(());
    };
    sim.set_space(space);
    let before = run.image().state_hash();
    let answer = last::attempt(&mut run, &last).await?;
    judged.counts.one(count::BOUNDED);
    let refusals = [
        ("the write", &answer.write),
        ("close", &answer.close),
        ("open", &answer.open),
    ];
    let mut full = false;
    for (what, refusal) in refusals {
        if let Some(text) = refusal {
            full = true;
            says_full(what, text)?;
        }
    }
    if !full {
        judged.counts.one(count::FITTED);
    }
    let done = judge(&mut run, (&last, &sim), answer.write.is_some(), judged).await;
    judged.counts.merge(&run.counts);
    let shown = done?;
    if full {
        judged.counts.one(match shown == before {
            true => count::UNCHANGED,
            false => left_by(&last)?,
        });
    }
    Ok(())
}

/// The count of what may be there, after a reopen, of an operation that failed: what a crash inside it
/// may leave as well.
///
/// # Errors
/// It is one of which nothing may be there: a vote is replaced whole, and an open adds nothing.
fn left_by(last: &Last) -> Result<&'static str, Violation> {
    match last {
        Last::Write(write) => match write {
            Write::Append(_) => return Ok(count::FULL_APPENDS),
            Write::Truncate(_) => return Ok(count::FULL_TRUNCATES),
            Write::Purge(_) => return Ok(count::FULL_PURGES),
            Write::Vote(_) | Write::Committed(_) => {}
        },
        Last::Open | Last::Reopen | Last::Drop => {}
    }
    let text = "what failed for want of space has changed the log all the same";
    Err(error_latch::RULE.broken(text.to_owned()))
}

/// Judges what is shown, a later append, an open while the disk is still full, power cuts, and how
/// the store goes on once there is room. Returns the hash of what it goes on from.
async fn judge<S: Subject>(
    run: &mut Run<'_, S>,
    (last, sim): (&Last, &SimFs),
    failed: bool,
    judged: &mut Judged,
) -> Result<u64, Violation> {
    let open = run.store().is_ok();
    if open {
        shown(run, failed).await?;
    }
    if failed {
        error_latch::RULE.judged();
        let what = match last {
            Last::Write(write) => format!("{:?}", write),
            Last::Open | Last::Reopen | Last::Drop => String::new(),
        };
        let latched = (run.caller == Caller::Strict).then_some(what.as_str());
        later(run, (true, latched), judged).await?;
    }
    judged.power_cuts(run).await?;
    sim.set_space(0);
    run.close_unclean();
    judged.counts.one(count::FULL_OPENS);
    match run.try_open().await? {
        Some(text) => says_full("open", &text)?,
        None => judged.adopt(run).await?,
    }
    judged.power_cuts(run).await?;
    sim.set_space(PLENTY);
    judged
        .mend(run)
        .await
        .map_err(|violation| violation.at("reopened with room"))
}

/// The error names the reason.
fn says_full(what: &str, text: &str) -> Result<(), Violation> {
    // By the system's number, as `std` shows it.
    let errno = Way::NoSpace.errno().unwrap_or_default();
    if text.contains(&format!("os error {errno}")) {
        return Ok(());
    }
    let text = format!("on a full disk {what} failed without saying so: {text}");
    Err(match what {
        "open" => open_after_crash::RULE.broken(text),
        _ => error_latch::RULE.broken(text),
    })
}
