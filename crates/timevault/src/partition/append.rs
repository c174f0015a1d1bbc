//! Appending: plan and encode, write, sync.

use std::io;
use std::ops::Range;

use crate::assertion::{at_most, before_write};
use crate::config::MAX_FILL_STEP;
use crate::error::{Error, IoContext};
use crate::format::RecordRef;
use crate::line;
use crate::partition::{OpenChunk, Partition};
use crate::seeded::seeded;
use crash_disk::{self as fs, SyncSite};

/// Records of one batch that go to the same chunk, encoded.
#[derive(Default)]
pub(super) struct Part {
    /// Key of the first record, if a chunk is begun for them.
    new_chunk: Option<u64>,
    bytes: Vec<u8>,
    /// Order key and stored length of each record.
    records: Vec<(u64, u64)>,
}

impl Partition {
    /// Appends one record. It is durable after the next [`sync`](Self::sync).
    ///
    /// # Errors
    /// As [`append_batch`](Self::append_batch).
    pub fn append(&mut self, order_key: u64, payload: &[u8]) -> Result<(), Error> {
        self.append_batch(&[RecordRef { order_key, payload }])
    }

    /// Appends records in one write (one for each chunk that the batch touches). They can be read
    /// at once and are durable after the next [`sync`](Self::sync); a crash before it leaves a
    /// prefix of them, in whole records.
    ///
    /// # Errors
    /// [`Error::KeyDescends`], [`Error::KeyNotNext`], [`Error::KeyPurged`] and
    /// [`Error::InvalidRecord`] change nothing.
    /// [`Error::Io`] is a failure: everything later is refused with [`Error::Failed`].
    pub fn append_batch(&mut self, records: &[RecordRef<'_>]) -> Result<(), Error> {
        self.shared.check_usable()?;
        if records.is_empty() {
            return Ok(());
        }
        self.check_keys(records)?;
        // The first plan shows whether the records can be stored: a refused batch must change nothing,
        // so it is refused before `rejoin_chunk`.
        let mut parts = self.plan(records)?;
        self.latched(|partition| {
            if records
                .first()
                .is_some_and(|first| partition.must_rejoin(first.order_key))
            {
                partition.rejoin_chunk()?;
                parts = partition.plan(records)?;
            }
            partition.write_parts(&parts)
        })
    }

    /// Makes everything that was appended durable. This is the acknowledgement.
    ///
    /// # Errors
    /// [`Error::Failed`] if this or an earlier write or sync failed.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.latched(Self::sync_appended)
    }

    pub(super) fn sync_appended(&mut self) -> Result<(), Error> {
        if let Some(open) = self.open.as_mut().filter(|open| open.synced_end < open.end) {
            if seeded!(self.hold.options.seeded(), IndexSyncedAhead) {
                open.synced_end = open.end;
                open.write_index_lines()?;
                open.sync_index(SyncSite::here())?;
            }
            open.sync_chunk(SyncSite::named("append"))?;
        }
        // O3: the next record is marked only now, because the mark says that all before it is synced.
        self.starts_batch = true;
        Ok(())
    }

