//! The verb `audit`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use openraft_timevault::verify::Progress as _;
use openraft_timevault::verify::audit::{Site, Synced};
use openraft_timevault::verify::campaign::{Audited, Config, Counterexample};

use crate::exit::Exit;
use crate::progress::Bar;
use crate::{out, out_dir};
use openraft_timevault::verify::Known;

/// Syncs that no finding explains, with what they prevent: file, what stands in the line that asks
/// for it, what is synced, why.
const EXPLAINED: &[(&str, &str, Synced, &str)] = &[
    (
        "timevault/src/partition/create.rs",
        "Manifest::default().store(",
        Synced::File,
        "the first manifest is empty: there are no bytes to lose. Prevents nothing; kept because every \
         file is replaced by the same function",
    ),
    (
        "timevault/src/partition/create.rs",
        "Metadata::new(",
        Synced::Directory,
        "prevents that a plain partition is gone after its first record was acknowledged. A Raft log syncs \
         the same directory again when its first vote file is written, before anything is \
         acknowledged",
    ),
    (
        "timevault/src/partition/recover.rs",
        "open.sync_index(",
        Synced::File,
        "prevents that index lines which an open has written, and counts as durable, are gone after \
         a power cut: the next open would verify their records one by one, up to a whole chunk, \
         where `index_sync_bytes` promises less",
    ),
];

/// Syncs that the programs do not come to: file, function, why it is there.
const NOT_REACHED: &[(&str, &str, &str)] = &[
    (
        "timevault/src/partition/append.rs",
        "write_due_index_lines",
        "every few MiB of one chunk, more than a short program writes; bounds the records that an open \
         after a crash verifies one by one",
    ),
    (
        "timevault/src/partition/append.rs",
        "sync_appended",
        "only the seeded bug `index-synced-ahead` asks for it",
    ),
    (
        "timevault/src/partition/recover.rs",
        "open_index",
        "only where the index of an open chunk was removed by hand: it is created and synced with its \
         chunk",
    ),
    (
        "timevault/src/partition/roll.rs",
        "name_unmade_chunk",
        "only the seeded bug `manifest-before-chunk` asks for it",
    ),
    (
        "timevault/src/partition/roll.rs",
        "rejoin_chunk",
        "only where a key comes again behind a roll, or behind a last chunk that another engine left \
         closed: never in a Raft log, whose keys are consecutive",
    ),
];

/// Name of the document in `docs`.
const DOCUMENT: &str = "sync-audit.md";

/// Directories of the sources that may ask for a sync.
const SOURCES: [&str; 4] = [
    "timevault/src",
    "timevault/src/partition",
    "src/log_store",
    "src/log_store/core",
];

/// How a place in the source asks for a sync.
const HERE: &str = "SyncSite::here()";

/// How the document begins.
const HEAD: &str = "# Sync audit

Written by `cargo run --release -- audit --document`. Each row is one sync that the engine or the
log store asks for. The campaign was run on a store in which just this sync returns Ok and does
nothing, in every open of it, those after a crash included: all crash states (L0 to L2, profile
`posix`) and all failing calls of the shortest programs over the small alphabet, random programs,
crashes inside recoveries, then longer programs. A function that replaces a file asks for two: the
file's, before the rename, and the directory's, after it.

| file | function | syncs | found by | in | program | without it |
|---|---|---|---|---|---|---|
";

/// Leaves out one sync after the other and shows what breaks.
pub(crate) fn audit(
    subject: &str,
    length: usize,
    (only, document): (Option<&str>, bool),
) -> io::Result<Exit> {
    let known = Known::by_name(subject)?;
    let bar = Bar::new(None)?;
    let config = Config::default();
    let mut sites = known.sync_sites()?;
    sites.retain(|site| only.is_none_or(|only| site.to_string().contains(only)));
    bar.phase("sync audit", sites.len() as u64);
    let mut audited = Vec::new();
    for site in sites {
        let row = known.audit(&config, (site, length))?;
        bar.suspend(|| out::write(|out| writeln!(out, "{}", line(&row))))?;
        audited.push(row);
        bar.advance(1);
        if bar.interrupted() {
            return Ok(Exit::Interrupted);
        }
    }
    bar.finish();
    if audited.is_empty() {
        return Ok(Exit::NothingRan);
    }
    let found = audited.iter().filter(|row| row.found.is_some()).count();
    out::write(|out| {
        let of = audited.len();
        writeln!(out, "{found} of {of} syncs are found when left out")
    })?;
    if document {
        out_dir::write(Path::new("docs"), DOCUMENT, &render(&audited))?;
    }
    let explained = |row: &Audited| row.found.is_some() || explanation(row.site).is_some();
    Ok(match audited.iter().all(explained) {
        true => Exit::Clean,
        false => Exit::Violation,
    })
}

