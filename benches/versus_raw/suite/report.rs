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
            "medians of {} repetitions; x: ratio to the first one, median (least to most)",
            self.repetitions
        );
        println!("rates (/s): more is better; times and sizes: less is better\n");
        self.lines.iter().for_each(Measured::print);
        println!("\n{} s in all; load {}", self.seconds, self.machine.load[1]);
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
