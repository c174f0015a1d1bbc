//! Tells a failure as a story: what was called, what reached the disk, where the power failed,
//! what was lost, and which sync would have kept it.

use std::fmt::Write as _;

use crate::tasks::Runtime;
use crash_disk::sim::{CrashPoint, Keep};

use super::allowed::{Allowed, Expected};
use super::judged::Judged;
use super::{CrashFailure, Cut, Drawing, Left, Recording, Scope};
use crate::op::Program;
use crate::reference::Fate;
use crate::subject::Subject;

/// The story of a failure, one event per line, and its drawing. `None` when the program does not run as it did, or
/// without a crash.
#[must_use]
pub fn timeline<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    failure: &CrashFailure,
) -> Option<(String, Drawing)> {
    let first = failure.trail().first()?;
    let recording = runtime.block_on(Box::pin(Recording::new(subject, program)));
    let recording = recording.ok()?;
    let drawing = Drawing::of(&recording, first);
    let mut story = events(&recording, first.point);
    for (depth, cut) in failure.trail().iter().enumerate() {
        let inside = match depth {
            0 => "",
            _ => "inside the recovery, ",
        };
        let _ = writeln!(story, "  ****  {inside}{cut}");
        if depth == 0 {
            story.push_str(&losses(&recording, cut));
        }
    }
    let rule = failure.violation().rule;
    let _ = writeln!(story, "   open  {}: {}", rule.name, rule.breach);
    story.push_str(&remedies(runtime, subject, program, &recording, failure));
    Some((story, drawing))
}

/// What was issued, called and acknowledged during the last operation, up to the crash.
fn events(recording: &Recording, point: CrashPoint) -> String {
    let mut story = String::new();
    let issued = recording.journal.issued();
    let last = point.complete_calls() + u64::from(matches!(point, CrashPoint::Inside { .. }));
    for step in recording.from..=last {
        if let Some(call) = recording.disk.call(step).filter(|_| step > recording.from) {
            let cut_short = matches!(point, CrashPoint::Inside { call, .. } if call == step);
            let ends = if cut_short { ", cut short" } else { "" };
            let _ = writeln!(story, "{step:>6}  {}{ends}", call.text);
        }
        for write in issued {
            if matches!(write.fate, Fate::Acknowledged(at) if at == step) && write.from != step {
                let _ = writeln!(story, "        acknowledged: {:?}", write.write);
            }
            if write.from == step && step < last {
                let _ = writeln!(story, "        issued: {:?}", write.write);
            }
        }
    }
    story
}

fn losses(recording: &Recording, cut: &Cut) -> String {
    let mut story = String::new();
    let Left::PowerCut(_, keep) = &cut.left else {
        return story;
    };
    let view = cut.view(&recording.disk);
    for (op, kept) in view.pending().iter().zip(view.marks(keep)) {
        let fate = if kept { "kept" } else { "LOST" };
        let _ = writeln!(story, "   {fate}  {op}");
    }
    story
}

/// A power cut behind the recovery has its own losses, which the violation tells.
const KILLED: &str = "        a kill loses nothing that was written: no sync before it would have prevented this\n        \
     (what a power cut behind it has taken stands under what was seen)\n";

/// What many authors of stores do not know, and what to do where it is a matter of the first open.
const OF_DIRECTORIES: &str = "        A new or renamed file can lose its name until its directory is synced (File::open(dir)?.sync_all()).\n        \
     Where a library creates its files so, sync their directory after the first open; created_before() judges the rest.\n";

/// Which single sync, made before the crash, would leave a state that breaks no rule: for each
/// lost operation the state is judged again with that operation kept.
fn remedies<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    recording: &Recording,
    failure: &CrashFailure,
) -> String {
    let [cut] = failure.trail() else {
        return String::new();
    };
    let Left::PowerCut(profile, keep) = &cut.left else {
        return KILLED.to_owned();
    };
    let view = cut.view(&recording.disk);
    let kept = view.marks(keep);
    let (scope, judged) = (Scope::of_trail(failure.trail()), Judged::new());
    let mut judge = recording.judge(runtime, subject, (program.tuning, &scope, &judged));
    let allowed = Allowed::after(&recording.journal, cut.point.complete_calls());
    let mut syncs: Vec<String> = Vec::new();
    for (op, was_kept) in view.pending().iter().zip(&kept) {
        let mut marks = kept.clone();
        if let Some(mark) = marks.get_mut(op.index).filter(|_| !*was_kept) {
            *mark = true;
            let with = Cut {
                point: cut.point,
                left: Left::PowerCut(*profile, Keep::Subset(marks)),
            };
            let sync = format!("{}, after call {}", op.durable_by, op.call);
            let clean = judge
                .replay(&with.of(&recording.disk), &[], Expected::both(&allowed))
                .is_ok();
            if clean && !syncs.contains(&sync) {
                syncs.push(sync);
            }
        }
    }
    if syncs.is_empty() {
        return "        no single sync before the crash would have prevented it\n".to_owned();
    }
    let by_directory = syncs.iter().any(|sync| sync.contains("directory"));
    let syncs = syncs
        .iter()
        .map(|sync| format!("        would have been prevented by: {sync}\n"));
    let mut told: String = syncs.collect();
    if by_directory {
        told.push_str(OF_DIRECTORIES);
    }
    told
}
