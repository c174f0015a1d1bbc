//! Reading: from a key to a block, from a block to verified records.

use std::cell::Cell;
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::Arc;

use crate::chunk::ChunkHandle;
use crate::error::{Error, IoContext};
use crate::format::{FormatError, Record, RecordRef, RecordVisitor};
use crate::index::Block;
use crate::line;
use crate::scan::{LineScan, scan_lines};
use crate::sync::planted;
use crate::view::{Shared, View};
use crash_disk as fs;

/// Reads that a truncate or purge may disturb before the next attempt holds it off.
const MAX_UNDISTURBED_ATTEMPTS: usize = if cfg!(shuttle) { 1 } else { 8 };
/// Most bytes of whole blocks that one read takes together.
const READ_RUN_BYTES: u64 = 256 << 10;

/// Reads a partition beside its writer. Cheap to clone; holds no lock and no writer alive.
#[derive(Debug, Clone)]
pub struct PartitionReader {
    shared: Arc<Shared>,
}

impl PartitionReader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The records with keys in `range`, ascending.
    ///
    /// What is returned was in the partition at one moment between call and return.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a record fails its checksum, [`Error::Io`], [`Error::Failed`] after
    /// a failed write, [`Error::Closed`] after the partition was closed or dropped.
    pub fn read_range(&self, range: RangeInclusive<u64>) -> Result<Vec<Record>, Error> {
        let (from, to) = range.clone().into_inner();
        if range.is_empty() {
            return Ok(Vec::new());
        }
        self.undisturbed(|view, _| {
            let mut records = Vec::new();
            let mut collect = Each(|record: RecordRef<'_>| {
                if record.order_key > to {
                    return ControlFlow::Break(());
                }
                records.push(record.to_record());
                ControlFlow::Continue(())
            });
            self.scan(view, visible_from(view, from), &mut collect)?;
            Ok(records)
        })
    }

    /// Visits the records from key `from` on, ascending, until the visitor breaks or the log ends.
    ///
    /// # Errors
    /// As [`read_range`](Self::read_range); an error of the visitor is [`Error::Damaged`], or
    /// [`Error::Undecodable`] if it is [foreign](FormatError::foreign).
    pub fn scan_from(&self, from: u64, visitor: &mut dyn RecordVisitor) -> Result<(), Error> {
        self.undisturbed(|view, attempt| {
            if attempt > 0 {
                visitor.restart();
            }
            self.scan(view, visible_from(view, from), visitor)
        })
    }

    /// The last record, unless it is purged.
    ///
    /// # Errors
    /// As [`read_range`](Self::read_range).
    pub fn last_record(&self) -> Result<Option<Record>, Error> {
        self.undisturbed(|view, _| match view.last_visible() {
            Some(from) => {
                let mut last = None;
                let mut keep = Each(|record: RecordRef<'_>| {
                    last = Some(record.to_record());
                    ControlFlow::Continue(())
                });
                self.scan(view, from, &mut keep)?;
                Ok(last)
            }
            None => Ok(None),
        })
    }

    /// Key of the first record that is not purged.
    ///
    /// # Errors
    /// As [`read_range`](Self::read_range).
    pub fn first_key(&self) -> Result<Option<u64>, Error> {
        self.undisturbed(|view, _| {
            let mut first = None;
            let mut keep = Each(|record: RecordRef<'_>| {
                first = Some(record.order_key);
                ControlFlow::Break(())
            });
            self.scan(view, visible_from(view, 0), &mut keep)?;
            Ok(first)
        })
    }

    /// Key of the last record that is not purged. No I/O.
    ///
    /// # Errors
    /// [`Error::Failed`] or [`Error::Closed`].
    pub fn last_key(&self) -> Result<Option<u64>, Error> {
        Ok(self.shared.view()?.last_visible())
    }

    /// The purge point: records with this key and below are gone. No I/O.
    ///
    /// # Errors
    /// [`Error::Failed`] or [`Error::Closed`].
    pub fn last_purge_id(&self) -> Result<Option<u64>, Error> {
        Ok(self.shared.view()?.purged)
    }

    /// Scans one view of the partition.
    fn scan(&self, view: &View, from: u64, visitor: &mut dyn RecordVisitor) -> Result<(), Error> {
        let scan = Scan {
            shared: &self.shared,
            view,
            from,
            only_counted: Cell::default(),
        };
        scan.run(visitor)
    }

    /// Runs `read` until no truncate or purge took place while it ran; after a few disturbed
    /// attempts, holds them off.
    fn undisturbed<T>(
        &self,
        mut read: impl FnMut(&View, usize) -> Result<T, Error>,
    ) -> Result<T, Error> {
        for attempt in 0..MAX_UNDISTURBED_ATTEMPTS {
            let view = self.shared.view()?;
            let result = read(&view, attempt);
            if self.shared.epoch() == view.epoch || planted("epoch-not-compared") {
                return result;
            }
        }
        let _gate = (!planted("reader-without-gate")).then(|| self.shared.gate());
        read(&self.shared.view()?, MAX_UNDISTURBED_ATTEMPTS)
    }
}

