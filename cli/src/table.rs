//! Tables for people.

use openraft_timevault::verify::campaign::{Detection, Report, Verdict};

use crate::outcomes::verdict;

/// Phases with their verdicts and counts.
pub(crate) fn report(report: &Report) {
    println!("{} with seed {}", report.subject, report.seed);
    for phase in &report.phases {
        println!("\n{:<16} {}", phase.name, verdict(&phase.verdict));
        for (name, count) in phase.counts.iter() {
            println!("    {name:<32} {count:>10}");
        }
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
