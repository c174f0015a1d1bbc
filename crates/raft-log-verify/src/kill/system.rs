//! What the kernel does for the kill phase: processes that stand still, what is left in a pipe, holes in files.
//!
//! Only on Linux does a process that stands still go when its parent dies. Elsewhere none is made to stand.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::process::{Child, ChildStdout};

/// Whether a process can be made to stand still.
pub(crate) const STANDS: bool = cfg!(target_os = "linux");

/// From now on this process is killed when the thread that started it ends, also while it stands still.
///
/// # Errors
/// The kernel refuses it.
pub(super) fn die_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::KILL))?;
    }
    Ok(())
}

/// Stops all threads of a child, and returns when they stand still. `false` where it has ended meanwhile.
///
/// # Errors
/// The kernel refuses it.
#[cfg(target_os = "linux")]
pub(super) fn stop(child: &Child) -> io::Result<bool> {
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::STOP)?;
    // The kernel says so when the last thread stands. That it ended is left for whoever waits for its end.
    let both = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let status = loop {
        match waitid(WaitId::Pid(pid), both) {
            Err(rustix::io::Errno::INTR) => {}
            status => break status?,
        }
    };
    Ok(status.is_some_and(|status| status.stopped()))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn stop(_: &Child) -> io::Result<bool> {
    Ok(false)
}

/// Lets a child go on that stands still.
///
/// # Errors
/// The kernel refuses it.
pub(super) fn go_on(child: &Child) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Pid, Signal, kill_process};
        kill_process(Pid::from_child(child), Signal::CONT)?;
    }
    let _ = child;
    Ok(())
}

/// How many bytes can be read from a pipe at once.
///
/// # Errors
/// The kernel refuses it.
pub(super) fn readable(pipe: &ChildStdout) -> io::Result<u64> {
    #[cfg(target_os = "linux")]
    return Ok(rustix::io::ioctl_fionread(pipe)?);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = pipe;
        Ok(0)
    }
}

/// The first range of bytes of a file from `from` on that is no hole; `None` where only a hole follows.
///
/// # Errors
/// The kernel refuses it.
#[cfg(target_os = "linux")]
pub(super) fn data_from(file: &File, from: u64) -> io::Result<Option<Range<u64>>> {
    use rustix::fs::{SeekFrom, seek};
    use rustix::io::Errno;
    match seek(file, SeekFrom::Data(from)) {
        Err(Errno::NXIO) => Ok(None),
        // This file system does not tell.
        Err(Errno::INVAL | Errno::OPNOTSUPP) => whole_from(file, from),
        begin => {
            let begin = begin?;
            Ok(Some(begin..seek(file, SeekFrom::Hole(begin))?))
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn data_from(file: &File, from: u64) -> io::Result<Option<Range<u64>>> {
    whole_from(file, from)
}

fn whole_from(file: &File, from: u64) -> io::Result<Option<Range<u64>>> {
    let len = file.metadata()?.len();
    Ok((from < len).then_some(from..len))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

    use std::process::{Command, Stdio};

    use super::*;

    /// The letter of a process' state.
    fn state(child: &Child) -> char {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let (_, behind_the_name) = stat.rsplit_once(") ").unwrap();
        behind_the_name.chars().next().unwrap()
    }

    #[test]
    fn a_process_stands_when_its_stop_returns_and_goes_on_after_it() {
        let mut busy = Command::new("sh")
            .args(["-c", "while :; do echo; done"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut report = busy.stdout.take().unwrap();
        for _ in 0..200 {
            // It writes until the pipe is full.
            io::Read::read_exact(&mut report, &mut [0; 64]).unwrap();
            assert!(stop(&busy).unwrap());
            assert_eq!(state(&busy), 'T');
            let there = readable(&report).unwrap();
            assert_eq!(readable(&report).unwrap(), there);
            go_on(&busy).unwrap();
        }
        busy.kill().unwrap();
        assert!(!stop(&busy).unwrap());
        // Its end is left to whoever waits for it.
        assert!(busy.wait().is_ok());
    }
}
