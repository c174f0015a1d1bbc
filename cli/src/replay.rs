//! The verb `replay`.

use std::io;
use std::path::Path;

use crate::exit::Exit;
use crate::out_dir;
use openraft_timevault::verify::Known;

/// Runs what a repro file says.
pub(crate) fn replay(file: &Path) -> io::Result<Exit> {
    let repro = out_dir::read_repro(file)?;
    let subject = Known::by_name(&repro.subject)?;
    let broken = subject.replay(&repro)?;
    Ok(match broken {
        Some(violation) if violation.rule.name == repro.rule => {
            println!("{violation}");
            Exit::Violation
        }
        Some(violation) => {
            println!("another rule than {} is broken: {violation}", repro.rule);
            Exit::Violation
        }
        None => {
            println!("not reproduced: {} holds", repro.rule);
            Exit::NotReproduced
        }
    })
}
