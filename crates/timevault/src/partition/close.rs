//! Closing cleanly.

use crate::error::{Error, IoContext};
use crate::layout;
use crate::partition::Partition;
use crash_disk::SyncSite;

impl Partition {
    /// Makes everything durable and leaves the partition trimmed and wholly indexed, so that the
    /// next open reads little and other engines of the format can read it.
    ///
    /// # Errors
    /// [`Error::Failed`] if this or an earlier write failed; the partition is then as after a
    /// crash.
    pub fn close(mut self) -> Result<(), Error> {
        self.latched(|partition| {
            partition.sync_appended()?;
            if partition.open.as_ref().is_some_and(|open| open.end == 0) {
                partition.drop_empty_open_chunk()?;
            } else if let Some(open) = partition.open.as_mut() {
                open.finish()?;
            }
            // O21: `gc/` last, because a file that a person may want to look at goes only with a close that
            // has done everything else.
            partition.empty_gc()
        })
    }

    /// The published engine knows no empty open chunk: the chunk before it becomes the open one.
    fn drop_empty_open_chunk(&mut self) -> Result<(), Error> {
        self.open = None;
        self.handles.pop();
        let Some(dropped) = self.manifest.chunks.pop() else {
            return Ok(());
        };
        if let Some(line) = self.manifest.chunks.last_mut() {
            line.reopen();
        }
        // O21: the manifest before the unlink, because a named chunk that is missing is damage.
        self.store_manifest(SyncSite::here())?;
        self.unlink_chunk(dropped.chunk_id)
    }

    /// Removes the files that recovery moved to `gc/`. Nothing is synced: a file that comes back is removed by
    /// the next clean close.
    fn empty_gc(&self) -> Result<(), Error> {
        let gc = self.shared.dir.join(layout::GC);
        let entries = match self.shared.fs.read_dir(&gc) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            result => result.context("list", &gc)?,
        };
        for entry in entries.iter().filter(|entry| !entry.is_dir) {
            self.unlink(&gc.join(&entry.name))?;
        }
        Ok(())
    }
}
