//! Judges stores that other people have published, unchanged, and says whether the outcome is the known one.

mod case;
#[cfg(feature = "kv")]
mod kv;
#[cfg(feature = "logs")]
mod logs;
mod stores;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use case::Case;
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
        ["all"] => cases.iter().fold(true, |known, case| judge(case, &asked) & known),
        ref names => names.iter().fold(true, |known, name| {
            let case = cases.iter().find(|case| case.name == *name);
            let judged = case.map(|case| judge(case, &asked));
            known & judged.unwrap_or_else(|| {
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
    case.breaks.map_or_else(
        || "keeps what is judged".to_owned(),
        |rule| format!("breaks {rule}"),
    )
}

/// Judges a subject and prints a line; whether the outcome is the known one.
fn judge(case: &Case, asked: &Asked) -> bool {
    let begun = Instant::now();
    let report = case.judge((asked.length, asked.threads));
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
    let outcome = outcome(&report);
    let as_known = match (&outcome, case.breaks) {
        (Outcome::Clean, None) => true,
        (Outcome::Broken(rule), Some(known)) => *rule == known,
        _ => false,
    };
    let text = match &outcome {
        Outcome::Clean => "kept".to_owned(),
        Outcome::Broken(rule) => format!("broken: {rule}"),
        Outcome::NotJudged(why) => format!("not judged: {why}"),
    };
    let news = match as_known {
        true => String::new(),
        false => format!(" (known: {})", known(case)),
    };
    let of = |name| -> u64 { report.phases.iter().map(|phase| phase.counts.of(name)).sum() };
    println!(
        "{}: {text}{news}; {} programs, {} states judged, {} kills judged, {} programs with unknown calls, {seconds:.1} s",
        case.name,
        of(count::PROGRAMS),
        of(count::CRASH_JUDGED),
        of(count::KILLS_JUDGED),
        of(count::UNKNOWN_CALLS),
    );
    as_known
}

enum Outcome {
    Clean,
    Broken(&'static str),
    NotJudged(String),
}

fn outcome(report: &Report) -> Outcome {
    if let Some(found) = report.counterexample() {
        return Outcome::Broken(found.violation.rule.name);
    }
    if let Some(why) = report.harness_broken() {
        return Outcome::NotJudged(why.to_owned());
    }
    let of = |name| -> u64 { report.phases.iter().map(|phase| phase.counts.of(name)).sum() };
    if of(count::CRASH_JUDGED) == 0 {
        return Outcome::NotJudged("no crash state was opened".to_owned());
    }
    Outcome::Clean
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
