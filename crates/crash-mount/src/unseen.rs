//! Syncs that never reach a disk of this kind: the kernel answers them itself.
#![expect(
    clippy::disallowed_methods,
    reason = "the program's file and the trace stand on the host's disk"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use object::{NameOrOrdinal, Object as _};

/// The calls that make a whole disk durable. A file system in user space is not asked to.
const OF_A_DISK: [&str; 2] = ["sync", "syncfs"];

/// What shows that a trace is one.
const STARTED: &str = "execve(";

/// Whether a program makes its disk durable by calls that a mount does not see. What a power cut takes away from one
/// that does is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnseenSyncs {
    /// A traced run called none.
    NotCalled,
    /// A traced run called these.
    Called(Vec<String>),
    /// Nothing could be traced, and the program asks the C library for these.
    Imported(Vec<String>),
    /// Nothing could be traced, and the program asks the C library for none. One that goes past the library is not seen.
    NotImported,
}

impl UnseenSyncs {
    /// Runs a program, traced by `strace` where there is one; else looks at what this process has loaded.
    #[must_use]
    pub fn of(program: &Command) -> Self {
        match traced(program) {
            Ok(called) if called.is_empty() => Self::NotCalled,
            Ok(called) => Self::Called(called.into_iter().collect()),
            Err(_) => Self::of_this_process(),
        }
    }

    /// Looks at what this process has loaded, without a traced run.
    #[must_use]
    pub fn of_this_process() -> Self {
        match imported() {
            Ok(names) if names.is_empty() => Self::NotImported,
            Ok(names) => Self::Imported(names.into_iter().collect()),
            // What cannot be looked at may hold any of them.
            Err(_) => Self::Imported(OF_A_DISK.map(str::to_owned).to_vec()),
        }
    }

    /// The calls by which the program may make durable what the mount takes for lost.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::NotCalled | Self::NotImported => &[],
            Self::Called(names) | Self::Imported(names) => names,
        }
    }
}

/// The calls of a traced run, and of all processes that it starts.
fn traced(program: &Command) -> io::Result<BTreeSet<String>> {
    let trace = tempfile::NamedTempFile::new()?;
    let mut strace = Command::new("strace");
    let calls = format!("trace=execve,{}", OF_A_DISK.join(","));
    strace
        .args(["-f", "-qq", "-e", &calls, "-o"])
        .arg(trace.path())
        .arg("--")
        .arg(program.get_program())
        .args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let trace = fs::read(trace.path())?;
    let trace = String::from_utf8_lossy(&trace);
    // Where a process may not be traced, nothing is written, whatever the program did.
    if !trace.contains(STARTED) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(called(&trace))
}

/// The calls that a trace names.
fn called(trace: &str) -> BTreeSet<String> {
    let called = trace.lines().filter_map(|line| {
        // The number of the process stands before the call.
        let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let (name, _) = call.split_once('(')?;
        OF_A_DISK.contains(&name).then(|| name.to_owned())
    });
    called.collect()
}

/// The calls that this program and the libraries that it has loaded ask the C library for.
fn imported() -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for file in loaded()? {
        let bytes = fs::read(file)?;
        let object = object::File::parse(&*bytes).map_err(io::Error::other)?;
        for import in object.imports().map_err(io::Error::other)? {
            let import = import.map_err(io::Error::other)?;
            if let NameOrOrdinal::Name(name) = import.name() {
                let known = OF_A_DISK.iter().find(|known| known.as_bytes() == name);
                found.extend(known.map(|name| (*name).to_owned()));
            }
        }
    }
    Ok(found)
}

/// The files whose code this process has loaded.
fn loaded() -> io::Result<BTreeSet<PathBuf>> {
    let maps = fs::read_to_string("/proc/self/maps")?;
    let code = maps.lines().filter(|line| line.contains(" r-xp "));
    let files = code.filter_map(|line| line.find('/').map(|at| Path::new(line.split_at(at).1)));
    Ok(files.map(Path::to_path_buf).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_their_arguments_and_from_others_like_them() {
        let trace = "12 execve(\"sync\", [\"syncfs(\"]) = 0\n\
                     12 syncfs(3)                = 0\n\
                     sync() = 0\n\
                     13 sync_file_range(3, 0, 0, 0) = 0\n\
                     14 +++ exited with 0 +++\n";
        assert_eq!(called(trace), ["sync", "syncfs"].map(str::to_owned).into());
        assert_eq!(called("12 execve(\"sync(\") = 0\n"), BTreeSet::new());
    }

    #[test]
    fn what_this_program_asks_the_c_library_for_is_seen() {
        assert!(loaded().unwrap().len() > 1);
        // Nothing here calls them; the kernel is asked for the rest without the library.
        assert_eq!(imported().unwrap(), BTreeSet::new());
    }
}
