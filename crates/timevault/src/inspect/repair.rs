//! The one repair that loses nothing: an index is written anew from its intact chunk.

use std::path::Path;

use super::{Inspector, Target};
use crate::block_rule::BlockRule;
use crate::chunk::{check_length, open_measured};
use crate::chunk_walk::{ChunkWalk, Step, Stretch};
use crate::error::{Error, IoContext};
use crate::index;
use crate::layout::{self, ChunkFile};
use crate::store;
use crash_disk::{self as fs, File, SyncSite};

/// The store's lock, held while something is repaired. Nobody else can open the store for writing
/// meanwhile.
#[derive(Debug)]
pub struct RepairLock {
    _lock: Option<Box<dyn File>>,
}

impl Inspector {
    /// Takes the lock of the target's store. A partition that stands alone has none.
    ///
    /// # Errors
    /// [`Error::StoreLocked`] when a writer holds it, [`Error::Io`].
    pub fn lock_for_repair(&self, target: &Target) -> Result<RepairLock, Error> {
        let lock = match &target.root {
            Some(root) => Some(store::try_lock(&*self.fs, &root.join(layout::LOCK_FILE))?),
            None => None,
        };
        Ok(RepairLock { _lock: lock })
    }

    /// Removes a file that an inspection found to be [`TEMP_FILE`](super::TEMP_FILE) or
    /// [`ORPHAN_INDEX`](super::ORPHAN_INDEX), as the next open would. One that is gone already is no
    /// error.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn remove_leftover(&self, _lock: &RepairLock, path: &Path) -> Result<(), Error> {
        match self.fs.remove_file(path) {
            // A repair of the index beside it has taken it away.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            result => result.context("remove", path)?,
        }
        let dir = path.parent().unwrap_or(Path::new(""));
        self.fs.sync_dir(dir, SyncSite::here()).context("sync", dir)
    }

    /// Writes the index of a closed chunk anew, from the chunk, and returns how many blocks it has.
    /// Durable when this returns; a crash leaves the old index or the new one.
    ///
    /// The chunk is read and every record verified first.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the chunk is not intact or not a closed one; nothing was written
    /// then. [`Error::Io`].
    pub fn rebuild_index(
        &self,
        _lock: &RepairLock,
        dir: &Path,
        chunk: u64,
    ) -> Result<usize, Error> {
        let (metadata, plugin) = self.load_metadata(dir)?;
        let manifest = self.load_manifest(dir, &*plugin)?;
        let path = ChunkFile::Chunk.path(dir, chunk);
        let line = manifest.chunks.iter().find(|line| line.chunk_id == chunk);
        // The index of an open chunk may only speak of synced bytes. The next open sees to that.
        let Some((line, max)) = line.and_then(|line| Some((line, line.max_order_key?))) else {
            return Err(Error::damaged(&path, 0, "a closed chunk", "none"));
        };
        let (file, len) = open_measured(&*self.fs, &path)?;
        check_length(&path, line.bytes, len)?;
        let rule = BlockRule::new(&metadata.config());
        let (mut blocks, mut last) = (Vec::new(), None);
        let stretch = Stretch {
            path: &path,
            file: &*file,
            len,
        };
        let mut walk = ChunkWalk::of_chunk(stretch, &*plugin, chunk, None);
        while let Some(step) = walk.next()? {
            match step {
                Step::Record(record) => {
                    let stored = (record.offset, record.len);
                    rule.add(&mut last, record.line.key, stored, |block| {
                        blocks.push(block);
                    });
                }
                Step::Bad { offset, stop, .. } => return Err(stop.bad.at(&path, offset)),
                // Only where the walk was told that the records may end before the chunk does.
                Step::End { .. } => {}
            }
        }
        walk.ends_with(Some(max))?;
        blocks.extend(last.map(|last| last.block));
        let bytes = index::encode_all(&blocks);
        let index_path = ChunkFile::Index.path(dir, chunk);
        fs::replace(&*self.fs, &index_path, &bytes, SyncSite::here())
            .context("replace", &index_path)?;
        Ok(blocks.len())
    }
}
