//! The process that serves a mount.
#![expect(
    clippy::disallowed_methods,
    reason = "the log stands on the host's disk"
)]

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use crash_disk::sim::SimFs;
use fuser::{Config, MountOption, Session};

use super::served_fs::ServedFs;
use super::{CallLog, replay};

/// Names the directory that is mounted.
pub(crate) const MOUNT_POINT: &str = "CRASH_MOUNT_POINT";
/// Names the file that the calls are written to.
pub(crate) const CALL_LOG: &str = "CRASH_MOUNT_LOG";
/// What the kernel talks to a server through.
const DEVICE: &str = "/dev/fuse";
/// What the server prints when the directory can be used.
pub(crate) const MOUNTED: &str = "crash-mount: mounted";
/// What it prints in front of the reason when the directory cannot be used.
pub(crate) const REFUSED: &str = "crash-mount: cannot mount: ";

/// If this process was started by a [`Mount`](super::Mount), serves that and ends with it. Else returns at once.
///
/// A program that mounts calls this before anything else; a test binary has a test of its own for it, whose name
/// it gives to [`Mount::start`](super::Mount::start).
///
/// If it was asked to serve and cannot, whoever asked is told why, and the process ends.
pub fn serve_if_asked() {
    let (Some(point), Some(log)) = (std::env::var_os(MOUNT_POINT), std::env::var_os(CALL_LOG))
    else {
        return;
    };
    // A half dead server would keep the programs in the mount waiting for ever.
    std::panic::set_hook(Box::new(|panic| {
        let _ = writeln!(io::stderr(), "crash-mount: {panic}");
        std::process::abort();
    }));
    match serve(Path::new(&point), &PathBuf::from(log)) {
        Ok(never) => match never {},
        Err(error) => {
            // Whoever started it may have gone.
            let _ = writeln!(io::stdout(), "{REFUSED}{}", why(&error));
            let _ = io::stdout().flush();
            std::process::exit(1);
        }
    }
}

/// Why the directory cannot be used, on one line.
fn why(error: &io::Error) -> String {
    match std::fs::metadata(DEVICE) {
        Err(missing) => format!("{DEVICE}: {missing}"),
        Ok(_) => error.to_string().replace('\n', " "),
    }
}

fn serve(point: &Path, log: &Path) -> io::Result<Infallible> {
    let fs = SimFs::new_unrecorded();
    let before = CallLog::read(BufReader::new(File::open(log)?)).map_err(io::Error::other)?;
    // The handles of whoever made these calls are gone with it.
    replay(&before, &fs).map_err(io::Error::other)?;
    let log = OpenOptions::new().append(true).open(log)?;
    let mut config = Config::default();
    config.mount_options = vec![
        MountOption::FSName("crash-mount".into()),
        MountOption::NoAtime,
        MountOption::NoDev,
        MountOption::NoSuid,
    ];
    let served = ServedFs::new(fs, log);
    let _session = Session::new(served, point, &config)?.spawn()?;
    let mut out = io::stdout();
    writeln!(out, "{MOUNTED}")?;
    out.flush()?;
    // It ends when whoever started it lets go of this, however that ends.
    io::stdin().read_to_end(&mut Vec::new())?;
    detach(point);
    // With the process goes the connection, so that nobody waits who has a file open there.
    std::process::exit(0);
}

/// Takes the mount away, also while files in it are open.
pub(crate) fn detach(point: &Path) {
    use rustix::mount::{UnmountFlags, unmount};
    if unmount(point, UnmountFlags::DETACH).is_err() {
        // Who is not root has a helper for it. Where that fails too, nothing is mounted there any more.
        let helper = std::process::Command::new("fusermount3")
            .args(["-u", "-z", "--"])
            .arg(point)
            .stderr(std::process::Stdio::null())
            .status();
        drop(helper);
    }
}
