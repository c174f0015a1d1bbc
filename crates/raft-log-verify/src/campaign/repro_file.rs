//! Repro files on the host's disk, and how a test is told to run one.
#![expect(
    clippy::disallowed_methods,
    reason = "the harness's own files, not a store's"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::issue::{Issue, REPRO_FILE};
use super::{Counterexample, Repro};
use crate::subject::{own_program, own_test};

/// Names the repro file that a test runs in place of its campaign.
pub const REPLAY: &str = "RAFT_LOG_VERIFY_REPLAY";

/// The folder of the repro files of tests, beside those of their binaries.
const FOLDER: &str = "raft-log-verify";

/// Writes the repro file of a counterexample into a folder, which is made if it is missing.
///
/// # Errors
/// What the host's disk says.
pub fn write_repro(folder: &Path, found: &Counterexample) -> io::Result<PathBuf> {
    let json = Repro::new(found).to_json().map_err(io::Error::other)?;
    let rule = found.violation.rule.name;
    let stem = stem((&found.subject, rule), (found.seed, found.number));
    fs::create_dir_all(folder)?;
    let path = folder.join(stem + ".json");
    fs::write(&path, json)?;
    Ok(path)
}

/// What the name of the repro file of a counterexample begins with. A shell takes it for one word.
pub(super) fn stem((subject, rule): (&str, &str), (seed, number): (u64, u64)) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || c == '.' {
            c
        } else {
            '-'
        }
    };
    let subject: String = subject.chars().map(plain).collect();
    format!("{subject}-{rule}-{seed}-{number}")
}

/// The folder for what a campaign has found: the one that the config names, or one beside that of the binary.
pub(crate) fn folder(named: Option<&Path>) -> PathBuf {
    let beside_binaries = || {
        let binary = own_program()?;
        Some(binary.parent()?.parent()?.join(FOLDER))
    };
    let folder = named.map(Path::to_path_buf).or_else(beside_binaries);
    folder.unwrap_or_else(std::env::temp_dir)
}

/// Reads a repro file.
///
/// # Errors
/// What the host's disk says; [`io::ErrorKind::InvalidData`] where it is none, or one of another version.
pub fn read_repro(file: &Path) -> io::Result<Repro> {
    let json = fs::read_to_string(file)?;
    Repro::from_json(&json)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{file:?}: {error}")))
}

/// The repro file that the environment asks for.
pub(crate) fn asked() -> Option<PathBuf> {
    std::env::var_os(REPLAY).map(PathBuf::from)
}

/// Writes the repro file of what a test has found, and beside it the same as an issue with the lines of the test. Says
/// how the test runs it, and where the issue is.
pub(crate) fn how_to_see_it_again(
    found: &Counterexample,
    named: Option<&Path>,
    test: Option<&str>,
) -> String {
    let folder = folder(named);
    let path = match write_repro(&folder, found) {
        Ok(path) => path,
        Err(error) => return format!("there is no repro file in {}: {error}", folder.display()),
    };
    let rule = found.violation.rule.name;
    let again = format!("to see {rule} again:\n    {}", command(&quoted(&path)));
    let issue = Issue::new(found, test, &command(REPRO_FILE)).to_string();
    let file = path.with_extension("md");
    match fs::write(&file, issue) {
        Ok(()) => format!(
            "{again}\nthe same as an issue for a tracker:\n    {}",
            file.display()
        ),
        Err(error) => format!("{again}\n{}: {error}", file.display()),
    }
}

/// The command that runs a repro file in this test.
fn command(file: &str) -> String {
    let package = std::env::var("CARGO_PKG_NAME").ok();
    let package = package.map(|name| format!(" -p {name}"));
    let test = own_test().map(|name| format!(" {name}"));
    let (package, test) = (package.unwrap_or_default(), test.unwrap_or_default());
    format!("{REPLAY}={file} cargo test{package}{test}")
}

/// A path as a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    match path.chars().all(plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_a_path_for_one_word() {
        assert_eq!(quoted(Path::new("/a/b-1.json")), "/a/b-1.json");
        assert_eq!(quoted(Path::new("/my dir/it's")), "'/my dir/it'\\''s'");
    }
}
