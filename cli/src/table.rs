//! Tables for people.

use openraft_timevault::timevault::sim_fs::Level;
use openraft_timevault::verify::campaign::{Detection, Phase, Report, Verdict};
use openraft_timevault::verify::seeded::Oddity;

use crate::outcomes::verdict;

/// Phases with their verdicts and counts.
pub(crate) fn report(report: &Report) {
    println!("{} with seed {}", report.subject, report.seed);
    for phase in &report.phases {
        println!("\n{:<16} {}", phase.name, verdict(&phase.verdict));
        for (name, count) in phase.counts.iter() {
            println!("    {name:<32} {count:>10}");
        }
        coverage(phase);
        if let Verdict::TooLittle(missed) = &phase.verdict {
            for (floor, count) in missed {
                println!(
                    "    too few: {} is {count}, at least {} are due",
                    floor.name, floor.least
                );
            }
        }
    }
    if !report.not_judged.is_empty() {
        println!("\nnot judged");
        for (rule, why) in &report.not_judged {
            println!("    {rule:<32} {why}");
        }
    }
}

/// Crash points, states possible and disks judged. A disk counts once, for the strongest profile
/// and the lowest level that meets it.
fn coverage(phase: &Phase) {
    if phase.coverage.is_empty() {
        return;
    }
    print!("    {:<10} {:>8} {:>16}", "profile", "points", "possible");
    for level in Level::ALL {
        print!(" {level:>8}");
    }
    println!();
    for (profile, coverage) in &phase.coverage {
        let possible = coverage.possible.to_string();
        print!(
            "    {:<10} {:>8} {possible:>16}",
            profile.name(),
            coverage.points
        );
        for level in Level::ALL {
            print!(" {:>8}", coverage.judged(level));
        }
        println!();
    }
}

/// Which rule found which bug.
pub(crate) fn detections(detections: &[Detection]) {
    println!(
        "{:<5} {:<32} {:<10} {:<22} {:>8} {:>10} {:>6}",
        "", "bug", "store", "found by", "programs", "operations", "length"
    );
    for detection in detections {
        let bug = detection.bug;
        let (rule, length) = match &detection.found {
            Some(found) => (
                found.violation.rule.name,
                found.program.ops.len().to_string(),
            ),
            None => ("NOT FOUND", String::new()),
        };
        let wrong = if detection.is_right() {
            ""
        } else {
            "  <- not a rule about it"
        };
        println!(
            "{:<5} {:<32} {:<10} {rule:<22} {:>8} {:>10} {length:>6}{wrong}",
            bug.code(),
            bug.name(),
            bug.store(),
            detection.effort.programs,
            detection.effort.operations,
        );
    }
}

/// The stores that are odd and correct.
pub(crate) fn oddities() {
    println!("\nodd and correct, to be judged by `run --subject plain-wal+NAME`");
    for oddity in Oddity::ALL {
        println!("    {:<32} {}", oddity.name(), oddity.text());
    }
}
