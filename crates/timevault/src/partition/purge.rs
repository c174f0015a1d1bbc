//! Purging: removing the prefix of the log up to a key.

use std::sync::Arc;

use crate::error::Error;
use crate::manifest::ChunkLine;
use crate::partition::Partition;
use crate::seeded::seeded;
use crash_disk::SyncSite;

impl Partition {
    /// Removes the records with this key and below. They are unreadable at once and gone for good
    /// when this returns; records appended before are durable then too.
    ///
    /// Nothing is copied: records in a chunk that also holds later ones are hidden, chunks that
    /// hold nothing else are removed. A purge point never moves back: a lower key does nothing.
    /// Purging past the end empties the partition; the next record needs a higher key.
    ///
    /// # Errors
    /// [`Error::Io`] is a failure: everything later is refused with [`Error::Failed`].
    pub fn purge(&mut self, key: u64) -> Result<(), Error> {
        self.latched(|partition| {
            partition.sync_appended()?;
            if partition.metadata.last_purge_id >= Some(key) {
                // O13: the purge point never moves back.
                return Ok(());
            }
            partition.metadata.last_purge_id = Some(key);
            partition
                .shared
                .publish_removal(|view| view.purged = Some(key));
            // O12: the purge point before any chunk goes, because it is what tells recovery that the
            // chunks may go; without it their absence would be damage.
            let shared = &partition.shared;
            partition
                .metadata
                .store(&*shared.fs, &shared.dir, SyncSite::here())?;
            partition.drop_purged_chunks()
        })
    }

    /// Removes the chunks that hold nothing above the purge point. Called by a purge, and by
    /// recovery for one that was cut short.
    pub(super) fn drop_purged_chunks(&mut self) -> Result<(), Error> {
        let Some(purged) = self.metadata.last_purge_id else {
            return Ok(());
        };
        let count = self
            .manifest
            .chunks
            .iter()
            .take_while(|line| self.holds_nothing_above(line, purged))
            .count();
        if count == 0 {
            return Ok(());
        }
        if self.open.is_none() && count < self.manifest.chunks.len() {
            // O8a: the published engine left the last chunk closed. A manifest of this engine must not end
            // like that: it would mean that lines were lost.
            self.rejoin_chunk()?;
        }
        let dropped: Vec<ChunkLine> = self.manifest.chunks.drain(..count).collect();
        self.handles.drain(..count);
        if self.manifest.chunks.is_empty() {
            self.open = None;
            self.last_key = None;
        }
        let chunks = Arc::new(self.handles.clone());
        self.shared.publish_removal(|view| {
            view.chunks = chunks;
            self.describe_open(view);
        });
        if seeded!(self.hold.options.seeded(), UnlinkedBeforeManifest) {
            for line in &dropped {
                self.unlink_chunk(line.chunk_id)?;
            }
        }
        // O12: the manifest before the unlinks, because a named chunk that is missing is damage, and a
        // leftover below the first line is not.
        self.store_manifest(SyncSite::here())?;
        // Not synced (O18): a file that comes back is below the first line and is removed at open.
        for line in &dropped {
            self.unlink_chunk(line.chunk_id)?;
        }
        self.counted.purges_over_chunks += 1;
        Ok(())
    }

    pub(super) fn holds_nothing_above(&self, line: &ChunkLine, purged: u64) -> bool {
        let filled = self.open.as_ref().is_some_and(|open| open.end > 0);
        nothing_above(line, self.last_key.filter(|_| filled), purged)
    }
}

/// Whether a live chunk holds nothing above the purge point, so that a purge takes it away.
/// `open_last` is the last key in the open chunk, if that is not empty.
pub(crate) fn nothing_above(line: &ChunkLine, open_last: Option<u64>, purged: u64) -> bool {
    line.max_order_key.or(open_last).unwrap_or(line.chunk_id) <= purged
}
