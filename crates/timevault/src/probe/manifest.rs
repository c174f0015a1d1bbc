//! The manifest of a partition: written and read.

use std::path::Path;

use crate::error::Error;
use crate::manifest::{ChunkLine, Manifest};
use crate::seeded::Seeded;
use crash_disk::{FileSystem, SyncSite};

/// A line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestLine {
    /// Id of the chunk.
    pub chunk_id: u64,
    /// Lowest key that it can hold.
    pub min_order_key: u64,
    /// Last key of a closed chunk.
    pub max_order_key: Option<u64>,
    /// Length of a closed chunk, in bytes; other writers leave it out.
    pub bytes: Option<u64>,
}

impl ManifestLine {
    fn of(line: &ChunkLine) -> Self {
        Self {
            chunk_id: line.chunk_id,
            min_order_key: line.min_order_key,
            max_order_key: line.max_order_key,
            bytes: line.bytes,
        }
    }

    fn line(&self) -> ChunkLine {
        ChunkLine {
            chunk_id: self.chunk_id,
            min_order_key: self.min_order_key,
            max_order_key: self.max_order_key,
            bytes: self.bytes,
        }
    }
}

/// Reads the manifest of the partition in `dir`; with `sealed_only` a line without a checksum is
/// damage.
///
/// # Errors
/// [`Error::Damaged`]; [`Error::Io`].
pub fn read_manifest(
    fs: &dyn FileSystem,
    dir: &Path,
    sealed_only: bool,
) -> Result<Vec<ManifestLine>, Error> {
    let manifest = Manifest::load(fs, dir, (sealed_only, Seeded::NONE))?;
    Ok(manifest.chunks.iter().map(ManifestLine::of).collect())
}

/// Replaces the manifest of the partition in `dir`; durable on return.
///
/// # Errors
/// [`Error::Io`].
pub fn write_manifest(
    fs: &dyn FileSystem,
    dir: &Path,
    lines: &[ManifestLine],
) -> Result<(), Error> {
    let chunks = lines.iter().map(ManifestLine::line).collect();
    Manifest { chunks }.store(fs, dir, SyncSite::here())
}
