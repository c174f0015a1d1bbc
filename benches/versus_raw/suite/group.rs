//! Lines that are measured together.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::log::Subject;

/// Which of two values of a line is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    Higher,
    Lower,
}

/// A line of the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub name: String,
    pub unit: String,
    pub better: Better,
}

impl Line {
    /// A line with entries, appends or reads for each second.
    pub fn rate(name: impl Into<String>, unit: &str) -> Self {
        Self::new(name, unit, Better::Higher)
    }

    /// A line with a time.
    pub fn time(name: impl Into<String>, unit: &str) -> Self {
        Self::new(name, unit, Better::Lower)
    }

    /// A line with a size or a number of calls.
    pub fn size(name: impl Into<String>, unit: &str) -> Self {
        Self::new(name, unit, Better::Lower)
    }

    fn new(name: impl Into<String>, unit: &str, better: Better) -> Self {
        Self {
            name: name.into(),
            unit: unit.to_owned(),
            better,
        }
    }
}

/// What one repetition measured of one subject, by the names of the lines.
#[derive(Debug, Default)]
pub struct Samples(BTreeMap<String, f64>);

impl Samples {
    /// Adds the value of a line.
    pub fn put(&mut self, line: impl Into<String>, value: f64) {
        self.0.insert(line.into(), value);
    }

    /// The value of a line, if this subject has one.
    pub fn get(&self, line: &str) -> Option<f64> {
        self.0.get(line).copied()
    }
}

/// What a repetition is given.
pub struct Trial<'a> {
    pub subject: &'a Subject,
    /// An empty directory, removed afterwards.
    pub dir: &'a Path,
    /// Whether to be short.
    pub quick: bool,
}

/// Measures all lines of a group once.
pub type Run = Box<dyn Fn(&Trial<'_>) -> Samples>;

/// Measures all lines of a group once for the thing of this name, in this directory, perhaps shortly.
pub type RunNamed = Box<dyn Fn(&'static str, &Path, bool) -> Samples>;

/// What a group measures.
pub enum Kind {
    /// The logs.
    Logs(Run),
    /// Other things, which have names of their own; the first one is what the others are compared with.
    Others(Vec<&'static str>, RunNamed),
}

/// Lines that one repetition measures together.
pub struct Group {
    pub lines: Vec<Line>,
    pub kind: Kind,
    /// How often each repetition is done. What else the machine does comes and goes within seconds, so many short
    /// measurements in turn say more than a few long ones.
    pub often: usize,
}

impl Group {
    /// A group about logs.
    pub fn new(lines: Vec<Line>, run: impl Fn(&Trial<'_>) -> Samples + 'static) -> Self {
        Self {
            lines,
            kind: Kind::Logs(Box::new(run)),
            often: 1,
        }
    }

    /// The same, for a run that is short.
    pub fn short(lines: Vec<Line>, run: impl Fn(&Trial<'_>) -> Samples + 'static) -> Self {
        Self {
            often: 4,
            ..Self::new(lines, run)
        }
    }
}

/// Times of single calls.
pub struct Times(Histogram<u64>);

impl Times {
    pub fn new() -> Self {
        Self(Histogram::new(3).unwrap())
    }

    /// Adds the time of a call.
    pub fn add(&mut self, time: Duration) {
        self.0
            .record(time.as_nanos().clamp(1, u128::from(u64::MAX)) as u64)
            .unwrap();
    }

    /// Adds those of another one.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).unwrap();
    }

    /// Microseconds within which this part of the calls ended.
    pub fn quantile_us(&self, part: f64) -> f64 {
        self.0.value_at_quantile(part) as f64 / 1e3
    }
}

/// Rate of so many things in a time.
pub fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// The middle one of some values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}
