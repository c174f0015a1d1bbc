//! Memory of a process, each figure in a process of its own: this program starts itself again.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::group::{Group, Line, Samples, Trial};
use super::log::{Subject, entries, fill, text};

const REOPENED: &str = "RSS after reopening 1M";
const APPENDING: &str = "RSS while appending 256 x 16 KiB";

const LOAD: &str = "load";
const REOPEN: &str = "reopen";
const APPEND: &str = "append";

/// Entries that are loaded and reopened.
const ENTRIES: u64 = 1_000_000;
/// Appends of 4 MiB each.
const APPENDS: u64 = 30;

pub fn groups() -> Vec<Group> {
    vec![
        Group::new(vec![Line::size(REOPENED, "KiB")], |trial| {
            process(LOAD, trial);
            let mut samples = Samples::default();
            samples.put(REOPENED, process(REOPEN, trial));
            samples
        }),
        Group::new(vec![Line::size(APPENDING, "KiB")], |trial| {
            let mut samples = Samples::default();
            samples.put(APPENDING, process(APPEND, trial));
            samples
        }),
    ]
}

/// The figure that another process prints.
fn process(task: &str, trial: &Trial<'_>) -> f64 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--child", task, trial.subject.name])
        .arg(trial.dir);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.trim().parse().unwrap()
}

/// Does what this process was started for, and prints a figure.
pub fn child(arguments: &[String], subjects: &[Subject]) {
    let [task, subject, dir] = arguments else {
        panic!("three arguments");
    };
    let subject = subjects.iter().find(|known| known.name == subject).unwrap();
    let mut log = (subject.open)(Path::new(dir));
    match task.as_str() {
        LOAD => {
            fill(&mut *log, 0..ENTRIES, 1_000, &text(128));
            println!("0");
        }
        REOPEN => {
            // A log that is open can be read.
            assert_eq!(log.read(ENTRIES - 1..ENTRIES).len(), 1);
            println!("{}", status("VmRSS"));
        }
        APPEND => {
            let text = text(16 << 10);
            for append in 0..APPENDS {
                log.append(entries(append * 256..(append + 1) * 256, &text));
            }
            println!("{}", status("VmHWM"));
        }
        other => panic!("no such task: {other}"),
    }
    log.close();
}

/// KiB of this process.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
