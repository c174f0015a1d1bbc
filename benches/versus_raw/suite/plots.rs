//! Draws the figures of a run as SVG.

use std::fs;
use std::path::Path;

use plotters::coord::ranged1d::{IntoSegmentedCoord, SegmentValue};
use plotters::prelude::*;

use super::group::Better;
use super::raw;
use super::report::{Measured, Report, ratio};

/// Most that a bar shows, and least.
const SHOWN: std::ops::Range<f64> = 0.02..100.0;
const WIDTH: u32 = 900;
const ROW: u32 = 22;
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 94, 162),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(110, 110, 110),
];

/// Draws one picture of the rates and one of the times and sizes.
pub fn draw(report: &Report, dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    for (better, file, title) in [
        (
            Better::Higher,
            "rates.svg",
            "rates, against raw: longer is better",
        ),
        (
            Better::Lower,
            "times.svg",
            "times and sizes, against raw: shorter is better",
        ),
    ] {
        let shown = |line: &&Measured| {
            let measured = &line.subjects;
            line.line.better == better && measured.len() > 1 && measured[0].name == raw::NAME
        };
        let lines: Vec<&Measured> = report.lines.iter().filter(shown).collect();
        if !lines.is_empty() {
            bars(&lines, title, &dir.join(file));
        }
    }
}

/// A bar for each subject of each line, with a whisker from the least to the most.
fn bars(lines: &[&Measured], title: &str, path: &Path) {
    let mut rows = Vec::new();
    for line in lines {
        for subject in &line.subjects[1..] {
            let name = format!("{}: {}", line.line.name, subject.name);
            rows.push((
                name,
                subject.name.clone(),
                subject.ratio.unwrap_or([1.0; 3]),
            ));
        }
    }
    let mut names: Vec<&String> = rows.iter().map(|(_, subject, _)| subject).collect();
    names.sort();
    names.dedup();
    let count = rows.len();
    let height = ROW * count as u32 + 90;
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE).unwrap();
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(390)
        .build_cartesian_2d(SHOWN.log_scale(), (0..count).into_segmented())
        .unwrap();
    let label = |row: &SegmentValue<usize>| match row {
        SegmentValue::CenterOf(row) if *row < count => rows[count - 1 - row].0.clone(),
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(count + 1)
        .y_label_formatter(&label)
        .x_label_formatter(&|x| ratio(*x))
        .label_style(("sans-serif", 12))
        .draw()
        .unwrap();
    let at = |row: usize| count - 1 - row;
    for (row, (_, subject, [least, middle, most])) in rows.iter().enumerate() {
        let colour =
            COLOURS[names.iter().position(|name| *name == subject).unwrap() % COLOURS.len()];
        let clip = |x: &f64| x.clamp(SHOWN.start, SHOWN.end);
        let corners = [
            (1.0, SegmentValue::Exact(at(row))),
            (clip(middle), SegmentValue::Exact(at(row) + 1)),
        ];
        let mut bar = Rectangle::new(corners, colour.mix(0.7).filled());
        bar.set_margin(4, 4, 0, 0);
        let centre = SegmentValue::CenterOf(at(row));
        let whisker = [(clip(least), centre.clone()), (clip(most), centre.clone())];
        let text = Text::new(
            ratio(*middle),
            (clip(most).max(1.02), centre),
            ("sans-serif", 11),
        );
        chart.draw_series([bar]).unwrap();
        chart
            .draw_series([PathElement::new(whisker, BLACK)])
            .unwrap();
        chart.draw_series([text]).unwrap();
    }
    area.present().unwrap();
    println!("{}", path.display());
}
