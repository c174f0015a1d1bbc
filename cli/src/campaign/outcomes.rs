//! `outcomes.jsonl`: one line per phase, without times, so that two runs of a seed can be compared.

use crash_disk::sim::{Coverage, Level};
use openraft_timevault::verify::campaign::{Phase, Report, Verdict};
use openraft_timevault::verify::counts::count;
use serde_json::{Map, Value, json};

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
pub(crate) fn lines(report: &Report) -> String {
    report
        .phases
        .iter()
        .map(|phase| format!("{}\n", line(report, phase)))
        .collect()
}

fn line(report: &Report, phase: &Phase) -> Value {
    let counts: Map<String, Value> = phase
        .counts
        .iter()
        .filter(|(name, _)| !UNSETTLED.contains(name))
        .map(|(name, count)| (name.to_owned(), count.into()))
        .collect();
    let found = match &phase.verdict {
        Verdict::Broken(found) => Some(found),
        _ => None,
    };
    json!({
        "subject": report.subject,
        "seed": report.seed,
        "phase": phase.name,
        "verdict": verdict(&phase.verdict),
        "counts": counts,
        "coverage": coverage(phase),
        "found": found.map(|found| json!({
            "rule": found.violation.rule.name,
            "violation": found.violation.text,
            "number": found.number,
            "program": found.program,
            "cause": found.cause,
        })),
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

/// One word.
pub(crate) fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Clean => "clean",
        Verdict::Broken(_) => "broken",
        Verdict::TooLittle(_) => "too little",
        Verdict::Stopped => "stopped",
        Verdict::HarnessBroken(_) => "harness broken",
    }
}