fn line(row: &Audited) -> String {
    let site = format!("{}:{}", row.site.site.file(), row.site.site.line());
    let found = match &row.found {
        Some(found) => format!(
            "{:<22} {:<13} {}",
            found.violation.rule.name,
            found.phase,
            program(found)
        ),
        None => match explanation(row.site) {
            Some(text) => format!("no finding: {text}"),
            None => "NOT FOUND".to_owned(),
        },
    };
    format!("{site:<44} {:<10} {found}", row.site.of.to_string())
}

/// The operations of the counterexample, by name, behind the state it begins in.
fn program(found: &Counterexample) -> String {
    let mut names = vec![found.program.start.name().to_owned()];
    names.extend(found.program.ops.iter().map(|op| op.name().to_owned()));
    names.join(", ")
}

fn render(audited: &[Audited]) -> String {
    let mut text = HEAD.to_owned();
    for row in audited {
        let function = function(row.site);
        let of = row.site.of;
        let file = row.site.site.file();
        let rest = match &row.found {
            Some(found) => {
                let cause = cause(found);
                let rule = found.violation.rule.name;
                format!(
                    "`{rule}` | {} | {} | {cause} |",
                    found.phase,
                    program(found)
                )
            }
            None => {
                let why = explanation(row.site).unwrap_or("unexplained");
                format!("no finding | | | {why} |")
            }
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{file}` | `{function}` | {of} | {rest}");
    }
    for (file, line) in unreached(audited) {
        let function = function_at(&file, line);
        let why = not_reached(&file, &function).unwrap_or("unexplained");
        let _ = writeln!(
            text,
            "| `{file}` | `{function}` | | not reached | | | {why} |"
        );
    }
    let found = audited.iter().filter(|row| row.found.is_some()).count();
    let _ = write!(
        text,
        "\n{found} of {} syncs are found when they are left out.\n",
        audited.len()
    );
    text
}

/// Where the power was cut and what was left, or which call failed.
fn cause(found: &Counterexample) -> String {
    if let Some((call, how)) = &found.fault {
        // A call names its file: the last part says enough.
        let kind = call.split(':').next().unwrap_or_default();
        let file = call.rsplit('/').next().unwrap_or_default();
        return format!("{how} at {kind} of `{file}`");
    }
    let cuts = found.crash.iter();
    let cuts: Vec<_> = cuts
        .map(|cut| format!("`{}`: {}", cut.point, cut.left))
        .collect();
    cuts.join(", then ")
}

fn explanation(site: Site) -> Option<&'static str> {
    let source = out_dir::read(Path::new(site.site.file())).unwrap_or_default();
    let at = (site.site.line() as usize).saturating_sub(1);
    let line = source.lines().nth(at).unwrap_or_default();
    EXPLAINED
        .iter()
        .find(|(file, code, of, _)| {
            site.site.file() == *file && line.contains(code) && site.of == *of
        })
        .map(|(.., why)| *why)
}

/// Places in the source that no program of the audit has reached.
fn unreached(audited: &[Audited]) -> Vec<(String, usize)> {
    let reached = |file: &str, line: usize| {
        let at =
            |row: &Audited| row.site.site.file() == file && row.site.site.line() as usize == line;
        audited.iter().any(at)
    };
    let mut missing = Vec::new();
    for dir in SOURCES {
        for file in out_dir::sources(Path::new(dir)).unwrap_or_default() {
            let source = out_dir::read(Path::new(&file)).unwrap_or_default();
            let lines = source.lines().enumerate().map(|(at, line)| (at + 1, line));
            let asking = lines.filter(|(_, line)| line.contains(HERE));
            missing.extend(
                asking
                    .filter(|(line, _)| !reached(&file, *line))
                    .map(|(line, _)| (file.clone(), line)),
            );
        }
    }
    missing
}

fn not_reached(file: &str, function: &str) -> Option<&'static str> {
    NOT_REACHED
        .iter()
        .find(|(known, name, _)| file == *known && function == *name)
        .map(|(.., why)| *why)
}

fn function(site: Site) -> String {
    function_at(site.site.file(), site.site.line() as usize)
}

/// Name of the function around a line, if the source is at hand.
fn function_at(file: &str, line: usize) -> String {
    let source = out_dir::read(Path::new(file)).unwrap_or_default();
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
