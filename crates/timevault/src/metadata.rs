//! `metadata.json`: what a partition is, and its purge point.

use std::ops::Deref;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::{ChunkRoll, IndexConfig, PartitionConfig, Retention};
use crate::error::{Error, IoContext};
use crate::format::FormatPlugin;
use crate::layout;
use crate::line;
use crate::sealed::{self, Unsealed};
use crash_disk::{self as fs, FileSystem, SyncSite};

/// The format version that this release reads and writes.
pub(crate) const FORMAT_VERSION: u64 = 1;

/// Contents of `metadata.json`, members in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) partition_id: Uuid,
    pub(crate) format_version: u64,
    pub(crate) format_plugin: String,
    chunk_roll: ChunkRoll,
    index: IndexConfig,
    retention: Retention,
    key_is_timestamp: bool,
    #[serde(default)]
    logical_purge: bool,
    /// Records with this key and below are purged.
    #[serde(default)]
    pub(crate) last_purge_id: Option<u64>,
}

/// The member that decides whether this release understands the others.
#[derive(Deserialize)]
struct Header {
    format_version: u64,
}

impl Metadata {
    pub(crate) fn new(id: Uuid, plugin: &str, config: &PartitionConfig) -> Self {
        Self {
            partition_id: id,
            format_version: FORMAT_VERSION,
            format_plugin: plugin.to_string(),
            chunk_roll: config.chunk_roll,
            index: config.index,
            retention: config.retention,
            key_is_timestamp: config.key_is_timestamp,
            logical_purge: config.logical_purge,
            last_purge_id: None,
        }
    }

    pub(crate) fn config(&self) -> PartitionConfig {
        PartitionConfig {
            chunk_roll: self.chunk_roll,
            index: self.index,
            retention: self.retention,
            key_is_timestamp: self.key_is_timestamp,
            logical_purge: self.logical_purge,
        }
    }

    /// Reads the file of the partition in `dir` and checks that this release and one of `plugins` can read the
    /// partition. Returns that plugin too. Without an `id`, as for a copy under another name, any will do.
    pub(crate) fn load<'p, P>(
        fs: &dyn FileSystem,
        dir: &Path,
        id: Option<Uuid>,
        plugins: &'p [P],
    ) -> Result<(Self, &'p P), Error>
    where
        P: Deref<Target: FormatPlugin>,
    {
        let path = dir.join(layout::METADATA);
        let mut bytes = fs::read_whole(fs, &path).context("read", &path)?;
        bytes.truncate(bytes.trim_ascii_end().len());
        let (object, sealed) = match sealed::unseal(&mut bytes) {
            Unsealed::Valid(object) => (object, true),
            Unsealed::Absent(object) => (object, false),
            Unsealed::Mismatch { computed, stored } => {
                let (expected, found) = sealed::wrong_checksum(computed, stored);
                return Err(Error::damaged(&path, 0, expected, found));
            }
        };
        let parse_error = |e: serde_json::Error| {
            let found = format!("{} ({e})", line::preview(object));
            Error::damaged(&path, 0, "partition metadata", found)
        };
        let header: Header = serde_json::from_slice(object).map_err(parse_error)?;
        if header.format_version != FORMAT_VERSION {
            let found = header.format_version;
            return Err(Error::UnsupportedVersion {
                path,
                expected: FORMAT_VERSION,
                found,
            });
        }
        let metadata: Self = serde_json::from_slice(object).map_err(parse_error)?;
        let named = |plugin: &&P| plugin.id() == metadata.format_plugin;
        let Some(plugin) = plugins.iter().find(named) else {
            let known: Vec<_> = plugins.iter().map(|plugin| plugin.id()).collect();
            return Err(Error::UnknownPlugin {
                path,
                expected: known.join(" or "),
                found: metadata.format_plugin,
            });
        };
        // After the plugin is known, because another plugin may accept a file without a checksum.
        if !sealed && plugin.checksum_required() {
            let (expected, found) = ("metadata with its checksum", line::preview(object));
            return Err(Error::damaged(&path, 0, expected, found));
        }
        if let Some(id) = id.filter(|id| *id != metadata.partition_id) {
            let (expected, found) = (format!("partition id {id}"), metadata.partition_id);
            return Err(Error::damaged(&path, 0, expected, found.to_string()));
        }
        metadata
            .config()
            .validate()
            .map_err(|e| Error::damaged(&path, 0, "settings within their ranges", e.to_string()))?;
        Ok((metadata, plugin))
    }

    /// Writes the file, atomically and durably.
    pub(crate) fn store(
        &self,
        fs: &dyn FileSystem,
        dir: &Path,
        site: SyncSite,
    ) -> Result<(), Error> {
        let path = dir.join(layout::METADATA);
        let object = serde_json::to_vec(self)
            .map_err(|e| Error::io("serialize", &path, std::io::Error::other(e)))?;
        let mut bytes = sealed::seal(object);
        bytes.push(line::NEWLINE);
        fs::replace(fs, &path, &bytes, site).context("replace", &path)
    }
}
