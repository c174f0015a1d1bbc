//! `outcomes.jsonl`: one line per phase, without times, so that two runs of a seed can be compared.

use crash_disk::sim::{Coverage, Level};
use serde_json::{Map, Value, json};

use crate::campaign::{Counterexample, Phase, Report};
use crate::counts::{Counts, count};

/// Counts that depend on how far a real process has come when it is killed, not on the seed.
const UNSETTLED: [&str; 6] = [
    count::KILLED_IN_WRITE,
    count::KILLED_IN_OPEN,
    count::KILLED_IN_CLOSE,
    count::KILLED_IDLE,
    count::CHILD_OPENS,
    count::CHILD_WRITES,
];

/// One line per phase.
#[must_use]
pub fn lines(report: &Report) -> String {
    report
        .phases
        .iter()
        .map(|phase| format!("{}\n", line(report, phase)))
        .collect()
}

fn line(report: &Report, phase: &Phase) -> Value {
    let counts = phase.counts.iter();
    let settled = counts.filter(|(name, _)| !UNSETTLED.contains(name));
    json!({
        "subject": report.subject,
        "seed": report.seed,
        "phase": phase.name,
        "verdict": phase.verdict.name(),
        "counts": map(settled),
        "judged": by_rule(&phase.tally.judged),
        "broken": by_rule(&phase.tally.breaches),
        "coverage": coverage(phase),
        "found": phase.found.iter().map(found).collect::<Vec<_>>(),
    })
}

fn by_rule(counts: &Counts) -> Value {
    map(counts.iter())
}

fn map<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Value {
    let counts = counts.map(|(name, count)| (name.to_owned(), count.into()));
    Value::Object(counts.collect())
}

fn found(found: &Counterexample) -> Value {
    json!({
        "rule": found.violation.rule.name,
        "violation": found.violation.text,
        "number": found.number,
        "program": found.program,
        "cause": found.cause,
    })
}

/// Crash points, states possible and disks judged, by profile.
fn coverage(phase: &Phase) -> Value {
    let of = |coverage: &Coverage| {
        let levels = Level::ALL.map(|level| (level.to_string(), coverage.judged(level).into()));
        json!({
            "points": coverage.points,
            "possible": coverage.possible.to_string(),
            "judged": Map::from_iter(levels),
        })
    };
    let profiles = phase
        .coverage
        .iter()
        .map(|(profile, coverage)| (profile.to_string(), of(coverage)));
    Value::Object(profiles.collect())
}
