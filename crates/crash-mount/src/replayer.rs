//! The calls of a mount, done again on another disk.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use crash_disk::sim::{SimFile, SimFs, SimNode};
use crash_disk::{File, FileSystem, SyncSite, write_all_at};

use super::{CallLog, DiskCall};

/// A call that could not be done again.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReplayError {
    /// Which of the log, from 0 on.
    pub call: usize,
    /// What the disk said.
    pub source: io::Error,
}

impl std::fmt::Display for ReplayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "call {} of the log cannot be done again: {}",
            self.call, self.source
        )
    }
}

impl std::error::Error for ReplayError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Does calls again on a disk that was as the mounted one when the first of them came.
#[derive(Debug)]
pub struct Replayer {
    fs: SimFs,
    files: HashMap<u64, SimFile>,
    /// Whether syncs do nothing.
    ignores: bool,
}

/// The file at a path.
fn found(fs: &SimFs, path: &str) -> io::Result<SimFile> {
    match fs.look_up(Path::new(path))? {
        SimNode::File(file) => Ok(file),
        SimNode::Dir(_) => Err(io::ErrorKind::IsADirectory.into()),
    }
}

/// Does all calls of a log again on this disk. Its steps are those of the mount.
///
/// # Errors
/// [`ReplayError`] at the first call that cannot be done again.
pub fn replay(log: &CallLog, fs: &SimFs) -> Result<(), ReplayError> {
    replay_ignoring(log, fs, None)
}

/// As [`replay`], but one step of the log, counted from 1, makes nothing durable although it is a sync. The steps stay
/// the same.
///
/// # Errors
/// As [`replay`].
pub fn replay_without_sync(log: &CallLog, fs: &SimFs, step: u64) -> Result<(), ReplayError> {
    fs.ignore_sync_site(ignored());
    replay_ignoring(log, fs, Some(step))
}

fn replay_ignoring(log: &CallLog, fs: &SimFs, step: Option<u64>) -> Result<(), ReplayError> {
    let mut replayer = Replayer::new(fs);
    let mut calls = log.calls.iter().enumerate();
    calls.try_for_each(|(call, done)| {
        replayer.ignores = Some(fs.step() + u64::from(done.is_step())) == step;
        let again = replayer.apply(done);
        again.map_err(|source| ReplayError { call, source })
    })
}

/// The site of the syncs that do nothing.
fn ignored() -> SyncSite {
    SyncSite::named("left out")
}

impl Replayer {
    /// On this disk.
    #[must_use]
    pub fn new(fs: &SimFs) -> Self {
        Self {
            fs: fs.clone(),
            files: HashMap::new(),
            ignores: false,
        }
    }

    /// Does a call.
    ///
    /// # Errors
    /// Whatever the disk says: it is not as the mounted one was.
    pub fn apply(&mut self, call: &DiskCall) -> io::Result<()> {
        let fs = &self.fs;
        match call {
            DiskCall::Open { path, file } => {
                self.files.insert(*file, found(fs, path)?);
            }
            DiskCall::Create { path, file } => {
                drop(fs.create_new(Path::new(path))?);
                self.files.insert(*file, found(fs, path)?);
            }
            DiskCall::CreateDir { path } => fs.create_dir(Path::new(path))?,
            DiskCall::Write {
                file,
                offset,
                bytes,
                ..
            } => {
                write_all_at(self.file(*file)?, bytes, *offset)?;
            }
            DiskCall::SetLen { file, len } => self.file(*file)?.set_len(*len)?,
            DiskCall::SyncData { file } => self.file(*file)?.sync_data(self.site())?,
            DiskCall::SyncAll { file } => self.file(*file)?.sync_all(self.site())?,
            DiskCall::SyncDir { path } => fs.sync_dir(Path::new(path), self.site())?,
            DiskCall::Rename { from, to } => fs.rename(Path::new(from), Path::new(to))?,
            DiskCall::Remove { path } => fs.remove_file(Path::new(path))?,
            DiskCall::RemoveDir { path } => fs.remove_dir(Path::new(path))?,
            DiskCall::Link { file, path } => fs.hard_link(self.file(*file)?, Path::new(path))?,
            DiskCall::Punch { file, offset, len } => self.file(*file)?.punch_hole(*offset, *len)?,
            DiskCall::Mapped | DiskCall::Unsupported { .. } => {}
        }
        Ok(())
    }

    fn site(&self) -> SyncSite {
        match self.ignores {
            true => ignored(),
            false => SyncSite::here(),
        }
    }

    fn file(&self, number: u64) -> io::Result<&SimFile> {
        let file = self.files.get(&number);
        file.ok_or_else(|| io::Error::other(format!("file {number} was never opened")))
    }
}
