//! The findings of the page: each with its program, what was seen, and its drawing.

use maud::{Markup, html};

use super::svg::timeline;
use crate::campaign::{Counterexample, Report};

/// All findings, first found first.
pub(super) fn articles(report: &Report) -> Markup {
    let findings: Vec<&Counterexample> = report.findings().collect();
    html! {
        h2 { "Findings" }
        @if findings.is_empty() {
            p { "None: no rule that was judged is broken." }
        }
        @for (number, found) in findings.into_iter().enumerate() {
            (article(report, found, number))
        }
    }
}

fn article(report: &Report, found: &Counterexample, number: usize) -> Markup {
    let rule = found.violation.rule;
    let known = report.known_why(rule.name);
    let class = if known.is_some() { "known" } else { "new" };
    html! {
        article class=(class) aria-labelledby=(format!("finding-{number}")) {
            h3 id=(format!("finding-{number}")) { code { (rule.name) } ", " (rule.severity) }
            @if let Some(why) = known {
                p { span class="badge known" { "known" } " " (why) }
            }
            dl {
                dt { "Expected" }
                dd { (rule.statement) }
                dt { "Where the rule is from" }
                dd.soft { (rule.source) }
                dt { "Seen" }
                dd { code { (found.violation.text) } }
                dt { "The program, begun on a log that is " (found.program.start.name()) }
                dd { (program(found)) }
                dt { "Done beside it" }
                dd { (found.cause) }
                dt { "Found" }
                dd { "by phase “" (found.phase) "”, program " (found.number) ", seed " (found.seed) }
            }
            @if let Some(drawing) = &found.drawing {
                (timeline(drawing, number))
                p.soft { "A bar begins where a call changed the disk. Dashed: pending, so a power cut may take it. Solid: durable." }
            }
            @if !found.timeline.is_empty() {
                details { summary { "What happened, call by call" } pre { (found.timeline) } }
            }
        }
    }
}

fn program(found: &Counterexample) -> Markup {
    html! {
        @if found.program.ops.is_empty() {
            "no operation: opening it is enough"
        } @else {
            ol start="0" { @for op in &found.program.ops { li { (op) } } }
        }
    }
}
