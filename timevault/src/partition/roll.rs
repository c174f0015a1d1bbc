//! Beginning a chunk: the first one, the next one, or another in place of an empty one.

use std::sync::Arc;

use crate::chunk::ChunkHandle;
use crate::error::{Error, IoContext};
use crate::fs::SyncSite;
use crate::layout::{self, ChunkFile};
use crate::manifest::ChunkLine;
use crate::partition::{OpenChunk, Partition};
use crate::seeded::SeededBug;

impl Partition {
    /// Makes a new chunk the open one; its first record will have this key.
    pub(super) fn begin_chunk(&mut self, key: u64) -> Result<(), Error> {
        let replaces_empty = self.open.as_ref().is_some_and(|open| open.end == 0);
        if !replaces_empty && let Some(open) = self.open.as_mut() {
            // The old chunk and its index before the manifest names a new one, because recovery
            // settles only the last chunk: a closed one must be whole.
            open.finish(&self.shared)?;
            let (bytes, max) = (open.end, self.last_key);
            if let Some(line) = self.manifest.chunks.last_mut() {
                line.bytes = Some(bytes);
                line.max_order_key = max;
            }
            self.counters.rolls += 1;
        }
        let open = self.create_chunk(key)?;
        let replaced = if replaces_empty {
            self.manifest.chunks.pop()
        } else {
            None
        };
        if replaces_empty {
            self.handles.pop();
        }
        self.manifest.chunks.push(ChunkLine::open(key));
        self.handles.push(Arc::clone(&open.handle));
        // The new files before the manifest, because a manifest that names a missing chunk is
        // damage; the manifest before the first record, because a chunk that the manifest does not
        // name is no part of the log.
        self.manifest
            .store(&*self.shared.fs, &self.shared.dir, SyncSite::here())?;
        self.open = Some(open);
        self.publish_chunks();
        if let Some(old) = replaced {
            // The manifest before the unlink, for the same reason. A leftover is cleared at open.
            self.unlink_chunk(old.chunk_id)?;
        }
        Ok(())
    }

    fn create_chunk(&self, id: u64) -> Result<OpenChunk, Error> {
        let fs = &*self.shared.fs;
        let dir = &self.shared.dir;
        let [chunk, index] = [ChunkFile::Chunk, ChunkFile::Index].map(|file| file.path(dir, id));
        let file = fs.create_new(&chunk).context("create chunk", &chunk)?;
        let index = fs.create_new(&index).context("create index", &index)?;
        if !self.hold.options.seeded.has(SeededBug::NewChunkNotSynced) {
            let chunks = dir.join(layout::CHUNKS);
            fs.sync_dir(&chunks, SyncSite::here())
                .context("sync", &chunks)?;
        }
        let handle = Arc::new(ChunkHandle::open(dir, id, Vec::new()));
        Ok(OpenChunk::empty(handle, file, index))
    }

    /// Removes the two files of a chunk, of which either may be missing.
    pub(super) fn unlink_chunk(&self, id: u64) -> Result<(), Error> {
        for file in [ChunkFile::Chunk, ChunkFile::Index] {
            self.unlink(&file.path(&self.shared.dir, id))?;
        }
        Ok(())
    }

    pub(super) fn unlink(&self, path: &std::path::Path) -> Result<(), Error> {
        match self.shared.fs.remove_file(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            result => result.context("remove", path),
        }
    }
}
