//! `outcomes.jsonl`: one line per phase, without times, so that two runs of a seed can be compared.

use openraft_timevault::verify::campaign::{Phase, Report, Verdict};
use serde_json::{Map, Value, json};

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
        .map(|(name, count)| (name.to_owned(), count.into()))
        .collect();
    let mut line = json!({
        "subject": report.subject,
        "seed": report.seed,
        "phase": phase.name,
        "verdict": verdict(&phase.verdict),
        "counts": counts,
    });
    if let Verdict::Broken(found) = &phase.verdict {
        line["rule"] = found.violation.rule.name.into();
        line["violation"] = found.violation.text.clone().into();
        line["number"] = found.number.into();
        line["program"] = json!(found.program);
        line["crash"] = json!(found.crash);
    }
    line
}

/// One word.
pub(crate) fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Clean => "clean",
        Verdict::Broken(_) => "broken",
        Verdict::TooLittle(_) => "too little",
        Verdict::Stopped => "stopped",
    }
}
