//! Opening: look at everything first, then mend what a crash cut short, then make durable what the
//! partition shows.

use std::sync::Arc;

use crate::block_rule::BlockRule;
use crate::chunk::ChunkHandle;
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::hold::PartitionHold;
use crate::layout::{self, ChunkFile};
use crate::line;
use crate::partition::create::has_metadata;
use crate::partition::findings::{Findings, Tail};
use crate::partition::{OpenChunk, Partition};
use crate::seeded::seeded;
use crate::view::Shared;
use crash_disk::{self as fs, Access, FileSystem, SyncSite};

/// What an open found and mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RecoveryReport {
    /// Bytes of a torn tail that were cut off; filling is not counted.
    pub torn_bytes: u64,
    /// Records behind the last index line that were read and verified one by one.
    pub scanned_records: u64,
    /// Bytes, from the last batch mark on, that were written again and synced.
    pub rewritten_bytes: u64,
    /// Chunks that a crashed purge had left and this open removed from the manifest.
    pub purged_chunks: u64,
    /// Chunk and index files without a line that were removed, and what a repair of an index that was
    /// cut short had left.
    pub removed_files: u64,
    /// Chunks without a line that were moved to `gc/`.
    pub set_aside: u64,
}

/// Opens the held partition.
pub(crate) fn open(hold: PartitionHold, plugin: Arc<dyn FormatPlugin>) -> Result<Partition, Error> {
    let fs = Arc::clone(&hold.options.fs);
    sync_directories(&*fs, &hold)?;
    // O16: everything looked at before anything is changed, because an open that ends in an error
    // must leave the disk as it was.
    let findings = Findings::look(&*fs, &hold, &*plugin)?;
    let temps = fs::temp_files(&*fs, &hold.dir, &[layout::METADATA, layout::MANIFEST])
        .map_err(|(path, e)| Error::io("look for temporary files at", &path, e))?;
    // After the look, because if a file is lost or damaged, its temporary one may be the only copy.
    for temp in temps {
        fs.remove_file(&temp).context("remove", &temp)?;
    }
    findings.mend(hold, plugin)
}

/// O15: syncs the directories before anything is concluded from what stands in them, because a rename that is
/// visible but not durable would be acted on now and undone by the next power cut.
fn sync_directories(fs: &dyn FileSystem, hold: &PartitionHold) -> Result<(), Error> {
    let dir = &hold.dir;
    let not_found = || Error::PartitionNotFound {
        id: hold.id,
        path: dir.clone(),
    };
    match fs.sync_dir(dir, SyncSite::named("directories at open")) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(not_found()),
        result => result.context("sync", dir)?,
    }
    if !has_metadata(fs, dir)? {
        return Err(not_found());
    }
    let chunks = dir.join(layout::CHUNKS);
    match fs.sync_dir(&chunks, SyncSite::named("directories at open")) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::damaged(&chunks, 0, "a directory", "none"))
        }
        result => result.context("sync", &chunks),
    }
}

impl Findings {
    fn mend(self, hold: PartitionHold, plugin: Arc<dyn FormatPlugin>) -> Result<Partition, Error> {
        let Self {
            metadata,
            manifest,
            orphans,
            tail,
        } = self;
        let config = metadata.config();
        let fs = Arc::clone(&hold.options.fs);
        let shared = Shared::new(fs, plugin, hold.dir.clone(), BlockRule::new(&config));
        let mut recovery = RecoveryReport::default();
        (recovery.removed_files, recovery.set_aside) = orphans.counts();
        orphans.settle(&*shared.fs, &shared.dir)?;
        let mut handles: Vec<Arc<ChunkHandle>> = manifest
            .chunks
            .iter()
            .map(|line| Arc::new(ChunkHandle::closed(&shared.dir, line)))
            .collect();
        let mut last_key = manifest
            .chunks
            .iter()
            .rev()
            .find_map(|line| line.max_order_key);
        let mut open = None;
        if let Some(tail) = &tail {
            let chunk = settle(&shared, tail)?;
            handles.pop();
            handles.push(Arc::clone(&chunk.handle));
            last_key = tail.last_key().or(last_key);
            recovery.torn_bytes = tail.torn_bytes;
            recovery.scanned_records = tail.scan.records.len() as u64;
            open = Some(chunk);
        }
        let mut partition = Partition {
            config,
            metadata,
            manifest,
            handles,
            open,
            last_key,
            starts_batch: true,
            shared: Arc::new(shared),
            counted: super::PartitionStats::default(),
            recovery,
            hold,
        };
        partition.finish(tail)?;
        Ok(partition)
    }
}

impl Partition {
    /// Makes the length of the open chunk durable if the announced purge takes the chunk away.
    ///
    /// O17a: before the manifest that leaves it out, because a truncate whose sync failed has cut it in
    /// the page cache only: a power cut could bring the removed records back, and beside a manifest
    /// without their line they would be damage.
    fn sync_purged_open_chunk(&mut self) -> Result<(), Error> {
        let goes = match (self.metadata.last_purge_id, self.manifest.chunks.last()) {
            (Some(purged), Some(line)) => self.holds_nothing_above(line, purged),
            _ => false,
        };
        match self.open.as_mut().filter(|_| goes) {
            Some(open) => open.sync_chunk(SyncSite::here()),
            None => Ok(()),
        }
    }

