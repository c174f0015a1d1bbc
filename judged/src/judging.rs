//! Judges subjects, and says what they came to and whether that is known.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crash_mount::UnseenSyncs;
use raft_log_verify::Report;
use raft_log_verify::campaign::{Cause, ControlPhase, Counterexample, Phase, Verdict, write_repro};
use raft_log_verify::counts::count;

use crate::Asked;
use crate::case::{Case, Known};
use crate::watched::Watched;

/// The rules that say that what was acknowledged was lost.
const LOSSES: [&str; 2] = ["append-durability", "vote-durability"];

/// What is known of a subject in words.
pub(crate) fn known(case: &Case) -> String {
    let words = |known: &Known| match known.always {
        true => known.rule.to_owned(),
        false => format!("{} in some runs", known.rule),
    };
    match case.known.iter().map(words).collect::<Vec<_>>()[..] {
        [] => "keeps what is judged".to_owned(),
        ref rules => format!("breaks {}", rules.join(", ")),
    }
}

/// Judges each of these in a process of its own, so that one that takes its process with it ends nothing else; whether
/// all outcomes are the known ones.
pub(crate) fn each(names: &[&str]) -> bool {
    let begun = Instant::now();
    let mut as_known = true;
    for name in names {
        as_known &= apart(name).unwrap_or_else(|error| {
            println!("NEWS {name}: not judged: {error}");
            false
        });
    }
    let (count, seconds) = (names.len(), begun.elapsed().as_secs_f64());
    println!("{count} subjects in {seconds:.0} s");
    as_known
}

/// Judges a subject in another process of this program, with the same options.
fn apart(name: &str) -> std::io::Result<bool> {
    let mut again = Command::new(std::env::current_exe()?);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        if arg.starts_with('-') {
            let value = (arg != "--report").then(|| args.next()).flatten();
            again.arg(arg).args(value);
        }
    }
    let status = again.arg(name).status()?;
    if status.code().is_none() {
        println!(
            "NEWS {name}: not judged: the store has ended the process that judges it ({status})"
        );
    }
    Ok(status.success())
}

/// Judges a subject and prints a line; whether the outcome is the known one.
pub(crate) fn judge(case: &Case, asked: &Asked) -> bool {
    let (begun, watched) = (Instant::now(), Watched::new());
    let report = case.judge(asked.length, asked.threads, &watched);
    watched.ended();
    let mut taken_back = BTreeSet::new();
    for found in report.findings() {
        let rule = found.violation.rule.name;
        println!("{found}");
        match write_repro(&asked.out, found) {
            Ok(file) => {
                println!("to see it again: judged replay {}\n", file.display());
                if let Some(call) = unseen(found, &file) {
                    println!(
                        "taken back: the store calls {call}, which a mounted disk does not see"
                    );
                    taken_back.insert(rule);
                }
            }
            Err(error) => println!("there is no repro file: {error}\n"),
        }
    }
    if asked.report {
        println!("{report}");
    } else {
        println!("{}", report.summary());
    }
    let (text, as_known) = outcome(case, &report, &taken_back);
    let news = if as_known { "" } else { "NEWS " };
    let seconds = begun.elapsed().as_secs_f64();
    println!("{news}{}: {text}, in {seconds:.0} s", case.name);
    as_known
}

/// A call by which the store may have made durable what a power cut has taken away here, if a traced run of the finding
/// makes one.
fn unseen(found: &Counterexample, file: &Path) -> Option<String> {
    if !matches!(found.cause, Cause::Crash(_)) {
        return None;
    }
    let mut again = Command::new(std::env::current_exe().ok()?);
    again.arg("replay").arg(file);
    UnseenSyncs::of(&again).names().first().cloned()
}

/// What a subject came to in words, and whether that is the known outcome.
fn outcome(case: &Case, report: &Report, taken_back: &BTreeSet<&str>) -> (String, bool) {
    let found = report.findings().map(|found| found.violation.rule.name);
    let found: Vec<&str> = found.filter(|rule| !taken_back.contains(rule)).collect();
    let is_known = |rule: &&str| case.known.iter().any(|known| known.rule == *rule);
    let vanished = |known: &&Known| known.always && !found.contains(&known.rule);
    let gone: Vec<&str> = case
        .known
        .iter()
        .filter(vanished)
        .map(|it| it.rule)
        .collect();
    // A store of which a loss was found is no store that the harness is blind for.
    let sees = found.iter().any(|rule| LOSSES.contains(rule));
    let blind = |phase: &&Phase| phase.name != ControlPhase::NAME || !sees;
    let unclear = report.phases.iter().filter(|phase| is_unclear(phase));
    let unclear = unclear.filter(blind);
    let unclear: Vec<String> = unclear
        .map(|phase| format!("{}: {}", phase.name, phase.verdict))
        .collect();
    let as_known = found.iter().all(is_known) && gone.is_empty() && unclear.is_empty();
    let mut text = match found.is_empty() {
        true => "kept".to_owned(),
        false => format!("broken: {}", found.join(", ")),
    };
    if !gone.is_empty() {
        text += &format!("; NOT FOUND: {}", gone.join(", "));
    }
    for phase in unclear {
        text += &format!("; not judged: {phase}");
    }
    (format!("{text}; {}", amount(report)), as_known)
}

/// Whether nothing can be said of a phase.
fn is_unclear(phase: &Phase) -> bool {
    !matches!(phase.verdict, Verdict::Clean | Verdict::Broken)
}

/// How much was judged.
fn amount(report: &Report) -> String {
    let of = |name| -> u64 {
        let phases = report.phases.iter();
        phases.map(|phase| phase.counts.of(name)).sum()
    };
    let mut text = format!(
        "{} disks after power cuts, {} after kills, {} real kills, {} losses seen by the control",
        of(count::CRASH_JUDGED),
        of(count::KILLS_JUDGED),
        of(count::KILLED),
        of(count::LOSSES_SEEN),
    );
    let unknown = of(count::UNKNOWN_CALLS);
    if unknown > 0 {
        text += &format!(", {unknown} programs with unknown calls");
    }
    text
}
