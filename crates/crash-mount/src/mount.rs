//! A mounted simulated disk.
#![expect(
    clippy::disallowed_methods,
    reason = "the mount point and the log stand on the host's disk"
)]

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::fuse::STEP_ATTRIBUTE;
use super::server::{CALL_LOG, MOUNT_POINT, MOUNTED, REFUSED, detach};
use super::{CallLog, LogError};

/// The mount point in the home of a mount.
const POINT: &str = "disk";
/// The log of its calls.
const LOG: &str = "calls";

/// How long the server gets to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long threads of this process get to close what they have open there: a program that was let go of may go on for a
/// moment, and be torn down by a disk that is gone.
const LETS_GO_WITHIN: Duration = Duration::from_millis(500);

/// Time before the first look whether it has ended, and the most between two. Most end at once.
const FIRST_POLL: Duration = Duration::from_micros(100);
const LONGEST_POLL: Duration = Duration::from_millis(5);

/// Bytes of the longest number.
const NUMBER: usize = 20;

/// A mounted simulated disk, empty at first. When it is dropped, the mount and its server are gone; threads of this process
/// that have files open there get half a second to close them.
#[derive(Debug)]
pub struct Mount {
    server: Child,
    /// Holds the mount point and the log.
    home: TempDir,
}

impl Mount {
    /// Mounts an empty disk. `server` starts a process of which the first thing is to call
    /// [`serve_if_asked`](super::serve_if_asked).
    ///
    /// # Errors
    /// What the system says: there is no `/dev/fuse`, this user may not mount, or the server does not serve.
    pub fn start(server: Command) -> io::Result<Self> {
        Self::start_behind(server, &CallLog::default())
    }

    /// Mounts a disk on which these calls were made, by a program that was killed behind the last. They count, and are
    /// the first of [`Self::calls`].
    ///
    /// # Errors
    /// As [`Self::start`]; a call cannot be made, or written down.
    pub fn start_behind(mut server: Command, before: &CallLog) -> io::Result<Self> {
        let home = tempfile::tempdir()?;
        let mut log = BufWriter::new(File::create_new(home.path().join(LOG))?);
        for call in &before.calls {
            CallLog::append(call, &mut log)?;
        }
        log.flush()?;
        let point = home.path().join(POINT);
        std::fs::create_dir(&point)?;
        let server = server
            .env(MOUNT_POINT, &point)
            .env(CALL_LOG, home.path().join(LOG))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Of its own, so that it is there to unmount the disk when all of the program's group is killed.
            .process_group(0)
            .spawn()?;
        let mut mount = Self { server, home };
        let out = mount.server.stdout.take();
        let lines = out.into_iter().flat_map(|out| BufReader::new(out).lines());
        for line in lines {
            // A test binary prints the name of its test in front of it.
            let line = line?;
            if line.ends_with(MOUNTED) {
                return Ok(mount);
            }
            if let Some((_, why)) = line.split_once(REFUSED) {
                return Err(io::Error::other(why));
            }
        }
        Err(io::Error::other("the server has ended before it served"))
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.home.path().join(POINT)
    }

    /// How many calls have changed the disk. Read within the disk itself: every call that was answered before counts.
    ///
    /// # Errors
    /// What the system says; the server is lost.
    pub fn step(&self) -> io::Result<u64> {
        let mut number = [0; NUMBER];
        let len = rustix::fs::getxattr(self.path(), STEP_ATTRIBUTE, &mut number)?;
        let number = number.get(..len).unwrap_or_default();
        let text = std::str::from_utf8(number).map_err(io::Error::other)?;
        text.parse().map_err(io::Error::other)
    }

    /// All calls so far.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn calls(&self) -> Result<CallLog, LogError> {
        let log = File::open(self.log_path());
        let log = log.map_err(|source| LogError {
            offset: 0,
            expected: "a log",
            source,
        })?;
        CallLog::read(BufReader::new(log))
    }

    /// Process id of the server.
    #[must_use]
    pub fn server_id(&self) -> u32 {
        self.server.id()
    }

    /// Whether the mount point is another disk than the directory around it, or one without a server.
    fn is_mounted(&self) -> bool {
        let device = |path: &Path| rustix::fs::stat(path).map(|stat| stat.st_dev).ok();
        device(&self.path()) != device(self.home.path())
    }

    /// Whether this process has a file of it open, or mapped.
    fn is_used(&self) -> io::Result<bool> {
        let point = self.home.path().canonicalize()?.join(POINT);
        for open in std::fs::read_dir("/proc/self/fd")? {
            // One that was closed meanwhile leads nowhere.
            if std::fs::read_link(open?.path()).is_ok_and(|path| path.starts_with(&point)) {
                return Ok(true);
            }
        }
        let mapped = std::fs::read_to_string("/proc/self/maps")?;
        Ok(mapped.contains(&*point.to_string_lossy()))
    }

    /// Where the calls are written down.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.home.path().join(LOG)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let until = Instant::now() + LETS_GO_WITHIN;
        while self.is_used().is_ok_and(|used| used) && Instant::now() < until {
            std::thread::sleep(LONGEST_POLL);
        }
        drop(self.server.stdin.take());
        let until = Instant::now() + PATIENCE;
        let mut poll = FIRST_POLL;
        while matches!(self.server.try_wait(), Ok(None)) {
            if Instant::now() >= until {
                let _ = self.server.kill();
                let _ = self.server.wait();
                break;
            }
            std::thread::sleep(poll);
            poll = LONGEST_POLL.min(poll * 2);
        }
        // One that was killed leaves a dead mount behind.
        if self.is_mounted() {
            detach(&self.path());
        }
    }
}
