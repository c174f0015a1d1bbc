//! The verb `check`: is this store whole?

use std::io;

use openraft_timevault::inspect::LogInspector;

use super::args::{CheckArgs, Format};
use super::checked::Checked;
use super::{check_json, check_table, exit};
use crate::exit::Exit;
use crate::out;

/// Looks at a store or a partition and says what is wrong with it.
pub(crate) fn check(args: &CheckArgs) -> io::Result<Exit> {
    let inspector = LogInspector::default();
    let target = inspector.target(&args.dir).map_err(io::Error::other)?;
    let checked = Checked::run(&inspector, target);
    out::write(|out| match args.format {
        Format::Human => check_table::write(out, &args.dir, &checked),
        Format::Json => check_json::write(out, &checked),
    })?;
    Ok(exit(checked.verdict()))
}
