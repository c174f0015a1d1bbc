//! The files that a log's writer writes: the partition and three small files beside its chunks.

use std::io;
use std::path::Path;

use crash_disk::{self as fs, Access, File, SyncSite};
use timevault::{Partition, RecordRef};

use super::job::AppendJob;
use crate::log_store::LogStoreError;
use crate::log_store::seeded::{Seeded, seeded};

/// Holds the vote.
pub(crate) const VOTE_FILE: &str = "raft_vote.json";
/// Holds the purged id.
pub(crate) const PURGE_FILE: &str = "raft_purge.json";
/// Holds the committed id.
pub(crate) const COMMITTED_FILE: &str = "raft_committed.json";

/// The files of an open log. Owned by whichever thread drains the queue.
#[derive(Debug)]
pub(super) struct Disk {
    partition: Option<Partition>,
    committed: Option<CommittedFile>,
    seeded: Seeded,
}

#[derive(Debug)]
struct CommittedFile {
    file: Box<dyn File>,
    /// Length, if it is known for sure.
    len: Option<usize>,
}

impl Disk {
    pub(super) fn new(partition: Partition, seeded: Seeded) -> Self {
        Self {
            partition: Some(partition),
            committed: None,
            seeded,
        }
    }

    fn partition(&mut self) -> Result<&mut Partition, LogStoreError> {
        self.partition.as_mut().ok_or(LogStoreError::Closed)
    }

    /// Writes the entries of all appends in one go and syncs them.
    pub(super) fn append(&mut self, batch: &[AppendJob]) -> Result<(), LogStoreError> {
        let count = batch.iter().map(|append| append.records.len()).sum();
        if count == 0 {
            return Ok(());
        }
        let mut records = Vec::with_capacity(count);
        for append in batch {
            let entries = append.records.iter();
            records.extend(entries.map(|(order_key, payload)| RecordRef { order_key, payload }));
        }
        let partition = self.partition()?;
        partition.append_batch(&records)?;
        // O3, O22: sync before the caller acknowledges, and before anything later is written: only then is
        // what the disk holds after a crash a prefix of what was issued.
        partition.sync()?;
        Ok(())
    }

    /// Removes the entries from `from` on; durable on return.
    pub(super) fn truncate(&mut self, from: u64) -> Result<(), LogStoreError> {
        Ok(self.partition()?.truncate(from)?)
    }

    /// Hides the entries up to `index` and removes those above too if `cut_above`; durable on
    /// return.
    pub(super) fn purge(
        &mut self,
        file: &[u8],
        index: u64,
        cut_above: bool,
    ) -> Result<(), LogStoreError> {
        if seeded!(self.seeded, PurgedBeforeRecord) {
            self.partition()?.purge(index)?;
        }
        // O23: purge file before partition, because the partition knows only the index of the purge
        // point: with the entries gone and the file not there, the full id would be lost. A crash
        // in between is completed at open.
        self.replace(PURGE_FILE, file, SyncSite::here())?;
        let partition = self.partition()?;
        partition.purge(index)?;
        // O23: purge before cut, because after a crash in between open finds a purged id above the
        // id of the entries that are left, and cuts them then. The other way round, a crash would
        // leave a log that has lost its end without the purge that explains it.
        if let (true, Some(above)) = (cut_above, index.checked_add(1)) {
            partition.truncate(above)?;
        }
        Ok(())
    }

    /// Replaces the vote file; durable on return.
    pub(super) fn save_vote(&mut self, file: &[u8]) -> Result<(), LogStoreError> {
        self.replace(VOTE_FILE, file, SyncSite::here())
    }

    fn replace(&mut self, name: &str, bytes: &[u8], site: SyncSite) -> Result<(), LogStoreError> {
        let partition = self.partition()?;
        let path = partition.path().join(name);
        fs::replace(&**partition.fs(), &path, bytes, site)
            .map_err(|e| LogStoreError::io("replace", &path, e))
    }

    /// Overwrites the committed file in place, without a sync (O22). A crash may leave the old content,
    /// the new one, or one that open does not take for either.
    pub(super) fn save_committed(&mut self, bytes: &[u8]) -> Result<(), LogStoreError> {
        let path = self.partition()?.path().join(COMMITTED_FILE);
        let mut committed = match self.committed.take() {
            Some(committed) => committed,
            None => CommittedFile {
                file: self.open_committed(&path)?,
                len: None,
            },
        };
        let write = |committed: &CommittedFile| -> io::Result<()> {
            fs::write_all_at(&*committed.file, bytes, 0)?;
            if committed.len != Some(bytes.len()) {
                committed.file.set_len(bytes.len() as u64)?;
            }
            Ok(())
        };
        let result = write(&committed);
        committed.len = result.is_ok().then_some(bytes.len());
        self.committed = Some(committed);
        result.map_err(|e| LogStoreError::io("write", &path, e))
    }

    fn open_committed(&mut self, path: &Path) -> Result<Box<dyn File>, LogStoreError> {
        let fs = self.partition()?.fs();
        let file = match fs.open(path, Access::ReadWrite) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => fs.create_new(path),
            other => other,
        };
        file.map_err(|e| LogStoreError::io("open", path, e))
    }

    /// Closes the partition cleanly.
    pub(super) fn close(&mut self) -> Result<(), LogStoreError> {
        self.committed = None;
        match self.partition.take() {
            Some(partition) => Ok(partition.close()?),
            None => Ok(()),
        }
    }

    /// Lets the partition go as it is, without another write.
    pub(super) fn abandon(&mut self) {
        self.committed = None;
        self.partition = None;
    }
}
