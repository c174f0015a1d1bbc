//! Tables for people.

use std::io::{self, Write};

use crash_disk::sim::Level;
use openraft_timevault::verify::campaign::{Detection, Phase, Report, Verdict};
use openraft_timevault::verify::seeded::Oddity;

/// Phases with their verdicts and counts.
pub(crate) fn report(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    writeln!(out, "{}", report.summary())?;
    for phase in &report.phases {
        writeln!(out, "\n{:<16} {}", phase.name, phase.verdict.name())?;
        for (name, count) in phase.counts.iter() {
            writeln!(out, "    {name:<32} {count:>10}")?;
        }
        coverage(out, phase)?;
        if let Verdict::HarnessBroken(why) = &phase.verdict {
            writeln!(out, "    {why}")?;
        }
        if let Verdict::TooLittle(missed) = &phase.verdict {
            for (floor, count) in missed {
                writeln!(
                    out,
                    "    too few: {} is {count}, at least {} are due",
                    floor.name, floor.least
                )?;
            }
        }
    }
    Ok(())
}

/// Crash points, states possible and disks judged. A disk counts once, for the strongest profile
/// and the lowest level that meets it.
fn coverage(out: &mut dyn Write, phase: &Phase) -> io::Result<()> {
    if phase.coverage.is_empty() {
        return Ok(());
    }
    write!(
        out,
        "    {:<10} {:>8} {:>16}",
        "profile", "points", "possible"
    )?;
    for level in Level::ALL {
        write!(out, " {level:>8}")?;
    }
    writeln!(out)?;
    for (profile, coverage) in &phase.coverage {
        let possible = coverage.possible.to_string();
        write!(
            out,
            "    {:<10} {:>8} {possible:>16}",
            profile.name(),
            coverage.points
        )?;
        for level in Level::ALL {
            write!(out, " {:>8}", coverage.judged(level))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Which rule found which bug.
pub(crate) fn detections(out: &mut dyn Write, detections: &[Detection]) -> io::Result<()> {
    writeln!(
        out,
        "{:<5} {:<32} {:<10} {:<22} {:>8} {:>10} {:>6}",
        "", "bug", "store", "found by", "programs", "operations", "length"
    )?;
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
        writeln!(
            out,
            "{:<5} {:<32} {:<10} {rule:<22} {:>8} {:>10} {length:>6}{wrong}",
            bug.code, bug.name, bug.store, detection.effort.programs, detection.effort.operations,
        )?;
    }
    Ok(())
}

/// The stores that are odd and correct.
pub(crate) fn oddities(out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "\nodd and correct, to be judged by `run --subject plain-wal+NAME`"
    )?;
    for oddity in Oddity::ALL {
        writeln!(out, "    {:<32} {}", oddity.name(), oddity.text())?;
    }
    Ok(())
}
