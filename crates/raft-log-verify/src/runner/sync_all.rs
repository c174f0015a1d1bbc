//! Makes a whole directory durable.

use std::path::Path;

use crash_disk::{Access, FileSystem, SyncSite};

/// Syncs the files and directories below `dir`, and `dir` itself.
pub(super) fn sync_all(fs: &dyn FileSystem, dir: &Path) -> std::io::Result<()> {
    for entry in fs.read_dir(dir)? {
        let path = dir.join(entry.name);
        match entry.is_dir {
            true => sync_all(fs, &path)?,
            false => fs.open(&path, Access::Read)?.sync_all(SyncSite::here())?,
        }
    }
    fs.sync_dir(dir, SyncSite::here())
}
