//! The entries of a log as the next open will show them.

use std::ops::{ControlFlow, RangeInclusive};
use std::path::Path;

use timevault::Error;
use timevault::inspect::Contents;

use super::any_entry::EntryView;
use super::ids::AnyLogId;
use super::log::LogInspector;
use super::small_files::SmallFiles;
use crate::ENTRY_FORMAT_ID;
use crate::log_store::recovery::{Front, judge_front};

impl LogInspector {
    /// Opens the partition in `dir` for reading; takes no lock, changes nothing. In a Raft log, the entries
    /// that a purge removes are hidden even if a crash cut that purge short: `raft_purge.json` counts, not only
    /// the partition's own purge point. Damage of that file is not reported here.
    ///
    /// # Errors
    /// As [`Inspector::contents`](timevault::inspect::Inspector::contents).
    pub fn contents(&self, dir: &Path) -> Result<Contents, Error> {
        let mut contents = self.partitions().contents(dir)?;
        if contents.plugin() != ENTRY_FORMAT_ID {
            return Ok(contents);
        }
        let files = SmallFiles::read(&**self.partitions().fs(), dir);
        let Ok(Some(purged)) = files.purged else {
            return Ok(contents);
        };
        contents.hide(purged.index);
        // An entry that cannot be read is reported when it is read.
        if let Ok(Some(first)) = self.first_log_id(&contents, 0..=u64::MAX) {
            let index = first.index;
            let front = judge_front(&purged, purged.index, index, || Ok::<_, Error>(first))?;
            if let Front::StaleSuffix { .. } = front {
                contents.hide(u64::MAX);
            }
        }
        Ok(contents)
    }

    /// Log id of the first entry with an index in `range`; `None` without such an entry, or if it shows no log
    /// id.
    ///
    /// # Errors
    /// As [`Contents::scan`].
    pub fn first_log_id(
        &self,
        contents: &Contents,
        range: RangeInclusive<u64>,
    ) -> Result<Option<AnyLogId>, Error> {
        let mut found = None;
        contents.scan(range, &mut |record| {
            let entry = EntryView::parse(record.payload);
            found = entry.ok().map(|entry| entry.log_id);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }
}
