//! Judges stores that other people have published, unchanged, and says whether the outcome is the known one.

mod bare;
mod case;
mod judging;
#[cfg(feature = "kv")]
mod kv;
#[cfg(feature = "logs")]
mod logs;
mod replaying;
mod stores;
mod watched;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use case::Case;
use raft_log_verify::{kill, serve_disk_if_asked};

const USAGE: &str = "\
judged list                                the subjects, and what is known of each
judged all | NAME ...                      judges them, each in a process of its own; a line of outcome for each
    --length N                             programs of up to N operations
    --threads N                            on so many threads (1)
    --out DIR                              where repro files go (target/judged)
    --report                               prints the whole report too
judged replay FILE                         runs what a repro file says, and whether its rule breaks again
    --times N                              so many times (1)";

/// Set where the panics of stores are to be shown.
const PANICS: &str = "JUDGED_PANICS";

/// What the command line asks for.
pub(crate) struct Asked {
    names: Vec<String>,
    length: Option<usize>,
    threads: usize,
    times: u64,
    out: PathBuf,
    report: bool,
}

impl Asked {
    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut asked = Self {
            names: Vec::new(),
            length: None,
            threads: 1,
            times: 1,
            out: PathBuf::from("target/judged"),
            report: false,
        };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--length" => asked.length = Some(args.next()?.parse().ok()?),
                "--threads" => asked.threads = args.next()?.parse().ok()?,
                "--times" => asked.times = args.next()?.parse().ok()?,
                "--out" => asked.out = args.next()?.into(),
                "--report" => asked.report = true,
                flag if flag.starts_with('-') => return None,
                _ => asked.names.push(arg),
            }
        }
        (!asked.names.is_empty()).then_some(asked)
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    #[cfg(feature = "kv")]
    cases.extend(kv::cases());
    #[cfg(feature = "logs")]
    cases.extend(logs::cases());
    cases.extend(stores::cases());
    cases
}

fn main() -> ExitCode {
    serve_disk_if_asked();
    let cases = cases();
    if kill::is_child() {
        cases.iter().for_each(Case::serve_if_asked);
        return ExitCode::FAILURE;
    }
    // Stores panic in threads of their own; what that comes to is told as a finding.
    if std::env::var_os(PANICS).is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let Some(asked) = Asked::parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let as_known = match asked.names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            for case in &cases {
                println!("{}: {}", case.name, judging::known(case));
            }
            true
        }
        ["replay", file] => replaying::replay(&cases, Path::new(file), asked.times),
        ["all"] => {
            let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
            judging::each(&names)
        }
        [name] => match cases.iter().find(|case| case.name == name) {
            Some(case) => judging::judge(case, &asked),
            None => {
                eprintln!("there is no subject {name} in this build: see `judged list`");
                false
            }
        },
        ref names => judging::each(names),
    };
    match as_known {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
