//! The tables of the page: phases, rules by phase, operations by situation, crash states.

use std::collections::{BTreeMap, BTreeSet};

use crash_disk::sim::{Coverage, Level, Profile};
use maud::{Markup, html};

use super::number::grouped;
use crate::campaign::{Phase, Report};
use crate::counts::count;
use crate::rules;
use crate::tally::situation;

/// What each phase came to, with its counts.
pub(super) fn phases(report: &Report) -> Markup {
    let programs = |phase: &Phase| {
        let of = |name| phase.counts.of(name);
        of(count::SEQUENCES).max(of(count::PROGRAMS))
    };
    html! {
        h2 id="phases" { "Phases" }
        div.scroll { table aria-labelledby="phases" {
            caption { "What each phase of the campaign came to." }
            thead { tr {
                th scope="col" { "phase" }
                th scope="col" { "came to" }
                th.number scope="col" { "programs" }
                th.number scope="col" { "operations" }
                th scope="col" { "found" }
            } }
            tbody { @for phase in &report.phases {
                tr {
                    th scope="row" { (phase.name) }
                    td { (phase.verdict.to_string()) }
                    td.number { (grouped(programs(phase))) }
                    td.number { (grouped(phase.counts.of(count::OPERATIONS))) }
                    td { (found(phase)) }
                }
            } }
        } }
        details {
            summary { "All counts of each phase" }
            @for phase in &report.phases {
                h3 { (phase.name) }
                table {
                    caption { "Counts of " (phase.name) "." }
                    thead { tr { th scope="col" { "what" } th.number scope="col" { "how often" } } }
                    tbody { @for (name, count) in phase.counts.iter() {
                        tr { th scope="row" { (name) } td.number { (grouped(count)) } }
                    } }
                }
            }
        }
    }
}

fn found(phase: &Phase) -> String {
    let rules = phase.found.iter().map(|found| found.violation.rule.name);
    rules.collect::<Vec<_>>().join(", ")
}

/// How often each rule was judged in which phase.
pub(super) fn rules_by_phase(report: &Report) -> Markup {
    let count = |rule: &str, phase: &Phase| phase.tally.judged.of(rule);
    let judged = |rule: &str| report.phases.iter().any(|phase| count(rule, phase) > 0);
    let rules = rules::ALL.iter().filter(|rule| judged(rule.name));
    let columns = report.phases.iter().map(|phase| phase.name);
    let rows = rules.map(|rule| {
        let cells = report.phases.iter().map(|phase| count(rule.name, phase));
        (rule.name, cells.collect())
    });
    heat(
        "How often rules were judged",
        "Rules by phases: how often each was judged. The darker, the more often.",
        &columns.collect::<Vec<_>>(),
        &rows.collect::<Vec<_>>(),
    )
}

/// What the operations met.
pub(super) fn operations(report: &Report) -> Markup {
    let mut met: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for phase in &report.phases {
        for ((operation, situation), by) in &phase.tally.met {
            *met.entry((operation, situation)).or_default() += by;
        }
    }
    let names: BTreeSet<&str> = met.keys().map(|(operation, _)| *operation).collect();
    let rows = names.into_iter().map(|operation| {
        let cell = |situation| {
            met.get(&(operation, situation))
                .copied()
                .unwrap_or_default()
        };
        (operation, situation::ALL.map(cell).to_vec())
    });
    heat(
        "What operations met",
        "Operations by the state of the log that they met, in all phases together: how often each was performed and compared.",
        &situation::ALL,
        &rows.collect::<Vec<_>>(),
    )
}

/// Different crash states that were judged.
pub(super) fn crash_states(report: &Report) -> Markup {
    let mut all: BTreeMap<Profile, Coverage> = BTreeMap::new();
    for (profile, coverage) in report.phases.iter().flat_map(|phase| &phase.coverage) {
        all.entry(*profile).or_default().merge(coverage);
    }
    let levels = Level::ALL.map(|level| level.to_string());
    let rows = all.iter().map(|(profile, coverage)| {
        let cells = Level::ALL.map(|level| coverage.judged(level));
        (profile.name(), cells.to_vec())
    });
    let rows: Vec<_> = rows.collect();
    let columns: Vec<&str> = levels.iter().map(String::as_str).collect();
    if rows.is_empty() {
        return html! {
            h2 { "Crash states" }
            p { "None was judged: no power was cut in an enumeration." }
        };
    }
    heat(
        "Crash states",
        "Different crashed disks that were opened and judged, by the strongest profile and the lowest level that meets them.",
        &columns,
        &rows,
    )
}

/// A table of counts, coloured by their order of magnitude.
fn heat(title: &str, caption: &str, columns: &[&str], rows: &[(&str, Vec<u64>)]) -> Markup {
    let most = rows.iter().flat_map(|(_, cells)| cells).copied().max();
    let id = title.to_lowercase().replace(' ', "-");
    html! {
        h2 id=(id) { (title) }
        @if rows.is_empty() {
            p { "Nothing was counted." }
        } @else {
            div.scroll { table aria-labelledby=(id) {
                caption { (caption) }
                thead { tr {
                    td {}
                    @for column in columns { th.number scope="col" { (column) } }
                } }
                tbody { @for (name, cells) in rows {
                    tr {
                        th scope="row" { (name) }
                        @for count in cells { (cell(*count, most.unwrap_or_default())) }
                    }
                } }
            } }
        }
    }
}

/// Parts of full colour in which cells differ.
const SHADES: u32 = 10;
/// Thousandths of full colour of the darkest cell: the text on it stays readable.
const DARKEST: u32 = 450;

fn cell(count: u64, most: u64) -> Markup {
    if count == 0 {
        return html! { td class="number zero" { "0" } };
    }
    // By the number of binary digits: a logarithm without floating point.
    let digits = |number: u64| u64::BITS - number.leading_zeros();
    let shade = SHADES * digits(count) / digits(most).max(1);
    let opacity = DARKEST * shade / SHADES;
    html! {
        td.number style=(format!("background: rgb(38 110 190 / 0.{opacity:03})")) { (grouped(count)) }
    }
}
