//! Beginning a chunk: the first one, the next one, or another in place of an empty one.

use std::sync::Arc;

use crate::assertion::before_write;
use crate::chunk::ChunkHandle;
use crate::error::{Error, IoContext};
use crate::layout::{self, ChunkFile};
use crate::manifest::ChunkLine;
use crate::partition::truncate::Cut;
use crate::partition::{OpenChunk, Partition};
use crate::seeded::seeded;
use crash_disk::SyncSite;

impl Partition {
    /// How many chunks are closed, if nothing was written behind the last of them.
    fn closed_at_end(&self) -> Option<usize> {
        let empty = match &self.open {
            Some(open) if open.end > 0 => return None,
            open => usize::from(open.is_some()),
        };
        self.manifest.chunks.len().checked_sub(empty)
    }

    /// Whether the last closed chunk holds this key, which is the next to be written, and nothing
    /// was written behind it.
    ///
    /// A key stays in one chunk. It may come again behind the border of a roll that was cut short,
    /// or of a last chunk that the published engine left closed.
    pub(super) fn must_rejoin(&self, key: u64) -> bool {
        self.closed_at_end()
            .and_then(|closed| self.manifest.chunks.get(closed.checked_sub(1)?))
            .is_some_and(|line| line.max_order_key == Some(key))
    }

    /// Makes the last closed chunk the open one again.
    pub(super) fn rejoin_chunk(&mut self) -> Result<(), Error> {
        let kept = self.closed_at_end().unwrap_or_default();
        let Some(target) = kept.checked_sub(1).and_then(|at| self.handles.get(at)) else {
            return Ok(());
        };
        target.load(&*self.shared.fs, &*self.shared.plugin, self.shared.rule)?;
        let cut = Cut {
            whole: target.look(<[_]>::to_vec),
            partial: None,
        };
        let mut open = self.reopen_at(target, &cut)?;
        let dropped = self.manifest.chunks.split_off(kept);
        if let Some(line) = self.manifest.chunks.last_mut() {
            line.reopen();
        }
        self.handles.truncate(kept);
        if let Some(last) = self.handles.last_mut() {
            *last = Arc::clone(&open.handle);
        }
        // O8a: the manifest before any byte is added to the chunk, because a closed chunk that is longer
        // than its line says is damage; and before the empty one is unlinked, because a named chunk
        // that is missing is damage too.
        self.store_manifest(SyncSite::here())?;
        self.cut_index(&mut open, &cut, false)?;
        self.open = Some(open);
        self.publish_chunks();
        if dropped.is_empty() {
            return Ok(());
        }
        self.unlink_dropped(&dropped)
    }

    /// Makes a new chunk the open one; its first record will have this key.
    pub(super) fn begin_chunk(&mut self, key: u64) -> Result<(), Error> {
        let replaces_empty = self.open.as_ref().is_some_and(|open| open.end == 0);
        if !replaces_empty && let Some(open) = self.open.as_mut() {
            // O6: the old chunk and its index before the manifest names a new one, because recovery
            // settles only the last chunk: a closed one must be whole.
            open.finish()?;
            if let Some(line) = self.manifest.chunks.last_mut() {
                line.bytes = Some(open.end);
                line.max_order_key = self.last_key;
            }
            self.counted.rolls += 1;
        }
        if seeded!(self.hold.options.seeded(), ManifestBeforeChunk) {
            self.name_unmade_chunk(key, replaces_empty)?;
        }
        let open = self.create_chunk(key)?;
        let mut replaced = None;
        if replaces_empty {
            replaced = self.manifest.chunks.pop();
            self.handles.pop();
        }
        self.manifest.chunks.push(ChunkLine::open(key));
        self.handles.push(Arc::clone(&open.handle));
        // O6, O8: the new files before the manifest, because a manifest that names a missing chunk is
        // damage; the manifest before the first record, because a chunk that the manifest does not
        // name is no part of the log.
        self.store_manifest(SyncSite::here())?;
        self.open = Some(open);
        self.publish_chunks();
        if let Some(old) = replaced {
            // O8: the manifest before the unlink, for the same reason. A leftover is cleared at open.
            self.unlink_chunk(old.chunk_id)?;
        }
        Ok(())
    }

    /// For the bug of that name: the manifest as it will be, too early.
    fn name_unmade_chunk(&self, key: u64, replaces_empty: bool) -> Result<(), Error> {
        let mut early = self.manifest.clone();
        if replaces_empty {
            early.chunks.pop();
        }
        early.chunks.push(ChunkLine::open(key));
        early.store(&*self.shared.fs, &self.shared.dir, SyncSite::here())
    }

    fn create_chunk(&self, id: u64) -> Result<OpenChunk, Error> {
        let fs = &*self.shared.fs;
        let dir = &self.shared.dir;
        let [chunk, index] = [ChunkFile::Chunk, ChunkFile::Index].map(|file| file.path(dir, id));
        let file = fs.create_new(&chunk).context("create chunk", &chunk)?;
        let index = fs.create_new(&index).context("create index", &index)?;
        let chunks = dir.join(layout::CHUNKS);
        fs.sync_dir(&chunks, SyncSite::named("new chunk"))
            .context("sync", &chunks)?;
        let handle = Arc::new(ChunkHandle::open(dir, id, Vec::new()));
        Ok(OpenChunk::empty(handle, file, index))
    }

    /// Removes the two files of a chunk, of which either may be missing.
    pub(super) fn unlink_chunk(&self, id: u64) -> Result<(), Error> {
        let held = match self.manifest.contains(id) {
            false => Ok(()),
            true => Err((
                "a chunk that the manifest does not name".into(),
                format!("chunk {id:016x}"),
            )),
        };
        before_write("O12", &ChunkFile::Chunk.path(&self.shared.dir, id), held)?;
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