/// The first key at or above `from` that can be visible. With everything purged up to the highest
/// key there is none; the scan then finds no record.
fn visible_from(view: &View, from: u64) -> u64 {
    view.purged
        .map_or(from, |purged| from.max(purged.saturating_add(1)))
}

/// Gives each record of one scan to a closure.
struct Each<F>(F);

impl<F: FnMut(RecordRef<'_>) -> ControlFlow<()>> RecordVisitor for Each<F> {
    /// Never called: each attempt has a visitor of its own.
    fn restart(&mut self) {}

    fn visit(&mut self, record: RecordRef<'_>) -> Result<ControlFlow<()>, FormatError> {
        Ok((self.0)(record))
    }
}

/// Some neighbouring records of one chunk.
struct Region {
    offset: u64,
    len: u64,
    /// Key of the first record; only trusted where keys are dense.
    first_key: u64,
    /// Key of the last record; only trusted where keys are dense.
    last_key: u64,
}

/// One scan of one view.
struct Scan<'a> {
    shared: &'a Shared,
    view: &'a View,
    from: u64,
    /// Whether the last record was taken although only the number of lines before it tells its key.
    only_counted: Cell<bool>,
}

impl Scan<'_> {
    fn run(&self, visitor: &mut dyn RecordVisitor) -> Result<(), Error> {
        if self.view.last_visible().is_none_or(|last| last < self.from) {
            return Ok(());
        }
        let chunks = &self.view.chunks;
        let first = chunks
            .partition_point(|chunk| chunk.id <= self.from)
            .saturating_sub(1);
        for (at, chunk) in chunks.iter().enumerate().skip(first) {
            let open = self.view.has_open && at + 1 == chunks.len();
            if self.scan_chunk(chunk, open, visitor)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn scan_chunk(
        &self,
        chunk: &ChunkHandle,
        open: bool,
        visitor: &mut dyn RecordVisitor,
    ) -> Result<ControlFlow<()>, Error> {
        let shared = self.shared;
        chunk.load(&*shared.fs, &*shared.plugin, shared.rule)?;
        let mut next = chunk.look(|blocks| blocks.partition_point(|b| b.max_key < self.from));
        let mut most_blocks = 1;
        while let Some((region, blocks)) = self.next_region(chunk, open, next, most_blocks) {
            if self.scan_region(chunk, &region, visitor)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if blocks == 0 {
                break;
            }
            next += blocks;
            // A point read ends after its block; a long scan soon reads in large runs.
            most_blocks = most_blocks.saturating_mul(2);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The next bytes to read and how many blocks they are; 0 for the records after the last
    /// block, which end the chunk.
    fn next_region(
        &self,
        chunk: &ChunkHandle,
        open: bool,
        next: usize,
        most_blocks: usize,
    ) -> Option<(Region, usize)> {
        let limit = if open { self.view.end } else { u64::MAX };
        chunk.look(|blocks| {
            let rest = blocks.get(next..).unwrap_or_default();
            if let Some(first) = rest.first().filter(|first| first.offset < limit) {
                let count = run_length(rest, most_blocks, limit);
                let last = rest.get(count - 1).unwrap_or(first);
                // The last block may be newer than the view, and then reach past its end.
                let past_end = last.end() > limit;
                let region = Region {
                    offset: first.offset,
                    len: last.end().min(limit) - first.offset,
                    first_key: first.min_key,
                    last_key: self
                        .view
                        .last_key
                        .filter(|_| past_end)
                        .unwrap_or(last.max_key),
                };
                return Some((region, count));
            }
            let tail = blocks.last().map_or(0, Block::end);
            let region = Region {
                offset: tail,
                // The blocks may be newer than the view, and then reach past its end.
                len: limit.checked_sub(tail).filter(|len| open && *len > 0)?,
                first_key: self.view.tail_key?,
                last_key: self.view.last_key?,
            };
            Some((region, 0))
        })
    }

    fn scan_region(
        &self,
        chunk: &ChunkHandle,
        region: &Region,
        visitor: &mut dyn RecordVisitor,
    ) -> Result<ControlFlow<()>, Error> {
        let file = self.shared.chunk_file(chunk)?;
        let mut bytes =
            fs::read_piece(&*file, region.offset, region.len).context("read chunk", &chunk.path)?;
        let read = bytes.len() as u64;
        if read < region.len {
            let end = region.offset + region.len;
            let len = region.offset + read;
            return Err(crate::chunk::length_error(&chunk.path, end, len));
        }
        let dense = self.shared.plugin.dense_keys();
        let mut lines = 0_u64;
        let mut at = region.offset;
        for part in bytes.split_inclusive_mut(|byte| *byte == line::NEWLINE) {
            let offset = at;
            at += part.len() as u64;
            // Excess lines saturate at the highest key, and are refused because they show another.
            let key = dense.then(|| region.first_key.saturating_add(lines));
            lines += 1;
            if key.is_some_and(|key| key < self.from) {
                continue;
            }
            let flow = self
                .visit_line(part, key, visitor)
                .map_err(|bad| self.first_damage(chunk, region, (offset, bad)))?;
            if self.only_counted.take() {
                // Only the number of lines before it tells the key of this record.
                self.verify_up_to(chunk, region, offset)?;
            }
            if flow.is_break() {
                return Ok(flow);
            }
        }
        // Lines that were only counted may be too few, and then the last records were not visited.
        let behind_first = region.last_key.checked_sub(region.first_key);
        if dense && (lines.checked_sub(1) != behind_first || behind_first.is_none()) {
            let bad = line::BadLine::new(
                format!("records up to order key {}", region.last_key),
                format!("{lines} lines from key {}", region.first_key),
            );
            return Err(self.first_damage(chunk, region, (at, bad)));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The error of a region in which something is wrong at or before the offset that is given.
    ///
    /// Where keys are dense, lines before the wanted key were only counted, not verified. A damaged newline
    /// among them shows later, as a record with another key than the one that is due; so they are verified
    /// now.
    fn first_damage(
        &self,
        chunk: &ChunkHandle,
        region: &Region,
        (offset, bad): (u64, line::BadLine),
    ) -> Error {
        if self.shared.plugin.dense_keys() {
            match self.verify_up_to(chunk, region, offset) {
                Ok(()) | Err(Error::Io { .. }) => {}
                Err(first) => return first,
            }
        }
        bad.at(&chunk.path, offset)
    }

    /// Reads the region again and verifies its lines up to the one at `offset`.
    ///
    /// # Errors
    /// The first of them that is no record or not the one that is due; [`Error::Io`].
    fn verify_up_to(&self, chunk: &ChunkHandle, region: &Region, offset: u64) -> Result<(), Error> {
        let file = self.shared.chunk_file(chunk)?;
        let bytes = fs::read_exact_piece(&*file, region.offset, region.len)
            .context("read chunk", &chunk.path)?;
        let lines = LineScan::from_key(&*self.shared.plugin, region.first_key);
        let scan = scan_lines(lines, &bytes);
        let first = region.offset + scan.len;
        match scan.stopped.filter(|_| first <= offset) {
            Some(bad) => Err(bad.at(&chunk.path, first)),
            None => Ok(()),
        }
    }

    fn visit_line(
        &self,
        part: &mut [u8],
        counted_key: Option<u64>,
        visitor: &mut dyn RecordVisitor,
    ) -> Result<ControlFlow<()>, line::BadLine> {
        let plugin = &*self.shared.plugin;
        let Some((&mut line::NEWLINE, text)) = part.split_last_mut() else {
            return Err(line::BadLine::new("a whole line", line::preview(part)));
        };
        let object = line::open(plugin, text)?;
        let bad = |e: FormatError| line::BadLine::of_format(plugin, &e, counted_key);
        let counted = |order_key| RecordRef {
            order_key,
            payload: object,
        };
        let record = match counted_key {
            Some(key) if visitor.checks_keys() => counted(key),
            _ => match (plugin.decode(object), counted_key) {
                (Ok(record), _) => record,
                // Only the key is needed here; a visitor that needs the content decodes it.
                (Err(e), Some(key)) if e.is_foreign() => {
                    self.only_counted.set(e.order_key().is_none());
                    counted(e.order_key().unwrap_or(key))
                }
                (Err(e), _) => return Err(bad(e)),
            },
        };
        if let Some(counted) = counted_key.filter(|counted| *counted != record.order_key) {
            let expected = format!("order key {counted}");
            return Err(line::BadLine::new(expected, record.order_key.to_string()));
        }
        if record.order_key < self.from {
            return Ok(ControlFlow::Continue(()));
        }
        visitor.visit(record).map_err(bad)
    }
}

/// How many of the blocks are read together: at least one, at most `most`, up to a number of
/// bytes and up to the end of what the view shows.
fn run_length(blocks: &[Block], most: usize, limit: u64) -> usize {
    let start = blocks.first().map_or(0, |block| block.offset);
    let fits = |block: &&Block| block.end() - start <= READ_RUN_BYTES && block.offset < limit;
    blocks.iter().take(most).take_while(fits).count().max(1)
}
