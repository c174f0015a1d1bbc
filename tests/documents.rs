//! What the documents show is true: the stored lines in them are those that a real log holds.
//!
//! With `single-term-leader` the ids in the lines are others, and the documents do not show those.

#![cfg(not(feature = "single-term-leader"))]
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;

use crash_disk::{FileSystem, StdFs, read_whole};
use openraft_timevault::inspect::LOG_KINDS;
use openraft_timevault::verify::rules;
use timevault::inspect::KINDS;
use timevault::sealed;

#[path = "../examples/on_disk.rs"]
mod on_disk;

const README: &str = include_str!("../README.md");
const FORMAT: &str = include_str!("../docs/format.md");
const CONTRACT: &str = include_str!("../docs/contract.md");
const OPERATIONS: &str = include_str!("../docs/operations.md");

/// The lines of a document that show a stored line: a JSON object with a checksum in it. A line of
/// prose that quotes one has other text around it.
fn stored_lines(document: &str) -> Vec<&str> {
    let stored = |line: &&str| line.trim_start().starts_with('{') && line.contains(r#""crc32c":"#);
    document.lines().filter(stored).collect()
}

/// All lines of all files below `dir`.
fn lines_below(dir: &Path, lines: &mut Vec<String>) {
    for entry in StdFs.read_dir(dir).unwrap() {
        let path = dir.join(&entry.name);
        if entry.is_dir {
            lines_below(&path, lines);
        } else {
            let text = String::from_utf8(read_whole(&StdFs, &path).unwrap()).unwrap();
            lines.extend(text.lines().map(str::to_owned));
        }
    }
}

#[test]
fn stored_lines_in_the_documents_carry_their_checksum() {
    for (document, least) in [(README, 5), (FORMAT, 12)] {
        let stored = stored_lines(document);
        assert!(stored.len() >= least, "{} stored lines", stored.len());
        for line in stored {
            assert!(sealed::is_intact(line.as_bytes()), "{line}");
        }
    }
}

#[test]
fn stored_lines_in_the_documents_are_those_of_the_example() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(on_disk::write_log(dir.path())).unwrap();
    let mut written = Vec::new();
    lines_below(dir.path(), &mut written);
    // Examples of the seal itself and of the other plugin.
    let other = |line: &str| line.contains(r#""timestamp""#) || line.starts_with(r#"{"a":1"#);
    for line in stored_lines(README).into_iter().chain(stored_lines(FORMAT)) {
        assert!(other(line) || written.iter().any(|w| w == line), "{line}");
    }
    // Every kind of file is shown, each line of it: but for the second chunk and its index.
    let shown = stored_lines(FORMAT);
    let second =
        |line: &str| line.contains(r#""index":4"#) || line.contains(r#""block_min_key":4"#);
    for line in written.iter().filter(|line| line.contains(r#""crc32c":"#)) {
        assert!(
            second(line) || shown.contains(&line.as_str()),
            "not shown: {line}"
        );
    }
}

#[test]
fn the_operations_guide_lists_every_finding_as_the_program_tells_it() {
    let rows = OPERATIONS.lines().filter(|line| line.starts_with("| `"));
    let rows: Vec<&str> = rows.collect();
    let mut kinds: Vec<_> = KINDS.iter().chain(LOG_KINDS).collect();
    assert_eq!(rows.len(), kinds.len());
    kinds.sort_by_key(|kind| kind.severity);
    let listed = kinds.iter().map(|kind| {
        let (name, severity) = (kind.name, kind.severity);
        format!(
            "| `{name}` | {severity} | {} | {} |",
            kind.meaning, kind.action
        )
    });
    for (row, listed) in rows.into_iter().zip(listed) {
        assert_eq!(row, listed);
    }
}

#[test]
fn the_contract_names_every_rule_and_the_caller_from_which_it_is_judged() {
    let rows = CONTRACT.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.filter(|line| {
        line.split('`')
            .nth(1)
            .is_some_and(|name| rules::by_name(name).is_some())
    });
    let begins: Vec<String> = rows
        .map(|row| row.split(" | ").take(2).collect::<Vec<_>>().join(" | "))
        .collect();
    let listed = rules::ALL.iter().map(|rule| {
        let caller = format!("{:?}", rule.judged_from).to_lowercase();
        format!("| `{}` | {caller}", rule.name)
    });
    assert_eq!(begins, listed.collect::<Vec<_>>());
}
