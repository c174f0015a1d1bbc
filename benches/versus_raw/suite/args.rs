//! The command line.

use std::path::PathBuf;

use super::group::Group;

/// What `--help` prints.
pub const HELP: &str = "\
cargo bench --bench versus_raw -- [OPTIONS] [WORD]...

WORD             measure only lines with one of these words in their names
--quick          3 repetitions instead of 7, and shorter ones
--reps N         N repetitions
--subjects A,B   measure only these beside raw
--dir DIR        make the logs below DIR (default: target of the working directory)
--json FILE      write the figures to FILE (default: target/bench.json)
--plots DIR      measure nothing; draw the figures of the JSON file into DIR
--markdown       measure nothing; print the figures of the JSON file as tables
--list           print the names of the lines";

/// What the process is to do.
#[derive(Debug)]
pub enum Task {
    Help,
    Measure(Args),
    /// Draw what was measured before.
    Plots {
        json: PathBuf,
        dir: PathBuf,
    },
    /// Print what was measured before.
    Markdown(PathBuf),
    /// Be a process of its own for a figure that needs one.
    Child(Vec<String>),
}

/// How to measure.
#[derive(Debug)]
pub struct Args {
    pub reps: usize,
    pub quick: bool,
    pub dir: PathBuf,
    pub json: PathBuf,
    pub list: bool,
    /// Words of names; empty: all lines.
    pub words: Vec<String>,
    /// Names of subjects; empty: all.
    pub subjects: Vec<String>,
}

impl Args {
    /// The task of this process.
    pub fn of_process() -> Task {
        Self::parse(std::env::args().skip(1))
    }

    fn parse(mut given: impl Iterator<Item = String>) -> Task {
        let mut args = Self {
            reps: 7,
            quick: false,
            dir: PathBuf::from("target"),
            json: PathBuf::from("target/bench.json"),
            list: false,
            words: Vec::new(),
            subjects: Vec::new(),
        };
        let (mut plots, mut markdown) = (None, false);
        while let Some(word) = given.next() {
            let mut value = || {
                given
                    .next()
                    .unwrap_or_else(|| panic!("{word} needs a value"))
            };
            match word.as_str() {
                // Cargo passes this one to every benchmark.
                "--bench" => {}
                "--help" | "-h" => return Task::Help,
                "--child" => return Task::Child(given.collect()),
                "--quick" => (args.quick, args.reps) = (true, 3),
                "--reps" => args.reps = value().parse().expect("--reps needs a number"),
                "--subjects" => args.subjects = value().split(',').map(str::to_owned).collect(),
                "--dir" => args.dir = value().into(),
                "--json" => args.json = value().into(),
                "--plots" => plots = Some(PathBuf::from(value())),
                "--markdown" => markdown = true,
                "--list" => args.list = true,
                option if option.starts_with('-') => panic!("unknown option {option}\n{HELP}"),
                _ => args.words.push(word),
            }
        }
        let json = args.json.clone();
        match plots {
            Some(dir) => Task::Plots { json, dir },
            None if markdown => Task::Markdown(json),
            None => Task::Measure(args),
        }
    }

    /// Whether the group has a line that was asked for.
    pub fn wants(&self, group: &Group) -> bool {
        group.lines.iter().any(|line| self.wants_line(&line.name))
    }

    /// Whether a line with this name was asked for.
    pub fn wants_line(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    /// Whether the subject takes part.
    pub fn wants_subject(&self, name: &str) -> bool {
        self.subjects.is_empty() || self.subjects.iter().any(|wanted| wanted == name)
    }
}