    fn check_keys(&self, records: &[RecordRef<'_>]) -> Result<(), Error> {
        let dense = self.shared.plugin.dense_keys();
        let mut last = self.last_key;
        for record in records {
            let attempted = record.order_key;
            let purged = self.metadata.last_purge_id;
            if let Some(purged) = purged.filter(|purged| attempted <= *purged) {
                return Err(Error::KeyPurged { purged, attempted });
            }
            if let Some(last) = last.filter(|last| attempted < *last) {
                return Err(Error::KeyDescends { last, attempted });
            }
            if let Some(last) = last.filter(|last| dense && last.checked_add(1) != Some(attempted))
            {
                return Err(Error::KeyNotNext { last, attempted });
            }
            last = Some(attempted);
        }
        Ok(())
    }

    /// Encodes the batch and decides where chunks roll. Changes nothing.
    pub(super) fn plan(&self, records: &[RecordRef<'_>]) -> Result<Vec<Part>, Error> {
        let open = self.open.as_ref();
        let mut cursor = RollCursor {
            open: open.is_some(),
            dense: self.shared.plugin.dense_keys(),
            id: open.map_or(0, OpenChunk::id),
            len: open.map_or(0, |open| open.end),
            min_key: open.and_then(|open| open.min_key),
            last_key: self.last_key,
        };
        let room = records
            .iter()
            .map(|r| r.payload.len() + ENCODING_ROOM)
            .sum();
        let mut part = Part {
            bytes: Vec::with_capacity(room),
            ..Part::default()
        };
        let mut parts = Vec::new();
        let mut starts_batch = self.starts_batch;
        for record in records {
            let start = part.bytes.len();
            self.encode(record, starts_batch, &mut part.bytes)?;
            let len = part.bytes.len() - start;
            let rolls = cursor.rolls(record.order_key, len as u64, &self.config);
            if rolls {
                part.bytes.truncate(start);
                let next = Part {
                    new_chunk: Some(record.order_key),
                    ..Part::default()
                };
                parts.push(std::mem::replace(&mut part, next));
                // O3: marked, because the roll syncs what is before it.
                self.encode(record, true, &mut part.bytes)?;
            }
            starts_batch = false;
            let len = if rolls { part.bytes.len() } else { len } as u64;
            cursor.add(record.order_key, len, rolls);
            part.records.push((record.order_key, len));
        }
        parts.push(part);
        Ok(parts)
    }

    fn encode(
        &self,
        record: &RecordRef<'_>,
        starts_batch: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        line::encode(&*self.shared.plugin, *record, starts_batch, out).map_err(|e| {
            Error::InvalidRecord {
                order_key: record.order_key,
                reason: e.to_string(),
            }
        })
    }

    fn write_parts(&mut self, parts: &[Part]) -> Result<(), Error> {
        self.write_due_index_lines()?;
        // O7: each part's chunk is finished before the next part is begun, and the last part is synced
        // before the acknowledgement, because a batch is acknowledged as a whole.
        for part in parts.iter().filter(|part| !part.records.is_empty()) {
            if let Some(key) = part.new_chunk {
                self.begin_chunk(key)?;
            }
            self.write_part(part)?;
        }
        Ok(())
    }

    /// O4: index lines of earlier batches, now that those are synced; before the new batch, so that a
    /// lone append is one write and one sync and its caller does not wait for the index.
    fn write_due_index_lines(&mut self) -> Result<(), Error> {
        let sync_bytes = self.hold.options.index_sync_bytes;
        let Some(open) = self.open.as_mut() else {
            return Ok(());
        };
        open.write_index_lines()?;
        if open.indexed_end() - open.index_synced_end >= sync_bytes {
            open.sync_index(SyncSite::here())?;
        }
        Ok(())
    }

    pub(super) fn write_part(&mut self, part: &Part) -> Result<(), Error> {
        let fill_step = self.hold.options.fill_step;
        let max_bytes = self.config.chunk_roll.max_bytes;
        let Some(open) = self.open.as_mut() else {
            return Ok(());
        };
        // O3: what recovery takes the mark for.
        if line::has_mark(&part.bytes) {
            let unsynced = open.end - open.synced_end;
            let held = at_most("unsynced bytes before a mark", unsynced, 0);
            before_write("O3", &open.handle.path, held)?;
        }
        write_filled(open, &part.bytes, fill_step, max_bytes)?;
        for (key, len) in &part.records {
            open.count_record(*key, *len, self.shared.rule);
            self.last_key = Some(*key);
        }
        self.starts_batch = false;
        self.shared.publish(|view| self.describe_open(view));
        Ok(())
    }
}

/// What encoding adds to a payload, at most, in common formats; only a hint for the allocation.
const ENCODING_ROOM: usize = 96;

/// Writes at the end of the chunk. O5: if the space that was filled ahead does not suffice, the same
/// write fills the next step, because a fill of its own would be one more write before the
/// acknowledgement.
fn write_filled(
    open: &mut OpenChunk,
    bytes: &[u8],
    fill_step: u64,
    max_bytes: u64,
) -> Result<(), Error> {
    let Range { start, end } = open.end..open.end + bytes.len() as u64;
    let fill_step = fill_step.min(MAX_FILL_STEP);
    // Not beyond where the chunk is closed: what is filled there is never written to.
    let fill_to = end.saturating_add(fill_step).min(max_bytes);
    if end > open.filled_end && fill_step > 0 && fill_to > end {
        let mut filled = bytes.to_vec();
        filled.resize(
            usize::try_from(fill_to - start).unwrap_or(bytes.len()),
            line::NEWLINE,
        );
        match fs::write_all_at(&*open.file, &filled, start) {
            Ok(()) => {
                open.filled_end = start + filled.len() as u64;
                return Ok(());
            }
            // O5: no room for the filling does not mean none for the records: they are written below,
            // over whatever part of this write was done.
            Err(e) if is_out_of_space(&e) => {
                open.filled_end = open
                    .file
                    .len()
                    .context("measure chunk", &open.handle.path)?;
            }
            Err(e) => return Err(Error::io("write chunk", &open.handle.path, e)),
        }
    }
    fs::write_all_at(&*open.file, bytes, start).context("write chunk", &open.handle.path)?;
    open.filled_end = open.filled_end.max(end);
    Ok(())
}

fn is_out_of_space(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::WriteZero
    )
}

/// Follows a batch through the chunks it will fill.
struct RollCursor {
    /// Whether there is a chunk to write to.
    open: bool,
    /// Whether keys are consecutive.
    dense: bool,
    id: u64,
    len: u64,
    min_key: Option<u64>,
    last_key: Option<u64>,
}

impl RollCursor {
    /// Whether a record begins a new chunk.
    fn rolls(&self, key: u64, len: u64, config: &crate::PartitionConfig) -> bool {
        if !self.open {
            return true;
        }
        let Some(min_key) = self.min_key else {
            // O7: an empty chunk takes any record, also an oversized one. O8: but a chunk is named after
            // a key that is not above its first, and after its first where keys are consecutive.
            return key < self.id || self.dense && key != self.id;
        };
        if self.last_key == Some(key) {
            return false;
        }
        self.len + len >= config.chunk_roll.max_bytes
            || config.spans_hours(min_key, key, config.chunk_roll.max_hours)
    }

    fn add(&mut self, key: u64, len: u64, new_chunk: bool) {
        if new_chunk {
            self.open = true;
            self.id = key;
            self.len = 0;
            self.min_key = None;
        }
        self.len += len;
        self.min_key.get_or_insert(key);
        self.last_key = Some(key);
    }
}
