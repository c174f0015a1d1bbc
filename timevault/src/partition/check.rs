//! Reading everything and comparing it with what the index and the manifest say.

use crate::error::{Error, IoContext};
use crate::fs::{self, Access};
use crate::index::Block;
use crate::partition::{Partition, scan_records};

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
    /// The first [`Error::Damaged`]; [`Error::Io`]; [`Error::Failed`].
    pub fn check(&self) -> Result<CheckReport, Error> {
        self.shared.check_usable()?;
        let mut report = CheckReport::default();
        let mut last_key = None;
        for (at, line) in self.manifest.chunks.iter().enumerate() {
            let Some(handle) = self.handles.get(at) else {
                break;
            };
            let shared = &self.shared;
            handle.load(&*shared.fs, &*shared.plugin, shared.max_records)?;
            let path = &handle.path;
            let file = shared
                .fs
                .open(path, Access::Read)
                .context("open chunk", path)?;
            let len = match self.open.as_ref().filter(|open| open.id() == line.chunk_id) {
                Some(open) => open.end,
                None => file.len().context("measure chunk", path)?,
            };
            let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
            fs::read_exact_at(&*file, &mut bytes, 0).context("read chunk", path)?;
            let scan = scan_records(&*shared.plugin, &bytes, last_key);
            if let Some(bad) = scan.stopped {
                return Err(Error::damaged(path, scan.len, bad.expected, bad.found));
            }
            if let Some(max) = line
                .max_order_key
                .filter(|max| scan.last_key() != Some(*max))
            {
                let found = format!("{:?}", scan.last_key());
                return Err(Error::damaged(path, len, format!("last key {max}"), found));
            }
            handle.look(|blocks| check_blocks(path, blocks, &scan.records))?;
            let purged = self.metadata.last_purge_id;
            report.chunks += 1;
            report.records += scan.records.len() as u64;
            report.bytes += scan.len;
            report.hidden += scan
                .records
                .iter()
                .filter(|(key, _)| Some(*key) <= purged)
                .count() as u64;
            last_key = scan.last_key().or(last_key);
        }
        Ok(report)
    }
}

/// Compares the blocks of an index with the records of its chunk.
fn check_blocks(
    path: &std::path::Path,
    blocks: &[Block],
    records: &[(u64, u64)],
) -> Result<(), Error> {
    let mut records = records.iter().copied();
    let mut offset = 0;
    for block in blocks {
        let mut last = None;
        while offset < block.end() {
            let Some((key, len)) = records.next() else {
                break;
            };
            offset += len;
            last = Some(key);
        }
        if offset != block.end() || last != Some(block.max_key) {
            let expected = format!(
                "block of the index to end at {} with key {}",
                block.end(),
                block.max_key
            );
            return Err(Error::damaged(
                path,
                offset,
                expected,
                format!("{offset}, {last:?}"),
            ));
        }
    }
    Ok(())
}
