//! A crash drawn: what was called when, and when it was durable.

use maud::{Markup, html};

use crate::crash::{Drawing, DrawnCall, Durability, Moment};

/// Rows that are drawn; of more the last ones, which are next to the crash.
const MOST_ROWS: usize = 60;

/// Sizes in the units of the drawing.
const LABELS: u64 = 520;
const WIDTH: u64 = 480;
const ROW: u64 = 26;
const TOP: u64 = 34;
/// Between the crash and the words behind it.
const GAP: u64 = 8;
/// For the words behind the crash.
const MARGIN: u64 = 110;
/// Letters of a label that find room.
const LETTERS: usize = 64;

/// What a row is about.
enum Row<'a> {
    Call(&'a DrawnCall),
    Moment(&'a Moment),
}

/// The drawing of the first crash of the finding with this number.
pub(super) fn timeline(drawing: &Drawing, number: usize) -> Markup {
    let all = rows(drawing);
    let skipped = all.len().saturating_sub(MOST_ROWS);
    let rows = all.get(skipped..).unwrap_or_default();
    let height = TOP + ROW * rows.len() as u64 + GAP;
    let last = drawing.calls.last().map_or(drawing.from, |call| call.step);
    let scale = Scale {
        from: drawing.from,
        steps: (last - drawing.from).max(1) + 1,
    };
    let whole = LABELS + WIDTH + MARGIN;
    let (title, about) = (format!("drawn-{number}"), format!("told-{number}"));
    html! {
        svg role="img" viewBox=(format!("0 0 {whole} {height}")) aria-labelledby=(format!("{title} {about}")) {
            title id=(title) { "What was durable when, up to the crash: " (drawing.crash) }
            desc id=(about) { (told(drawing)) }
            text.axis x=(LABELS) y="16" { "time, in calls of the disk →" }
            @for (row, of) in rows.iter().enumerate() {
                (drawn(of, TOP + ROW * row as u64, &scale))
            }
            line.crash x1=(LABELS + WIDTH) x2=(LABELS + WIDTH) y1="20" y2=(height) {}
            text.crash x=(LABELS + WIDTH) y="14" text-anchor="middle" { "crash" }
        }
        @if skipped > 0 {
            p { "The first " (skipped) " rows are left out." }
        }
    }
}

/// Calls and moments in the order in which they happened.
fn rows(drawing: &Drawing) -> Vec<Row<'_>> {
    let calls = drawing
        .calls
        .iter()
        .map(|call| (call.step, 0, Row::Call(call)));
    let moments = drawing.moments.iter();
    let moments = moments.map(|moment| (moment.step, 1, Row::Moment(moment)));
    let mut rows: Vec<_> = calls.chain(moments).collect();
    // What is said behind a call stands below it.
    rows.sort_by_key(|(step, behind, _)| (*step, *behind));
    rows.into_iter().map(|(_, _, row)| row).collect()
}

/// Where on the time axis a call is.
struct Scale {
    from: u64,
    steps: u64,
}

impl Scale {
    fn at(&self, step: u64) -> u64 {
        LABELS + WIDTH * (step.saturating_sub(self.from)) / self.steps
    }
}

fn drawn(row: &Row<'_>, top: u64, scale: &Scale) -> Markup {
    match row {
        Row::Call(call) => drawn_call(call, top, scale),
        Row::Moment(moment) => {
            let (class, word) = match moment.acknowledged {
                true => ("promise", "acknowledged"),
                false => ("issue", "issued"),
            };
            let (x, y) = (scale.at(moment.step), top + ROW / 2);
            html! {
                text class=(class) x="0" y=(y + 4) { (short(&format!("{word}: {}", moment.text))) }
                path class=(class) d=(format!("M{} {y}l6 -7l6 7l-6 7z", x.saturating_sub(6))) {}
            }
        }
    }
}

fn drawn_call(call: &DrawnCall, top: u64, scale: &Scale) -> Markup {
    let (begin, crash, middle) = (scale.at(call.step), LABELS + WIDTH, top + ROW / 2);
    let until = match call.durability {
        Durability::Durable(at) => scale.at(at),
        Durability::Nothing | Durability::Kept | Durability::Lost => crash,
    };
    let bar = |class: &str, from: u64, to: u64| {
        html! {
            rect class=(class) x=(from) y=(top + 5) width=(to.saturating_sub(from)) height=(ROW - 10) {}
        }
    };
    let (class, word) = match call.durability {
        Durability::Nothing => ("", ""),
        Durability::Durable(_) => ("durable", "durable"),
        Durability::Kept => ("pending", "pending, kept"),
        Durability::Lost => ("lost", "LOST"),
    };
    let ends = if call.cut_short { ", cut short" } else { "" };
    html! {
        text x="0" y=(middle + 4) { (short(&format!("{} {}{ends}", call.step, call.text))) }
        @match call.durability {
            Durability::Nothing => {}
            Durability::Durable(_) => {
                (bar("pending", begin, until))
                (bar("durable", until, crash))
            }
            Durability::Kept => (bar("pending", begin, until)),
            Durability::Lost => (bar("lost", begin, until)),
        }
        circle cx=(begin) cy=(middle) r="4" {}
        text class=(class) x=(crash + GAP) y=(middle + 4) { (word) }
    }
}

/// The end of a path says more than its beginning, and the beginning of a call more than its end.
fn short(text: &str) -> String {
    match text.char_indices().nth(LETTERS) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
    }
}

/// The drawing in words.
fn told(drawing: &Drawing) -> String {
    let calls = drawing.calls.iter().map(|call| {
        let fate = match call.durability {
            Durability::Nothing => return format!("call {}: {}. ", call.step, call.text),
            Durability::Durable(at) => format!("durable from call {at} on"),
            Durability::Kept => "pending at the crash and kept".to_owned(),
            Durability::Lost => "pending at the crash and lost".to_owned(),
        };
        format!("call {}: {}, {fate}. ", call.step, call.text)
    });
    calls.collect()
}
