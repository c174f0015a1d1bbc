//! The program of this process, and the test that it runs.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::thread;

/// Options of a test binary behind which a value stands.
const WITH_VALUE: [&str; 6] = [
    "--test-threads",
    "--skip",
    "--format",
    "--color",
    "--logfile",
    "-Z",
];

/// The file of the program of this process: what the system says, or else the name that it was started by, if that is a
/// path. Linux says nothing where `/proc` is not mounted.
pub(crate) fn own_program() -> Option<PathBuf> {
    let started_by = || env::args_os().next().and_then(|name| path(&name));
    env::current_exe().ok().or_else(started_by)
}

/// A name alone was looked for in `PATH`.
fn path(name: &OsStr) -> Option<PathBuf> {
    let path = Path::new(name);
    let folder = path.parent()?;
    (!folder.as_os_str().is_empty()).then(|| path.to_path_buf())
}

/// The test that this thread runs. `None` for a test on the main thread, which has not its name, unless the arguments name
/// that test and no other: it runs there with one test thread.
pub(crate) fn own_test() -> Option<String> {
    let thread = thread::current();
    match thread.name()? {
        "main" => {
            let args = env::args_os().skip(1);
            let args: Vec<String> = args.filter_map(|arg| arg.into_string().ok()).collect();
            named_exactly(&args).map(str::to_owned)
        }
        name => Some(name.to_owned()),
    }
}

/// The test that the arguments of a test binary name, where they name one exactly: it may run on the main thread, which
/// has not its name.
fn named_exactly(args: &[String]) -> Option<&str> {
    if !args.iter().any(|arg| arg == "--exact") {
        return None;
    }
    let mut names = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.starts_with('-') {
            true if WITH_VALUE.contains(&arg.as_str()) => {
                args.next();
            }
            true => {}
            false => names.push(arg.as_str()),
        }
    }
    match names.as_slice() {
        [name] => Some(*name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_looked_for_is_not_known() {
        assert_eq!(path(OsStr::new("tests")), None);
        let absolute = OsStr::new("/target/debug/deps/tests-1");
        assert_eq!(path(absolute), Some(absolute.into()));
        assert_eq!(path(OsStr::new("./tests")), Some("./tests".into()));
    }

    #[test]
    fn the_arguments_tell_which_test_runs_alone() {
        let name = |text: &str| {
            let args: Vec<String> = text.split(' ').map(str::to_owned).collect();
            named_exactly(&args).map(str::to_owned)
        };
        let mine = Some("mine".to_owned());
        assert_eq!(name("--exact mine --nocapture"), mine);
        assert_eq!(name("mine --exact --test-threads 1 --skip other"), mine);
        assert_eq!(name("mine --test-threads=1"), None);
        assert_eq!(name("--exact mine other"), None);
        assert_eq!(name("--exact"), None);
    }
}
