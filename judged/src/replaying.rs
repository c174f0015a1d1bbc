//! Runs repro files again.

use std::io;
use std::path::Path;

use raft_log_verify::campaign::{Cause, Repro, read_repro};

use crate::case::{Again, Case};

/// Runs what a repro file says so many times; whether it broke its rule in any of them.
pub(crate) fn replay(cases: &[Case], file: &Path, times: u64) -> bool {
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
    let seen = match repro.cause {
        Cause::Killed => case.replay_kills(&repro).map(|again| {
            println!("{again}");
            again.seen > 0
        }),
        _ => times_over(case, &repro, times),
    };
    seen.unwrap_or_else(|error| {
        eprintln!("{error}");
        false
    })
}

fn times_over(case: &Case, repro: &Repro, times: u64) -> io::Result<bool> {
    let (mut written, mut beside, mut last) = (0, 0, None);
    for _ in 0..times {
        match case.replay(repro)? {
            Again::AsWritten(violation) => {
                written += 1;
                last = Some(violation);
            }
            Again::Beside(violation) => {
                beside += 1;
                last = Some(violation);
            }
            Again::Holds => {}
        }
    }
    match &last {
        Some(violation) => println!("{violation}"),
        None => println!("not seen again: {} holds", repro.rule),
    }
    if times > 1 || beside > 0 {
        println!(
            "seen again in {} of {times}: {written} as the file says, {beside} in another state that the program leaves",
            written + beside
        );
    }
    Ok(last.is_some())
}
