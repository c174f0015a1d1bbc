//! The log file `log.jsonl`, and the vote file beside it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::log::Vote;
use crash_disk::{self as fs, Access, File, FileSystem, SyncSite};

use super::Switches;
use super::log_text::LogText;
use super::memory::Memory;
use super::record::Record;
use super::vote_file::VoteFile;
use crate::seeded::{Bug, Oddity};
use crate::subject::Place;

/// Name of the log file.
pub(crate) const LOG_FILE: &str = "log.jsonl";

/// Name of the lock file.
const LOCK_FILE: &str = "lock";

/// Name of the side file of [`Oddity::IndexRebuilt`].
const INDEX_FILE: &str = "index.json";

/// Step by which a preallocated log grows, in bytes.
const PREALLOCATED: u64 = 1024;

/// The open files of a store.
#[derive(Debug)]
pub(crate) struct Disk {
    fs: Arc<dyn FileSystem>,
    vote: VoteFile,
    dir: PathBuf,
    log: Box<dyn File>,
    end: u64,
    /// Length of a preallocated file.
    allocated: u64,
    /// The whole log file, for [`Oddity::InMemoryUntilSynced`].
    whole: Vec<u8>,
    bugs: Switches,
    _lock: Option<Box<dyn File>>,
}

/// What an open has read.
pub(crate) type Found = (Memory, Option<Vote>);

impl Disk {
    /// Opens the files and reads them.
    pub(crate) fn open(place: &Place, bugs: Switches) -> io::Result<(Self, Found)> {
        let Place { fs, dir, .. } = place.clone();
        let locks = !bugs.has(Bug::SecondOpenSucceeds);
        let lock = locks.then(|| fs.lock(&dir.join(LOCK_FILE))).transpose()?;
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
        let mut disk = Self {
            vote: VoteFile::new(Arc::clone(&fs), &dir, bugs),
            fs,
            dir,
            log,
            end: 0,
            allocated: 0,
            whole: Vec::new(),
            bugs,
            _lock: lock,
        };
        let found = disk.replay()?;
        Ok((disk, found))
    }

    /// Reads the log up to the first line that is not whole, and cuts what follows.
    fn replay(&mut self) -> io::Result<Found> {
        let path = self.dir.join(LOG_FILE);
        let bytes = fs::read_whole(&*self.fs, &path)?;
        let text = LogText::read(&path, &bytes, self.bugs)?;
        self.settle_tail(bytes.get(..text.end).unwrap_or_default(), bytes.len())?;
        let mut memory = text.memory();
        if !self.bugs.has(Bug::CommittedAhead) {
            memory.committed = memory.committed.filter(|committed| memory.had(committed));
        }
        if self.bugs.is(Oddity::PurgeDeletesLater) {
            self.delete_hidden(&text, &memory)?;
        }
        if self.bugs.is(Oddity::IndexRebuilt) {
            self.rebuild_index(&text)?;
        }
        let vote = match self.bugs.is(Oddity::VoteInLog) {
            true => text.vote(),
            false => self.vote.read()?,
        };
        Ok((memory, vote))
    }

    /// Cuts a torn tail and makes durable what is kept: after a failed sync or a killed process
    /// it is in the page cache only, and a later sync alone would not write it.
    fn settle_tail(&mut self, kept: &[u8], found: usize) -> io::Result<()> {
        self.end = kept.len() as u64;
        self.allocated = self.end;
        if self.bugs.is(Oddity::InMemoryUntilSynced) {
            return self.replace_log(kept.to_vec());
        }
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
        self.log.sync_data(SyncSite::here())?;
        if self.bugs.has(Bug::TailCutTooFar) && found > kept.len() {
            self.log.set_len(self.end.saturating_sub(1))?;
            self.log.sync_data(SyncSite::here())?;
        }
        Ok(())
    }

    /// Puts other bytes in the place of the log, atomically.
    fn replace_log(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        let path = self.dir.join(LOG_FILE);
        fs::replace(&*self.fs, &path, &bytes, SyncSite::here())?;
        self.log = self.fs.open(&path, Access::ReadWrite)?;
        self.end = bytes.len() as u64;
        self.allocated = self.end;
        self.whole = bytes;
        Ok(())
    }

