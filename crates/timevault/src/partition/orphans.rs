//! Files in `chunks/` that the manifest does not name: what each is, and what an open does with it.

use std::path::Path;

use crate::chunk::read_index;
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::hold::create_dir;
use crate::index::Block;
use crate::layout::{self, ChunkFile};
use crate::manifest::Manifest;
use crate::scan::{LineScan, scan_lines};
use crate::seeded::{Seeded, seeded};
use crash_disk::{self as fs, DirEntry, FileSystem, SyncSite};

/// What is to be done with the files that no line names.
#[derive(Debug, Default)]
pub(crate) struct Orphans {
    /// Files that are certainly worth nothing, by name.
    pub(crate) remove: Vec<String>,
    /// Chunks of a roll or truncate that was cut short, by name.
    pub(crate) set_aside: Vec<String>,
}

/// Judges the files that the manifest does not name.
pub(crate) struct Judge<'a> {
    pub(crate) fs: &'a dyn FileSystem,
    pub(crate) plugin: &'a dyn FormatPlugin,
    pub(crate) dir: &'a Path,
    pub(crate) manifest: &'a Manifest,
    pub(crate) purged: Option<u64>,
    pub(crate) seeded: Seeded,
}

impl Judge<'_> {
    /// Decides about every file of the listing. Changes nothing.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a file can only be there because lines of the manifest were lost.
    pub(crate) fn judge(&self, listing: &[DirEntry]) -> Result<Orphans, Error> {
        let mut orphans = Orphans::default();
        let mut highest_purged = None;
        for entry in listing {
            // The index that it was to replace is whole: the old one, or the new one already.
            if ChunkFile::is_index_temp(&entry.name) && !entry.is_dir {
                orphans.remove.push(entry.name.clone());
                continue;
            }
            let Some((file, id)) = ChunkFile::parse(&entry.name).filter(|_| !entry.is_dir) else {
                tracing::warn!(dir = %self.dir.display(), name = entry.name,
                    "unknown file among the chunks, left alone");
                continue;
            };
            if self.manifest.contains(id) {
                continue;
            }
            let fate = match file {
                ChunkFile::Index => &mut orphans.remove,
                ChunkFile::Chunk if self.is_purged(id) => {
                    highest_purged = highest_purged.max(Some(id));
                    &mut orphans.remove
                }
                ChunkFile::Chunk if self.was_cut_short(id, entry.len) => &mut orphans.set_aside,
                ChunkFile::Chunk if seeded!(self.seeded, UnnamedChunksDeleted) => {
                    &mut orphans.remove
                }
                ChunkFile::Chunk if seeded!(self.seeded, ManifestLineSkipped) => {
                    &mut orphans.set_aside
                }
                ChunkFile::Chunk => return Err(self.lines_lost(id)),
            };
            fate.push(entry.name.clone());
        }
        if let Some(id) = highest_purged
            && !(seeded!(self.seeded, UnnamedChunksDeleted))
        {
            self.check_purged(id)?;
        }
        Ok(orphans)
    }

    /// Whether the chunk is below the first line and begins at or below the purge point.
    fn is_purged(&self, id: u64) -> bool {
        let first = self.manifest.chunks.first();
        let below_first = first.is_none_or(|first| id < first.chunk_id);
        below_first && self.purged.is_some_and(|purged| id <= purged)
    }

    /// Whether a roll or truncate that was cut short has left the chunk: it is behind the last line,
    /// or was never written to. An unwritten chunk can also be before a line: it was begun in place
    /// of an empty chunk with a higher id.
    ///
    /// Behind a closed last line, which only other writers leave, this engine has written nothing:
    /// there a chunk with records means that its line was lost.
    fn was_cut_short(&self, id: u64, len: u64) -> bool {
        let last = self.manifest.chunks.last();
        len == 0 || last.is_some_and(|last| id > last.chunk_id && !last.is_closed())
    }

    /// O18: a chunk below the first line is one of a purge only if it holds nothing above the purge
    /// point. If it does, it was live and the manifest has lost its line; the chunks below it end
    /// before it begins, so looking at the highest is enough.
    fn check_purged(&self, id: u64) -> Result<(), Error> {
        let path = ChunkFile::Chunk.path(self.dir, id);
        let bytes = fs::read_whole(self.fs, &path).context("read chunk", &path)?;
        let index = read_index(self.fs, self.plugin, &ChunkFile::Index.path(self.dir, id))?;
        let len = bytes.len() as u64;
        let block = index.blocks.iter().rev().find(|block| block.end() <= len);
        let covered = block.map_or(0, Block::end);
        let rest = bytes
            .get(usize::try_from(covered).unwrap_or(usize::MAX)..)
            .unwrap_or_default();
        let lines = match block {
            Some(block) => LineScan::new(self.plugin, Some(block.max_key)),
            None => LineScan::counting_from(self.plugin, id),
        };
        let scan = scan_lines(lines, rest);
        // A torn tail is no concern: recovery may have settled it in memory, removed the chunk and
        // been cut short before either was durable.
        if let Some(bad) = scan.damage(rest) {
            return Err(bad.clone().at(&path, covered + scan.len));
        }
        let last = scan.last_key().or(block.map(|block| block.max_key));
        if last > self.purged {
            return Err(self.lines_lost(id));
        }
        Ok(())
    }

    fn lines_lost(&self, id: u64) -> Error {
        Error::damaged(
            &self.dir.join(layout::MANIFEST),
            0,
            format!("a line for chunk {id:016x}, which is there"),
            "none: manifest lines lost",
        )
    }
}

impl Orphans {
    /// How many files are removed and how many set aside.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.remove.len() as u64, self.set_aside.len() as u64)
    }

    /// Carries the decisions out.
    pub(super) fn settle(&self, fs: &dyn FileSystem, dir: &Path) -> Result<(), Error> {
        let chunks = dir.join(layout::CHUNKS);
        for name in &self.remove {
            let path = chunks.join(name);
            fs.remove_file(&path).context("remove", &path)?;
        }
        if self.set_aside.is_empty() {
            return Ok(());
        }
        let gc = dir.join(layout::GC);
        create_dir(fs, &gc)?;
        for name in &self.set_aside {
            let path = chunks.join(name);
            fs.rename(&path, &gc.join(name))
                .context("set aside", &path)?;
        }
        // O19: before the manifest changes again, because behind other lines a file that comes back would
        // look like a live chunk whose line is lost. `gc/` need not be synced: what is in it counts
        // for nothing.
        fs.sync_dir(&chunks, SyncSite::here())
            .context("sync", &chunks)
    }
}
