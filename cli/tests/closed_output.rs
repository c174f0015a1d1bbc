//! Verbs whose output nobody reads.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::{PipeWriter, pipe};
use std::process::{Command, Output};

/// An end to write to whose reader has gone.
fn unread() -> PipeWriter {
    let (_reader, writer) = pipe().unwrap();
    writer
}

/// Runs the program with a standard output that nobody reads.
fn run_unread(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openraft-timevault"));
    let child = command
        .args(args)
        .stdout(unread())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The command holds its end of the pipe.
    drop(command);
    child.wait_with_output().unwrap()
}

#[test]
fn rules_nobody_reads_are_no_error() {
    for args in [&["rules"][..], &["rules", "--format", "json"]] {
        let output = run_unread(args);
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
}

#[test]
fn an_error_with_closed_standard_error_still_has_its_exit_code() {
    let status = Command::new(env!("CARGO_BIN_EXE_openraft-timevault"))
        .args(["replay", "/nonexistent"])
        .stderr(unread())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}
