//! The two files: `log.jsonl` and `vote.json`.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use openraft::Vote;
use timevault::fs::{self, Access, File, FileSystem, SyncSite};

use super::Switches;
use super::memory::Memory;
use super::record::{Record, sealed, unsealed};
use crate::verify::seeded::Bug;
use crate::verify::subject::Place;

/// Name of the log file.
pub(crate) const LOG_FILE: &str = "log.jsonl";

/// Name of the vote file.
const VOTE_FILE: &str = "vote.json";

/// Name of the lock file.
const LOCK_FILE: &str = "lock";

/// The open files of a store.
#[derive(Debug)]
pub(crate) struct Disk {
    fs: Arc<dyn FileSystem>,
    vote: PathBuf,
    dir: PathBuf,
    log: Box<dyn File>,
    end: u64,
    bugs: Switches,
    _lock: Option<Box<dyn File>>,
}

impl Disk {
    /// Opens the files and reads them.
    pub(crate) fn open(
        place: &Place,
        bugs: Switches,
    ) -> io::Result<(Self, Memory, Option<Vote<u64>>)> {
        let Place { fs, dir } = place.clone();
        let lock = match bugs.has(Bug::SecondOpenSucceeds) {
            true => None,
            false => Some(fs.lock(&dir.join(LOCK_FILE))?),
        };
        // Sync before reading, because a name that is read here may not be durable yet, and a
        // power cut could take back what this open is about to show.
        let sync_names = !bugs.has(Bug::LogNameNotSynced) && !bugs.has(Bug::RenameWithoutDirSync);
        if sync_names {
            fs.sync_dir(&dir, SyncSite::here())?;
        }
        let path = dir.join(LOG_FILE);
        let log = match fs.open(&path, Access::ReadWrite) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let log = fs.create_new(&path)?;
                if !bugs.has(Bug::LogNameNotSynced) {
                    fs.sync_dir(&dir, SyncSite::here())?;
                }
                log
            }
            other => other?,
        };
        let vote = dir.join(VOTE_FILE);
        let mut disk = Self {
            fs,
            vote,
            dir,
            log,
            end: 0,
            bugs,
            _lock: lock,
        };
        let memory = disk.replay()?;
        let vote = disk.read_vote()?;
        Ok((disk, memory, vote))
    }

    /// Reads the log up to the first line that is not whole, and cuts what follows.
    fn replay(&mut self) -> io::Result<Memory> {
        let path = self.dir.join(LOG_FILE);
        let bytes = fs::read_whole(&*self.fs, &path)?;
        let mut records = Vec::new();
        let mut end = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = line
                .strip_suffix(b"\n")
                .and_then(|line| std::str::from_utf8(line).ok());
            let Some(record) = text.and_then(Record::parse) else {
                if self.bugs.has(Bug::DamageSkipped) {
                    end += line.len();
                    continue;
                }
                break;
            };
            end += line.len();
            records.push(record);
        }
        if has_record(bytes.get(end..).unwrap_or_default()) {
            // Only the last batch can be torn, and a batch is one write: whole lines behind a
            // broken one would need a zero hole, never letters.
            if !bytes.get(end..).unwrap_or_default().contains(&0) {
                let text = format!("{}: damaged at offset {end}", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
        }
        self.settle_tail(bytes.get(..end).unwrap_or_default(), bytes.len())?;
        if self.bugs.has(Bug::OpenDropsLast) && records.len() % 5 == 0 {
            records.retain(|record| !matches!(record, Record::Closed));
            records.pop();
        }
        let mut memory = Memory::default();
        for record in &records {
            memory.apply(record, Switches(None));
        }
        if !self.bugs.has(Bug::CommittedAhead) {
            memory.committed = memory.committed.filter(|committed| memory.had(committed));
        }
        Ok(memory)
    }

    /// Cuts a torn tail and makes durable what is kept: after a failed sync or a killed process
    /// it is in the page cache only, and a later sync alone would not write it.
    fn settle_tail(&mut self, kept: &[u8], found: usize) -> io::Result<()> {
        self.end = kept.len() as u64;
        if found > kept.len() {
            if self.bugs.has(Bug::TailNotCut) {
                self.end = found as u64;
                return Ok(());
            }
            self.log.set_len(self.end)?;
        }
        if self.bugs.has(Bug::TailNotRewritten) {
            return Ok(());
        }
        fs::write_all_at(&*self.log, kept, 0)?;
        self.log.sync_data(SyncSite::here())
    }

    fn read_vote(&self) -> io::Result<Option<Vote<u64>>> {
        match fs::read_whole(&*self.fs, &self.vote) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            bytes => {
                let bytes = bytes?;
                let line = std::str::from_utf8(&bytes)
                    .ok()
                    .and_then(|line| line.strip_suffix('\n'));
                let vote = line
                    .and_then(unsealed)
                    .and_then(|json| serde_json::from_str(json).ok());
                vote.map(Some).ok_or_else(|| {
                    let text = format!("{}: damaged at offset 0", self.vote.display());
                    io::Error::new(io::ErrorKind::InvalidData, text)
                })
            }
        }
    }

    /// Writes lines at the end, and syncs them if `sync`.
    pub(crate) fn append(&mut self, records: &[Record], sync: bool) -> io::Result<()> {
        let mut lines = String::new();
        for record in records {
            let skipped = match record {
                Record::Purge(_) => self.bugs.has(Bug::PurgeNotWritten),
                Record::Truncate(_) => self.bugs.has(Bug::TruncateNotWritten),
                Record::Entry(_) | Record::Committed(_) | Record::Closed => false,
            };
            if !skipped {
                lines.push_str(&record.line().map_err(io::Error::other)?);
            }
        }
        if self.bugs.has(Bug::ShortWriteIgnored) {
            self.log.write_at(lines.as_bytes(), self.end)?;
        } else {
            fs::write_all_at(&*self.log, lines.as_bytes(), self.end)?;
        }
        self.end += lines.len() as u64;
        if sync { self.sync() } else { Ok(()) }
    }

    fn sync(&self) -> io::Result<()> {
        let entries_unsynced = self.bugs.has(Bug::AppendNotSynced);
        if entries_unsynced {
            return Ok(());
        }
        let synced = self.log.sync_data(SyncSite::here());
        if synced.is_err() && self.bugs.has(Bug::SyncErrorSwallowed) {
            return Ok(());
        }
        if synced.is_err() && self.bugs.has(Bug::SyncRetried) {
            return self.log.sync_data(SyncSite::here());
        }
        synced
    }

    /// Replaces the vote file.
    pub(crate) fn save_vote(&self, vote: &Vote<u64>) -> io::Result<()> {
        let mut vote = *vote;
        vote.committed &= !self.bugs.has(Bug::VoteFlagLost);
        let json = sealed(&serde_json::to_string(&vote).map_err(io::Error::other)?).into_bytes();
        let careless = [
            Bug::VoteNotSynced,
            Bug::VoteTruncateAndWrite,
            Bug::RenameBeforeSync,
            Bug::RenameWithoutDirSync,
        ];
        if careless.iter().any(|bug| self.bugs.has(*bug)) {
            return self.save_vote_carelessly(&json);
        }
        fs::replace(&*self.fs, &self.vote, &json, SyncSite::here())
    }

    /// The ways not to replace a file.
    fn save_vote_carelessly(&self, json: &[u8]) -> io::Result<()> {
        if self.bugs.has(Bug::VoteTruncateAndWrite) {
            let file = match self.fs.open(&self.vote, Access::ReadWrite) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let file = self.fs.create_new(&self.vote)?;
                    self.fs.sync_dir(&self.dir, SyncSite::here())?;
                    file
                }
                file => file?,
            };
            file.set_len(0)?;
            fs::write_all_at(&*file, json, 0)?;
            return file.sync_data(SyncSite::here());
        }
        let temp = self.vote.with_extension("json.tmp");
        match self.fs.remove_file(&temp) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = self.fs.create_new(&temp)?;
        fs::write_all_at(&*file, json, 0)?;
        if self.bugs.has(Bug::RenameWithoutDirSync) {
            file.sync_data(SyncSite::here())?;
        }
        self.fs.rename(&temp, &self.vote)?;
        match self.bugs.has(Bug::RenameBeforeSync) {
            true => self.fs.sync_dir(&self.dir, SyncSite::here()),
            false => Ok(()),
        }
    }
}

/// Whether a whole record stands somewhere in these bytes.
fn has_record(bytes: &[u8]) -> bool {
    bytes.split_inclusive(|byte| *byte == b'\n').any(|line| {
        let text = line
            .strip_suffix(b"\n")
            .and_then(|line| std::str::from_utf8(line).ok());
        text.and_then(Record::parse).is_some()
    })
}
