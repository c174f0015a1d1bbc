//! The test files of the guides in `docs/verifying-your-store.md`: they compile, stand in the document word for word, and
//! pass on a machine that can mount.
#![cfg(all(target_os = "linux", feature = "mount"))]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::result_large_err,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value,
    unreachable_pub,
    reason = "stores and tests as their authors write them"
)]

mod database;
mod file;
mod fixed;

use std::process::Command;

use raft_log_verify::can_mount;
use raft_log_verify::subject::DiskServer;

const DOCUMENT: &str = include_str!("../../../../docs/verifying-your-store.md");

/// Stands in front of a test file.
const BEGIN: &str = "// The test file:\n";

/// Most lines of a test file.
const MOST_LINES: usize = 25;

/// The test file of a guide, without what keeps it from being run where no disk can be mounted.
fn test_file(source: &str) -> String {
    let (_, file) = source.split_once(BEGIN).unwrap();
    let lines = file
        .lines()
        .filter(|line| !line.trim_start().starts_with("#[ignore"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_document_has_the_test_files_word_for_word() {
    for source in [
        include_str!("file.rs"),
        include_str!("database.rs"),
        include_str!("fixed.rs"),
    ] {
        let file = test_file(source);
        assert!(file.lines().count() <= MOST_LINES, "{file}");
        let block = format!("```rust,ignore\n{file}```\n");
        assert!(DOCUMENT.contains(&block), "the document has not\n{block}");
    }
}

#[test]
fn the_stores_of_the_guides_pass() {
    if let Err(error) = can_mount(&DiskServer::test("file::keeps_the_contract").unwrap()) {
        eprintln!("SKIPPED: no disk can be mounted: {error}");
        return;
    }
    for guide in ["file", "database", "fixed"] {
        let test = format!("{guide}::keeps_the_contract");
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &test, "--ignored", "--nocapture"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{test}\n{text}\n{errors}");
        for part in ["broken: nothing", "harness broken: nothing", "kept "] {
            assert!(text.contains(part), "no {part:?} of {test} in {text}");
        }
        eprintln!("{text}");
    }
}
