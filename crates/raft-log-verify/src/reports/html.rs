//! `report.html`: one file that opens without a network and without scripts.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::findings::articles;
use super::number::grouped;
use super::tables::{crash_states, operations, phases, rules_by_phase};
use crate::campaign::{Judgement, Outcome, Report, Verdict};

/// The looks, which stand in the file.
const STYLE: &str = include_str!("page.css");

/// The page.
#[must_use]
pub fn html(report: &Report) -> String {
    let judgements = report.judgements();
    let title = format!("{}: judged with seed {}", report.subject, report.seed);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (report.subject) }
                    p.soft { "A Raft log store, judged by raft-log-verify with seed " (report.seed) "."
                        @if let Some(shard) = report.shard { " This is shard " (shard) ": how much is enough only all shards together can tell." }
                    }
                    (totals(&judgements))
                    (vanished(report))
                }
                main {
                    (verdicts(&judgements))
                    (articles(report))
                    (not_judged(report, &judgements))
                    (phases(report))
                    (rules_by_phase(report))
                    (operations(report))
                    (crash_states(report))
                }
            }
        }
    };
    page.into_string()
}

/// How an outcome looks.
fn class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Kept { .. } => "kept",
        Outcome::Broken { .. } => "broken",
        Outcome::Known { .. } => "known",
        Outcome::NotJudged { .. } => "none",
        Outcome::HarnessBroken { .. } => "harness",
    }
}

/// What stands first: what is broken.
fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Broken { .. } => 0,
        Outcome::Known { .. } => 1,
        Outcome::HarnessBroken { .. } => 2,
        Outcome::Kept { .. } => 3,
        Outcome::NotJudged { .. } => 4,
    }
}

/// How many rules came to what; all of it, also where it is none.
fn totals(judgements: &[Judgement]) -> Markup {
    let all = [
        ("kept", "kept", "rules kept"),
        ("broken", "broken", "broken"),
        ("known", "broken, known", "broken, known"),
        ("none", "not judged", "not judged"),
        ("harness", "harness broken", "harness broken"),
    ];
    let count = |name: &str| {
        let same = judgements.iter().filter(|it| it.outcome.name() == name);
        same.count()
    };
    html! {
        ul.totals aria-label="How many rules came to what" {
            @for (class, name, text) in all {
                li class=(class) { strong { (count(name)) } " " (text) }
            }
        }
    }
}

/// What is known and was not found.
fn vanished(report: &Report) -> Markup {
    html! {
        @for known in report.vanished() {
            p.loud { "Not found any more, though known: " code { (known.rule.name) } ": " (known.why) }
        }
    }
}

fn verdicts(judgements: &[Judgement]) -> Markup {
    let mut sorted: Vec<&Judgement> = judgements.iter().collect();
    sorted.sort_by_key(|it| rank(&it.outcome));
    html! {
        h2 id="verdicts" { "Verdicts" }
        div.scroll { table aria-labelledby="verdicts" {
            caption { "Each rule of the contract, what became of it, and how often it was judged or broken. What is broken comes first." }
            thead { tr {
                th scope="col" { "rule" }
                th scope="col" { "outcome" }
                th scope="col" { "how often, or why" }
                th scope="col" { "severity" }
                th scope="col" { "the rule" }
            } }
            tbody { @for it in sorted {
                tr {
                    th scope="row" { code { (it.rule.name) } }
                    td { span class={ "badge " (class(&it.outcome)) } { (it.outcome.name()) } }
                    td.why { (how_often(&it.outcome)) }
                    td { (it.rule.severity) }
                    td { (it.rule.statement) }
                }
            } }
        } }
    }
}

fn how_often(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Kept { judged } => format!("judged {}×", grouped(*judged)),
        Outcome::Broken { times } => format!("met {}×", grouped(*times)),
        Outcome::Known { times, why } => format!("met {}×, {why}", grouped(*times)),
        Outcome::NotJudged { why } | Outcome::HarnessBroken { why } => why.clone(),
    }
}

fn not_judged(report: &Report, judgements: &[Judgement]) -> Markup {
    let reasons = report.not_judged_by_reason(judgements);
    let broken = report
        .phases
        .iter()
        .filter_map(|phase| match &phase.verdict {
            Verdict::HarnessBroken(why) => Some((phase.name, why)),
            _ => None,
        });
    let broken: Vec<_> = broken.collect();
    html! {
        h2 id="unjudged" { "Not judged" }
        @if reasons.is_empty() {
            p { "Everything that the harness knows was judged." }
        } @else {
            div.scroll { table aria-labelledby="unjudged" {
                caption { "Rules, kinds of damage and phases of which nothing is said, and why. What is not judged is not passed." }
                thead { tr { th scope="col" { "why" } th scope="col" { "what" } } }
                tbody { @for (why, names) in reasons {
                    tr { th scope="row" style="white-space: normal" { (why) } td { (names.join(", ")) } }
                } }
            } }
        }
        h3 { "Harness broken" }
        @if broken.is_empty() {
            p { "Nothing: the harness and the machine held." }
        } @else {
            dl { @for (phase, why) in broken {
                dt { (phase) } dd { (why) }
            } }
        }
    }
}
