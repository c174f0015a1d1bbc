//! The entries of a directory.

use std::path::Path;

use crate::error::Error;
use crash_disk::{DirEntry, FileSystem};

/// A directory's entries by name, so that findings come in the same order everywhere.
pub(super) fn sorted(fs: &dyn FileSystem, dir: &Path) -> Result<Vec<DirEntry>, Error> {
    let mut entries = fs.read_dir(dir).map_err(|e| Error::io("list", dir, e))?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}
