//! Verbs whose output nobody reads.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::pipe;
use std::process::{Command, Output};

/// Runs the program with a standard output whose reader has gone before it starts.
fn unread(args: &[&str]) -> Output {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_openraft-timevault"));
    let child = command
        .args(args)
        .stdout(writer)
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
        let output = unread(args);
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
}

#[test]
fn an_error_with_closed_standard_error_still_has_its_exit_code() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let status = Command::new(env!("CARGO_BIN_EXE_openraft-timevault"))
        .args(["replay", "/nonexistent"])
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}