    /// The last steps of an open: finish an announced purge, and make durable what will be shown.
    fn finish(&mut self, tail: Option<Tail>) -> Result<(), Error> {
        self.publish_chunks();
        // O17: here, with the unnamed files settled, because finishing the purge replaces the manifest
        // that says which files are unnamed.
        if !(seeded!(self.hold.options.seeded(), RepurgeSkipped)) {
            let before = self.manifest.chunks.len();
            self.sync_purged_open_chunk()?;
            let dropped = self.drop_purged_chunks();
            if !(seeded!(self.hold.options.seeded(), RepurgeErrorSwallowed)) {
                dropped?;
            }
            self.recovery.purged_chunks = (before - self.manifest.chunks.len()) as u64;
            self.counted = super::PartitionStats::default();
        }
        let (Some(open), Some(tail)) = (self.open.as_mut(), tail) else {
            return Ok(());
        };
        if seeded!(self.hold.options.seeded(), TailNotRewritten) {
            open.synced_end = open.end;
            return Ok(());
        }
        self.recovery.rewritten_bytes = rewrite_last_batch(open, &tail)?;
        // O20: chunk and index are synced even if nothing was torn, because what this open shows must
        // survive the next power cut, and what it read may have stood in the page cache only.
        open.sync_chunk(SyncSite::here())?;
        // O4: the index after the chunk, because a line may only speak of durable bytes; and the line
        // of a cut goes only now, because without it a hole that the cut may leave is damage.
        if tail.index.cut {
            open.forget_cut()?;
        }
        open.write_index_lines()?;
        open.sync_index(SyncSite::here())
    }
}

/// Cuts off what is no record and opens the chunk for writing.
fn settle(shared: &Shared, tail: &Tail) -> Result<OpenChunk, Error> {
    let fs = &*shared.fs;
    let mut blocks = tail.index.blocks.clone();
    let lines_written = blocks.len();
    // The last block stays open unless it is full.
    let (mut scanned, last) = tail.scan.blocks(tail.index.end(), shared.rule);
    blocks.append(&mut scanned);
    let first = blocks.first().or(last.as_ref().map(|last| &last.block));
    let min_key = first.map(|block| block.min_key);
    let handle = Arc::new(ChunkHandle::open(&shared.dir, tail.id, blocks));
    let chunk = fs
        .open(&handle.path, Access::ReadWrite)
        .context("open chunk", &handle.path)?;
    let mut open = OpenChunk::empty(handle, chunk, open_index(shared, tail)?);
    open.end = tail.end();
    open.filled_end = open
        .file
        .len()
        .context("measure chunk", &open.handle.path)?;
    open.min_key = min_key;
    open.tail = last;
    open.index_len = tail.index.good_len;
    open.lines_written = lines_written;
    if tail.index.cut {
        // The index before the chunk, as in the truncate that was cut short: the index lines of a killed
        // process need not be durable, and an index that reaches beyond its chunk is damage.
        open.sync_index(SyncSite::here())?;
    }
    open.trim()?;
    Ok(open)
}

/// Opens the index file, cut to its good lines; makes a new one if there is none.
fn open_index(shared: &Shared, tail: &Tail) -> Result<Box<dyn fs::File>, Error> {
    let fs = &*shared.fs;
    let path = ChunkFile::Index.path(&shared.dir, tail.id);
    match fs.open(&path, Access::ReadWrite) {
        Ok(file) => {
            // The line of a cut stays until the chunk is cut for good.
            let other = file.len().context("measure index", &path)? != tail.index.good_len;
            if other && !tail.index.cut {
                file.set_len(tail.index.good_len)
                    .context("cut index", &path)?;
            }
            Ok(file)
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let file = fs.create_new(&path).context("create index", &path)?;
            let chunks = shared.dir.join(layout::CHUNKS);
            fs.sync_dir(&chunks, SyncSite::here())
                .context("sync", &chunks)?;
            Ok(file)
        }
        Err(e) => Err(Error::io("open index", &path, e)),
    }
}

/// Writes the bytes from the last batch mark to the end again and returns how many they are.
///
/// O20: before the sync, because the last batch may have been written by a process whose sync failed: its
/// pages then count as clean, can be read, and never reach the disk unless they are written again.
fn rewrite_last_batch(open: &OpenChunk, tail: &Tail) -> Result<u64, Error> {
    let path = &open.handle.path;
    let mut pieces = vec![(tail.index.end(), tail.bytes.clone())];
    let mut blocks = tail.index.blocks.iter().rev();
    while pieces
        .last()
        .is_some_and(|(_, bytes)| last_mark(bytes).is_none())
    {
        let Some(block) = blocks.next() else { break };
        let bytes = fs::read_exact_piece(&*open.file, block.offset, block.len)
            .context("read chunk", path)?;
        pieces.push((block.offset, bytes));
    }
    let mut rewritten = 0;
    for (offset, bytes) in pieces.iter().rev() {
        let from = if rewritten == 0 {
            last_mark(bytes).unwrap_or(0)
        } else {
            0
        };
        let bytes = bytes.get(from..).unwrap_or_default();
        if !bytes.is_empty() {
            fs::write_all_at(&*open.file, bytes, offset + from as u64)
                .context("write chunk", path)?;
            rewritten += bytes.len() as u64;
        }
    }
    Ok(rewritten)
}

/// Offset of the last line that begins with a batch mark.
fn last_mark(bytes: &[u8]) -> Option<usize> {
    match memchr::memmem::rfind(bytes, &[line::NEWLINE, line::BATCH_MARK]) {
        Some(newline) => Some(newline + 1),
        None => line::has_mark(bytes).then_some(0),
    }
}
