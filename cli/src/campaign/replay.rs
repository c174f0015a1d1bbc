//! The verb `replay`.

use std::io;
use std::path::Path;

use super::run::kill_child;
use crate::exit::Exit;
use crate::out;
use openraft_timevault::verify::Known;
use openraft_timevault::verify::campaign::{Cause, read_repro};

/// Runs what a repro file says.
pub(crate) fn replay(file: &Path) -> io::Result<Exit> {
    let repro = read_repro(file)?;
    let subject = Known::by_name(&repro.subject)?;
    let rule = &repro.rule;
    if repro.cause == Cause::Killed {
        let again = subject.replay_kills(&repro, &kill_child(&repro.subject)?)?;
        out::write(|out| writeln!(out, "{again}"))?;
        return Ok(match again.seen {
            0 => Exit::NotReproduced,
            _ => Exit::Violation,
        });
    }
    let (text, exit) = match subject.replay(&repro)? {
        Some(violation) if violation.rule.name == *rule => (violation.to_string(), Exit::Violation),
        Some(violation) => {
            let text = format!("another rule than {rule} is broken: {violation}");
            (text, Exit::Violation)
        }
        None => (format!("not reproduced: {rule} holds"), Exit::NotReproduced),
    };
    out::write(|out| writeln!(out, "{text}"))?;
    Ok(exit)
}
