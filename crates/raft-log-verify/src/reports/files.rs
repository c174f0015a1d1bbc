//! The files of a report.
#![expect(
    clippy::disallowed_methods,
    reason = "the harness's own files, not a store's"
)]

use std::fs;
use std::io;
use std::path::Path;

use super::lines;
#[cfg(feature = "reports")]
use super::{html, junit};
use crate::campaign::{Report, SHARD_FILE};

/// One line for each phase.
pub const OUTCOMES: &str = "outcomes.jsonl";
/// A test case for each rule and each phase.
pub const JUNIT: &str = "junit.xml";
/// For people.
pub const HTML: &str = "report.html";

/// Writes what a campaign found into a folder, which is made if it is missing: [`OUTCOMES`], and with the feature
/// `reports` also [`JUNIT`] and [`HTML`]. Of a shard also [`SHARD_FILE`].
///
/// # Errors
/// What the host's disk says.
pub fn write(folder: &Path, report: &Report) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(OUTCOMES), lines(report))?;
    if let Some(shard) = report.of_shard() {
        let json = shard.to_json().map_err(io::Error::other)?;
        fs::write(folder.join(SHARD_FILE), json)?;
    }
    #[cfg(feature = "reports")]
    {
        let document = junit(report)?;
        fs::write(folder.join(JUNIT), document)?;
        fs::write(folder.join(HTML), html(report))?;
    }
    Ok(())
}
