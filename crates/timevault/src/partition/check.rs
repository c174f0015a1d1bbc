//! Reading everything and comparing it with what the index and the manifest say.

use crate::block_check::BlockCheck;
use crate::error::{Error, IoContext};
use crate::line::BadLine;
use crate::lines::Lines;
use crate::partition::Partition;
use crate::scan::LineScan;
use crash_disk::Access;

/// What a partition that is whole holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CheckReport {
    /// Live chunks.
    pub chunks: u64,
    /// Stored records, hidden ones included.
    pub records: u64,
    /// Bytes of these records.
    pub bytes: u64,
    /// Records that the purge point hides.
    pub hidden: u64,
}

impl Partition {
    /// Reads every record of every chunk, verifies checksums and order, and compares the chunks
    /// with their indexes. Changes nothing.
    ///
    /// # Errors
    /// The first [`Error::Damaged`] or [`Error::Undecodable`]; [`Error::Io`]; [`Error::Failed`].
    pub fn check(&self) -> Result<CheckReport, Error> {
        self.shared.check_usable()?;
        let mut report = CheckReport::default();
        let mut last_key = None;
        for (at, line) in self.manifest.chunks.iter().enumerate() {
            let Some(handle) = self.handles.get(at) else {
                break;
            };
            let shared = &self.shared;
            handle.load(&*shared.fs, &*shared.plugin, shared.rule)?;
            let path = &handle.path;
            let file = shared
                .fs
                .open(path, Access::Read)
                .context("open chunk", path)?;
            let len = match self.open.as_ref().filter(|open| open.id() == line.chunk_id) {
                Some(open) => open.end,
                None => file.len().context("measure chunk", path)?,
            };
            let blocks = handle.look(<[_]>::to_vec);
            let dense = shared.plugin.dense_keys();
            let mut records = BlockCheck::new(blocks, dense);
            let mut scan = LineScan::of_chunk(&*shared.plugin, line.chunk_id, last_key);
            let mut lines = Lines::new(&*file, 0, len);
            let mut last_in_chunk = None;
            while let Some((offset, text)) = lines.next().context("read chunk", path)? {
                let damaged = |expected, found| Error::damaged(path, offset, expected, found);
                let record = scan.next(text).map_err(|stop| stop.bad.at(path, offset))?;
                let hidden = Some(record.key) <= self.metadata.last_purge_id;
                if let Some(foreign) = record.foreign.as_ref().filter(|_| !hidden) {
                    let bad = BadLine::of_format(&*shared.plugin, foreign, Some(record.key));
                    return Err(bad.at(path, offset));
                }
                let end = offset + text.len() as u64;
                records
                    .record(record.key, end)
                    .map_err(|(expected, found)| damaged(expected, found))?;
                last_in_chunk = Some(record.key);
                report.records += 1;
                report.bytes += text.len() as u64;
                report.hidden += u64::from(hidden);
            }
            if let Some(max) = line.max_order_key.filter(|max| last_in_chunk != Some(*max)) {
                let found = last_in_chunk.map_or("none".into(), |key| key.to_string());
                return Err(Error::damaged(path, len, format!("last key {max}"), found));
            }
            report.chunks += 1;
            last_key = scan.last_key;
        }
        Ok(report)
    }
}
