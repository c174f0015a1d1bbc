//! Judges stores that other people have published, unchanged, and says whether the outcome is the known one.

mod appends;
mod case;
#[cfg(feature = "kv")]
mod kv;
#[cfg(feature = "logs")]
mod logs;
mod stores;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use case::{Case, Part};
use raft_log_verify::campaign::{read_repro, write_repro};
use raft_log_verify::counts::count;
use raft_log_verify::{Report, serve_disk_if_asked};

const USAGE: &str = "\
judged list                                the subjects, and what is known of each
judged all | NAME ...                      judges them; a line of outcome for each
    --length N                             programs of up to N operations
    --threads N                            on so many threads (1)
    --out DIR                              where repro files go (target/judged)
    --report                               prints the whole report too
judged replay FILE                         runs what a repro file says";

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    #[cfg(feature = "kv")]
    cases.extend(kv::cases());
    #[cfg(feature = "logs")]
    cases.extend(logs::cases());
    cases.extend(stores::cases());
    cases
}

/// What the command line asks for.
struct Asked {
    names: Vec<String>,
    length: Option<usize>,
    threads: usize,
    out: PathBuf,
    report: bool,
}

impl Asked {
    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut asked = Self {
            names: Vec::new(),
            length: None,
            threads: 1,
            out: PathBuf::from("target/judged"),
            report: false,
        };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--length" => asked.length = Some(args.next()?.parse().ok()?),
                "--threads" => asked.threads = args.next()?.parse().ok()?,
                "--out" => asked.out = args.next()?.into(),
                "--report" => asked.report = true,
                flag if flag.starts_with('-') => return None,
                _ => asked.names.push(arg),
            }
        }
        (!asked.names.is_empty()).then_some(asked)
    }
}

fn main() -> ExitCode {
    serve_disk_if_asked();
    let Some(asked) = Asked::parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let cases = cases();
    let as_known = match asked.names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            for case in &cases {
                println!("{}: {}", case.name, known(case));
            }
            true
        }
        ["replay", file] => replay(&cases, Path::new(file)),
        ["all"] => cases
            .iter()
            .fold(true, |known, case| judge(case, &asked) & known),
        ref names => names.iter().fold(true, |known, name| {
            let case = cases.iter().find(|case| case.name == *name);
            let judged = case.map(|case| judge(case, &asked));
            known
                & judged.unwrap_or_else(|| {
                    eprintln!("there is no subject {name} in this build: see `judged list`");
                    false
                })
        }),
    };
    match as_known {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn known(case: &Case) -> String {
    let known = Part::ALL.iter().map(|part| (part, case.known(*part)));
    let known = known.filter(|(_, rules)| !rules.is_empty());
    let known =
        known.map(|(part, rules)| format!("{}: breaks {}", part.name(), rules.join(" or ")));
    let known: Vec<_> = known.collect();
    match known.is_empty() {
        true => "keeps what is judged".to_owned(),
        false => known.join("; "),
    }
}

/// Judges a subject and prints a line; whether the outcome is the known one.
fn judge(case: &Case, asked: &Asked) -> bool {
    let mut line = Vec::new();
    let mut as_known = true;
    for part in case.parts() {
        let begun = Instant::now();
        let report = match case.judge(part, asked.length, asked.threads) {
            Ok(report) => report,
            Err(error) => {
                println!("{}: not judged: {error}", case.name);
                return false;
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        if asked.report || report.counterexample().is_some() {
            println!("{report}");
        }
        if let Some(found) = report.counterexample() {
            match write_repro(&asked.out, found) {
                Ok(file) => println!("to see it again: judged replay {}", file.display()),
                Err(error) => println!("there is no repro file: {error}"),
            }
        }
        let (text, is_known) = outcome(&report, part, case.known(part));
        as_known &= is_known;
        line.push(format!("{}: {text} ({seconds:.1} s)", part.name()));
    }
    let news = if as_known { "" } else { "NEWS " };
    println!("{news}{}: {}", case.name, line.join("; "));
    as_known
}

/// What a part came to in words, and whether that is the known outcome.
fn outcome(report: &Report, part: Part, known: &[&str]) -> (String, bool) {
    if let Some(found) = report.counterexample() {
        let rule = found.violation.rule.name;
        return (format!("broken: {rule}"), known.contains(&rule));
    }
    if let Some(why) = report.harness_broken() {
        return (format!("not judged: {why}"), false);
    }
    let of = |name| -> u64 {
        let phases = report.phases.iter();
        phases.map(|phase| phase.counts.of(name)).sum()
    };
    let (states, kills, unknown) = (
        of(count::CRASH_JUDGED),
        of(count::KILLS_JUDGED),
        of(count::UNKNOWN_CALLS),
    );
    if part == Part::Files {
        return ("kept".to_owned(), known.is_empty());
    }
    if states == 0 {
        return (
            format!("not judged: {unknown} programs with unknown calls"),
            false,
        );
    }
    let mut text = format!("kept, {states} states, {kills} kills");
    if unknown > 0 {
        text.push_str(&format!(", {unknown} programs with unknown calls"));
    }
    (text, known.is_empty())
}

/// Runs what a repro file says; whether it broke its rule again.
fn replay(cases: &[Case], file: &Path) -> bool {
    let repro = match read_repro(file) {
        Ok(repro) => repro,
        Err(error) => {
            eprintln!("{error}");
            return false;
        }
    };
    let Some(case) = cases.iter().find(|case| case.name == repro.subject) else {
        eprintln!("there is no subject {} in this build", repro.subject);
        return false;
    };
    match case.replay(&repro) {
        Ok(Some(violation)) => {
            println!("{violation}");
            true
        }
        Ok(None) => {
            println!("not seen again: {} holds", repro.rule);
            false
        }
        Err(error) => {
            eprintln!("{error}");
            false
        }
    }
}
