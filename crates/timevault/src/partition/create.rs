//! Creating a partition.

use std::io;
use std::path::Path;

use uuid::Uuid;

use crate::config::PartitionConfig;
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::hold::{StoreInner, create_dir, sync_parent};
use crate::layout;
use crate::metadata::Metadata;
use crash_disk::{self as fs, FileSystem, SyncSite};

/// Makes the directory and files of a new partition, durable when this returns.
pub(crate) fn create(
    store: &StoreInner,
    id: Uuid,
    config: &PartitionConfig,
    plugin: &dyn FormatPlugin,
) -> Result<(), Error> {
    let fs = &*store.options.fs;
    let mut dir = store.root.clone();
    for part in layout::partition_parts(id) {
        dir.push(part);
        create_dir(fs, &dir)?;
        // O2: each directory's entry before anything is put into it, because the contents of a
        // directory are lost with it. Also when it was there: the process that made it may have been
        // killed before its sync.
        sync_parent(fs, &dir, SyncSite::here())?;
    }
    if has_metadata(fs, &dir)? {
        return Err(Error::PartitionExists { id });
    }
    for name in [layout::CHUNKS, layout::TMP, layout::GC] {
        create_dir(fs, &dir.join(name))?;
    }
    let manifest = dir.join(layout::MANIFEST);
    match fs.create_new(&manifest) {
        // Left by a creation that was cut short, and as empty.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        result => drop(result.context("create manifest", &manifest)?),
    }
    // O2: the empty manifest and the three directories before the metadata, because the metadata is what
    // makes the partition: with it there, everything else must be. The manifest has no bytes to sync.
    fs.sync_dir(&dir, SyncSite::here()).context("sync", &dir)?;
    Metadata::new(id, plugin.id(), config).store(fs, &dir, SyncSite::here())
}

/// Whether the partition is finished. A directory without metadata is half-made and counts as
/// nothing; unless something stands in it that only a finished partition has.
pub(crate) fn has_metadata(fs: &dyn FileSystem, dir: &Path) -> Result<bool, Error> {
    let entries = match fs.read_dir(dir) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        result => result.context("list", dir)?,
    };
    if entries.iter().any(|entry| entry.name == layout::METADATA) {
        return Ok(true);
    }
    let lost = |what: String| {
        Err(Error::damaged(
            &dir.join(layout::METADATA),
            0,
            "partition metadata",
            format!("no file, beside {what}"),
        ))
    };
    for entry in &entries {
        let temporary = entry.name.ends_with(fs::TEMP_SUFFIX);
        let empty_manifest = entry.name == layout::MANIFEST && entry.len == 0;
        if !entry.is_dir && !temporary && !empty_manifest {
            return lost(entry.name.clone());
        }
        if entry.is_dir && entry.name == layout::CHUNKS {
            let chunks = dir.join(layout::CHUNKS);
            if let Some(file) = fs.read_dir(&chunks).context("list", &chunks)?.first() {
                return lost(format!("{}/{}", layout::CHUNKS, file.name));
            }
        }
    }
    Ok(false)
}
