//! The places in the source that ask for a sync.

use std::collections::BTreeMap;
use std::path::Path;

use openraft_timevault::verify::audit::Site;

use crate::campaign::out_dir;

/// Directories of the sources that may ask for a sync.
const SOURCES: [&str; 4] = [
    "crates/timevault/src",
    "crates/timevault/src/partition",
    "src/log_store",
    "src/log_store/core",
];

/// How a place in the source asks for a sync.
const ASKS: [&str; 2] = ["SyncSite::here()", "SyncSite::named("];

/// A place that asks for a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: String,
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) function: String,
}

/// All places below the root of the source tree, in its order; none where there is no source.
pub(super) fn places(root: &Path) -> Vec<Place> {
    let mut places = Vec::new();
    for dir in SOURCES {
        for file in out_dir::sources(&root.join(dir)).unwrap_or_default() {
            let source = out_dir::read(&file).unwrap_or_default();
            let shown = file.strip_prefix(root).unwrap_or(&file);
            let lines = source.lines().enumerate().map(|(at, line)| (at + 1, line));
            places.extend(
                lines
                    .filter(|(_, text)| ASKS.iter().any(|ask| text.contains(ask)))
                    .map(|(line, _)| Place {
                        file: shown.display().to_string(),
                        line,
                        function: function_at(&source, line),
                    }),
            );
        }
    }
    places
}

/// The line of a site, if the source is at hand.
pub(super) fn line(site: Site) -> String {
    let source = out_dir::read(Path::new(site.site.file())).unwrap_or_default();
    let at = (site.site.line() as usize).saturating_sub(1);
    source.lines().nth(at).unwrap_or_default().to_owned()
}

/// Name of the function around a site, if the source is at hand.
pub(super) fn function(site: Site) -> String {
    let source = out_dir::read(Path::new(site.site.file())).unwrap_or_default();
    function_at(&source, site.site.line() as usize)
}

fn function_at(source: &str, line: usize) -> String {
    let names: BTreeMap<usize, &str> = source
        .lines()
        .enumerate()
        .filter_map(|(at, line)| Some((at + 1, name(line)?)))
        .collect();
    let around = names.range(..=line).next_back();
    around.map_or_else(|| format!("line {line}"), |(_, name)| (*name).to_owned())
}

/// The function that begins in this line.
fn name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let words = ["pub", "async", "const"];
    let plain = before
        .split_whitespace()
        .all(|word| words.contains(&word) || word.starts_with("pub("));
    let end = after.find(['(', '<'])?;
    after.get(..end).filter(|_| plain)
}
