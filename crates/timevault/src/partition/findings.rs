//! Reading everything that an open has to know, before the open changes anything.

use std::path::Path;

use crate::chunk::{check_length, length_error, open_measured, read_index};
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::hold::PartitionHold;
use crate::index::LoadedIndex;
use crate::layout::{self, ChunkFile};
use crate::line;
use crate::manifest::{ChunkLine, Manifest};
use crate::metadata::Metadata;
use crate::partition::orphans::{Judge, Orphans};
use crate::scan::{LineScan, RecordScan, scan_lines};
use crate::seeded::seeded;
use crash_disk::{self as fs, DirEntry, FileSystem};

/// Everything an open has to know before it changes anything.
pub(super) struct Findings {
    pub(super) metadata: Metadata,
    pub(super) manifest: Manifest,
    pub(super) orphans: Orphans,
    pub(super) tail: Option<Tail>,
}

/// The open chunk as it was found.
pub(super) struct Tail {
    pub(super) id: u64,
    pub(super) index: LoadedIndex,
    /// The bytes after the last indexed block.
    pub(super) bytes: Vec<u8>,
    pub(super) scan: RecordScan,
    pub(super) torn_bytes: u64,
}

impl Tail {
    pub(super) fn end(&self) -> u64 {
        self.index.end() + self.scan.len
    }

    pub(super) fn last_key(&self) -> Option<u64> {
        self.scan
            .last_key()
            .or(self.index.blocks.last().map(|block| block.max_key))
    }
}

impl Findings {
    pub(super) fn look(
        fs: &dyn FileSystem,
        hold: &PartitionHold,
        plugin: &dyn FormatPlugin,
    ) -> Result<Self, Error> {
        let dir = &hold.dir;
        let (metadata, _) = Metadata::load(fs, dir, Some(hold.id), &[plugin])?;
        let seeded = hold.options.seeded();
        let manifest = Manifest::load(fs, dir, (plugin.checksum_required(), seeded))?;
        let chunks = dir.join(layout::CHUNKS);
        let listing = fs.read_dir(&chunks).context("list", &chunks)?;
        for line in &manifest.chunks {
            check_named_chunk(dir, line, &listing)?;
            if seeded!(seeded, AllChunksRead) {
                let path = ChunkFile::Chunk.path(dir, line.chunk_id);
                fs::read_whole(fs, &path).context("read chunk", &path)?;
            }
        }
        let tail = match manifest.chunks.split_last() {
            Some((last, before)) if !last.is_closed() => {
                let last_key = before.last().and_then(|line| line.max_order_key);
                Some(look_at_tail(fs, hold, plugin, last.chunk_id, last_key)?)
            }
            _ => None,
        };
        let purged = metadata.last_purge_id;
        let orphans = Judge {
            fs,
            plugin,
            dir,
            manifest: &manifest,
            purged,
            seeded,
        }
        .judge(&listing)?;
        Ok(Self {
            metadata,
            manifest,
            orphans,
            tail,
        })
    }
}

/// The chunk that a manifest line names must be there, and as long as the line says.
pub(crate) fn check_named_chunk(
    dir: &Path,
    line: &ChunkLine,
    listing: &[DirEntry],
) -> Result<(), Error> {
    let name = ChunkFile::Chunk.name(line.chunk_id);
    let path = ChunkFile::Chunk.path(dir, line.chunk_id);
    let Some(entry) = listing.iter().find(|entry| entry.name == name) else {
        let expected = "the chunk that the manifest names";
        return Err(Error::damaged(&path, 0, expected, "no file"));
    };
    check_length(&path, line.bytes, entry.len)
}

/// Reads the open chunk behind its index and tells a torn tail from damage. Changes nothing.
fn look_at_tail(
    fs: &dyn FileSystem,
    hold: &PartitionHold,
    plugin: &dyn FormatPlugin,
    id: u64,
    key_before: Option<u64>,
) -> Result<Tail, Error> {
    let path = ChunkFile::Chunk.path(&hold.dir, id);
    let index = read_index(fs, plugin, &ChunkFile::Index.path(&hold.dir, id))?;
    let (file, len) = open_measured(fs, &path)?;
    let indexed_end = index.end();
    if indexed_end > len {
        return Err(length_error(&path, indexed_end, len));
    }
    // Bytes that a truncate was about to cut off are not read: some may be gone already.
    let unindexed = if index.cut { 0 } else { len - indexed_end };
    let mut bytes =
        fs::read_exact_piece(&*file, indexed_end, unindexed).context("read chunk", &path)?;
    let lines = match index.blocks.last() {
        Some(block) => LineScan::new(plugin, Some(block.max_key)),
        None => LineScan::of_chunk(plugin, id, key_before),
    };
    let scan = scan_lines(lines, &bytes);
    let cuts_damage = seeded!(hold.options.seeded(), DamageCutAsTail) && !scan.misplaced;
    if let Some(bad) = scan.damage(&bytes).filter(|_| !cuts_damage) {
        return Err(bad.clone().at(&path, indexed_end + scan.len));
    }
    let rest = scan.rest(&bytes);
    let torn_bytes = rest.iter().filter(|byte| **byte != line::NEWLINE).count() as u64;
    bytes.truncate(bytes.len() - rest.len());
    Ok(Tail {
        id,
        index,
        bytes,
        scan,
        torn_bytes,
    })
}
