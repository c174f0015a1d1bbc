//! The figures of a run, as a table and as JSON.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::group::{Line, median};
use super::machine::Machine;

/// All figures of a run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    pub machine: Machine,
    pub repetitions: usize,
    pub seconds: u64,
    pub lines: Vec<Measured>,
}

/// A line with what was measured.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured {
    #[serde(flatten)]
    pub line: Line,
    /// The first one is what the others are compared with.
    pub subjects: Vec<Figures>,
}

/// What was measured of one subject.
#[derive(Debug, Serialize, Deserialize)]
pub struct Figures {
    pub name: String,
    /// One for each repetition.
    pub values: Vec<f64>,
    pub median: f64,
    /// Value by value of the first subject in the same repetition: least, middle and most.
    pub ratio: Option<[f64; 3]>,
}

impl Measured {
    /// Computes the ratios.
    pub fn new(line: Line, values: Vec<(String, Vec<f64>)>) -> Self {
        let yardstick = values
            .first()
            .map(|(_, values)| values.clone())
            .unwrap_or_default();
        let figures = |(at, (name, values)): (usize, (String, Vec<f64>))| {
            let ratios: Vec<f64> = values.iter().zip(&yardstick).map(|(a, b)| a / b).collect();
            let ratio = (at > 0 && !ratios.is_empty()).then(|| spread(ratios));
            Figures {
                name,
                median: median(values.clone()),
                values,
                ratio,
            }
        };
        let values = values
            .into_iter()
            .enumerate()
            .filter(|(_, (_, values))| !values.is_empty());
        Self {
            line,
            subjects: values.map(figures).collect(),
        }
    }

    fn print(&self) {
        let Some((first, others)) = self.subjects.split_first() else {
            return;
        };
        let yardstick = format!("{} {}", number(first.median), self.line.unit);
        println!("{:<54} {:>8} {yardstick:>20}", self.line.name, first.name);
        for subject in others {
            let value = number(subject.median);
            let [least, middle, most] = subject.ratio.unwrap_or([f64::NAN; 3]).map(ratio);
            println!(
                "{:>63} {value:>10}   x {middle:>5}  ({least} to {most})",
                subject.name
            );
        }
    }
}

impl Report {
    /// Prints the table.
    pub fn print(&self) {
        println!(
            "medians of {} repetitions, of four times as many short ones; x: ratio to the first one, median (least to most)",
            self.repetitions
        );
        println!("rates (/s): more is better; times and sizes: less is better\n");
        self.lines.iter().for_each(Measured::print);
        println!("\n{} s in all; load {}", self.seconds, self.machine.load[1]);
    }

    /// Prints the table as Markdown: with two subjects all of each ratio, with more the middle of each.
    pub fn print_markdown(&self) {
        let mut heads: Vec<Vec<&str>> = Vec::new();
        for line in &self.lines {
            let names: Vec<&str> = line.subjects.iter().map(|s| s.name.as_str()).collect();
            let head = match heads
                .iter()
                .find(|head| names.iter().all(|name| head.contains(name)))
            {
                Some(head) => head.clone(),
                None => {
                    println!(
                        "\n| | {} |\n|---|{}",
                        names.join(" | "),
                        "---:|".repeat(names.len())
                    );
                    heads.push(names.clone());
                    names
                }
            };
            let cell = |(at, name): (usize, &&str)| {
                let Some(subject) = line.subjects.iter().find(|s| s.name == **name) else {
                    return String::new();
                };
                match subject.ratio.map(|values| values.map(ratio)) {
                    None if at == 0 => format!("{} {}", number(subject.median), line.line.unit),
                    None => number(subject.median),
                    Some([_, middle, _]) if head.len() > 2 => middle,
                    Some([least, middle, most]) => format!("{middle} ({least} to {most})"),
                }
            };
            let cells: Vec<String> = head.iter().enumerate().map(cell).collect();
            println!("| {} | {} |", line.line.name, cells.join(" | "));
        }
    }

    /// Writes the JSON file.
    pub fn save(&self, path: &Path) {
        let mut json = serde_json::to_string_pretty(self).unwrap();
        json.push('\n');
        fs::write(path, json).unwrap();
        println!("figures: {}", path.display());
    }

    /// Reads the JSON file.
    pub fn load(path: &Path) -> Self {
        let json = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        serde_json::from_slice(&json).unwrap()
    }
}

/// Least, middle and most.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [values[0], median(values.clone()), values[values.len() - 1]]
}

/// A ratio with as many digits as say something.
pub fn ratio(value: f64) -> String {
    match value {
        value if value >= 9.95 => format!("{value:.0}"),
        value if value < 0.095 => format!("{value:.3}"),
        value => format!("{value:.2}"),
    }
}

fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
