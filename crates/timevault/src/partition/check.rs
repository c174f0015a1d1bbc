//! Reading everything and comparing it with what the index and the manifest say.

use std::path::Path;

use crate::chunk::open_measured;
use crate::chunk_walk::{ChunkWalk, Step, Stretch};
use crate::error::Error;
use crate::line::BadLine;
use crate::partition::Partition;

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
            let (file, len) = open_measured(&*shared.fs, path)?;
            // The open chunk may be filled ahead behind its records.
            let open = self.open.as_ref().filter(|open| open.id() == line.chunk_id);
            let len = open.map_or(len, |open| open.end);
            let stretch = Stretch {
                path,
                file: &*file,
                len,
            };
            let mut walk = ChunkWalk::of_chunk(stretch, &*shared.plugin, line.chunk_id, last_key)
                .compared_with(handle.look(<[_]>::to_vec));
            while let Some(step) = walk.next()? {
                self.check_step(step, path, &mut report)?;
            }
            walk.ends_with(line.max_order_key)?;
            last_key = walk.last_key.or(last_key);
            report.chunks += 1;
        }
        Ok(report)
    }

    fn check_step(
        &self,
        step: Step<'_>,
        path: &Path,
        report: &mut CheckReport,
    ) -> Result<(), Error> {
        let record = match step {
            Step::Record(record) => record,
            Step::Bad { offset, stop, .. } => return Err(stop.bad.at(path, offset)),
            // The stretch ends where the records do, so nothing torn can stand in it.
            Step::End { offset, .. } => {
                return Err(Error::damaged(path, offset, "a record", "a torn write"));
            }
        };
        let (key, offset) = (record.line.key, record.offset);
        let hidden = Some(key) <= self.metadata.last_purge_id;
        if let Some(foreign) = record.line.foreign.as_ref().filter(|_| !hidden) {
            let bad = BadLine::of_format(&*self.shared.plugin, foreign, Some(key));
            return Err(bad.at(path, offset));
        }
        if let Some((expected, found)) = record.against_index {
            return Err(Error::damaged(path, offset, expected, found));
        }
        report.records += 1;
        report.bytes += record.len;
        report.hidden += u64::from(hidden);
        Ok(())
    }
}
