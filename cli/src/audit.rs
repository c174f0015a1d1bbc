//! The verb `audit`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::thread;

use openraft_timevault::verify::audit::{Site, Synced};
use openraft_timevault::verify::campaign::{Audited, Config, Counterexample};

use crate::exit::Exit;
use crate::out_dir;
use crate::progress::Bar;
use crate::subjects::Known;

/// Syncs that no finding explains, with what they prevent: file, function, what is synced, why.
const EXPLAINED: &[(&str, &str, Synced, &str)] = &[];

/// Where the document is written.
const DOCUMENT: &str = "docs/sync-audit.md";

/// How the document begins.
const HEAD: &str = "# Sync audit

Written by `cargo run --release -- audit --document`. Each row is one sync that the engine or the
log store asks for. The campaign was run on a store in which just this sync returns Ok and does
nothing, in every open of it, those after a crash included: all crash states (L0 to L2, profile
`posix`) and all failing calls of the programs over the small alphabet, the shortest first. A
function that replaces a file asks for two: the file's, before the rename, and the directory's,
after it.

| file | function | syncs | found by | in | program | without it |
|---|---|---|---|---|---|---|
";

/// Leaves out one sync after the other and shows what breaks.
pub(crate) fn audit(subject: &str, document: bool) -> io::Result<Exit> {
    let known = Known::by_name(subject)?;
    let bar = Bar::new(None)?;
    let config = Config {
        threads: thread::available_parallelism().map_or(2, usize::from),
        ..Config::default()
    };
    let audited = known.audit(&config, &bar)?;
    bar.finish();
    if bar.interrupted() {
        return Ok(Exit::Interrupted);
    }
    if audited.is_empty() {
        return Ok(Exit::NothingRan);
    }
    for row in &audited {
        println!("{}", line(row));
    }
    let found = audited.iter().filter(|row| row.found.is_some()).count();
    println!("{found} of {} syncs are found when left out", audited.len());
    let explained =
        |row: &Audited| row.found.is_some() || explanation(&function(row.site), row.site).is_some();
    if document {
        out_dir::write(Path::new(""), DOCUMENT, &render(&audited))?;
    }
    Ok(if audited.iter().all(explained) {
        Exit::Clean
    } else {
        Exit::Violation
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
        None => match explanation(&function(row.site), row.site) {
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
                let why = explanation(&function, row.site).unwrap_or("unexplained");
                format!("no finding | | | {why} |")
            }
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{file}` | `{function}` | {of} | {rest}");
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

fn explanation(function: &str, site: Site) -> Option<&'static str> {
    EXPLAINED
        .iter()
        .find(|(file, name, of, _)| {
            site.site.file() == *file && function == *name && site.of == *of
        })
        .map(|(.., why)| *why)
}

/// Name of the function around a site, if the source is at hand.
fn function(site: Site) -> String {
    let source = out_dir::read(Path::new(site.site.file())).unwrap_or_default();
    let names: BTreeMap<usize, &str> = source
        .lines()
        .enumerate()
        .filter_map(|(at, line)| Some((at + 1, name(line)?)))
        .collect();
    let line = site.site.line() as usize;
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