    /// Rewrites the log without the entries that no reader sees any more, if there are any.
    fn delete_hidden(&mut self, text: &LogText, memory: &Memory) -> io::Result<()> {
        if text
            .records
            .iter()
            .filter(|record| record.is_entry())
            .count()
            == memory.entries.len()
        {
            return Ok(());
        }
        let mut records: Vec<_> = memory.purged.map(Record::Purge).into_iter().collect();
        records.extend(memory.entries.values().cloned().map(Record::Entry));
        records.push(Record::Committed(memory.committed));
        let lines: Result<String, _> = records.iter().map(Record::line).collect();
        self.replace_log(lines.map_err(io::Error::other)?.into_bytes())
    }

    /// Writes the offset of each record to a side file. Nothing depends on it, so it is not synced.
    fn rebuild_index(&self, text: &LogText) -> io::Result<()> {
        let path = self.dir.join(INDEX_FILE);
        match self.fs.remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut offset = 0;
        let mut offsets = Vec::new();
        for record in &text.records {
            offsets.push(offset);
            offset += record.line().map_err(io::Error::other)?.len();
        }
        let file = self.fs.create_new(&path)?;
        fs::write_all_at(&*file, format!("{offsets:?}\n").as_bytes(), 0)
    }

    /// Writes lines at the end, and syncs them if `sync`.
    pub(crate) fn append(&mut self, records: &[Record], sync: bool) -> io::Result<()> {
        let kept = |record: &&Record| match record {
            Record::Purge(_) => !self.bugs.has(Bug::PurgeNotWritten),
            Record::Truncate(_) => !self.bugs.has(Bug::TruncateNotWritten),
            _ => true,
        };
        let lines: Result<String, _> = records.iter().filter(kept).map(Record::line).collect();
        let lines = lines.map_err(io::Error::other)?;
        if self.bugs.is(Oddity::InMemoryUntilSynced) {
            let mut whole = std::mem::take(&mut self.whole);
            whole.extend_from_slice(lines.as_bytes());
            if sync {
                return self.replace_log(whole);
            }
            self.whole = whole;
            return Ok(());
        }
        let written = self.write(lines.as_bytes());
        if let Err(error) = &written
            && error.kind() == io::ErrorKind::StorageFull
            && self.bugs.has(Bug::HalfRecordKept)
        {
            self.end = self.log.len()?;
        }
        written?;
        self.end += lines.len() as u64;
        let entries = records.iter().any(Record::is_entry);
        if !sync || (self.bugs.has(Bug::AppendNotSynced) && entries) {
            return Ok(());
        }
        self.sync()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.end + bytes.len() as u64;
        if self.bugs.is(Oddity::Preallocated) && end > self.allocated {
            let allocated = end.next_multiple_of(PREALLOCATED);
            self.log.set_len(allocated)?;
            self.allocated = allocated;
        }
        if self.bugs.has(Bug::ShortWriteIgnored) {
            return self.log.write_at(bytes, self.end).map(drop);
        }
        fs::write_all_at(&*self.log, bytes, self.end)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        let synced = self.log.sync_data(SyncSite::here());
        if synced.is_err() && self.bugs.has(Bug::SyncErrorSwallowed) {
            return Ok(());
        }
        if synced.is_err() && self.bugs.has(Bug::SyncRetried) {
            return self.log.sync_data(SyncSite::here());
        }
        synced
    }

    /// Makes a vote durable.
    pub(crate) fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        match self.bugs.is(Oddity::VoteInLog) {
            true => self.append(&[Record::Vote(*vote)], true),
            false => self.vote.save(vote),
        }
    }

    /// Writes a record that says that nothing was pending when the store was closed.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        if self.bugs.is(Oddity::Preallocated) {
            self.log.set_len(self.end)?;
            self.allocated = self.end;
        }
        self.append(&[Record::Closed], true)
    }
}
