//! Judging a directory without metadata: a creation that was cut short, an empty one, or the rest of a partition.

use std::path::Path;

use super::finding::Finding;
use super::kind::{EMPTY_PARTITION, HALF_MADE, METADATA_MISSING};
use super::listing::sorted;
use crate::error::{Error, IoContext};
use crate::layout;
use crate::metadata::Metadata;
use crate::sealed::{self, Unsealed};
use crash_disk::{self as fs, DirEntry, FileSystem, TEMP_SUFFIX};

/// Judges a partition's directory in which [`has_metadata`](crate::partition::has_metadata) found
/// none and nothing of a finished partition.
///
/// A creation makes directories, then an empty manifest, then the metadata through a temp file. So the
/// empty manifest proves a creation, and a file that no creation makes proves a loss. Without any file
/// nothing is proven: a creation was cut short at its very beginning, or everything is gone.
///
/// # Errors
/// [`Error::Io`].
pub(super) fn judge(fs: &dyn FileSystem, dir: &Path) -> Result<Finding, Error> {
    let entries = sorted(fs, dir)?;
    if let Some(beside) = sign_of_loss(fs, dir, &entries)? {
        let finding = Finding::new(&METADATA_MISSING, &dir.join(layout::METADATA), "no file");
        return Ok(finding.expected(format!("partition metadata beside {beside}")));
    }
    let files = entries.iter().filter(|entry| !entry.is_dir).count();
    Ok(match (files, entries.len()) {
        (0, 0) => Finding::new(&EMPTY_PARTITION, dir, "nothing in it"),
        (0, _) => Finding::new(&EMPTY_PARTITION, dir, "only directories without a file"),
        _ => Finding::new(&HALF_MADE, dir, "no metadata.json"),
    })
}

/// A file that no creation leaves, for the text of a finding.
fn sign_of_loss(
    fs: &dyn FileSystem,
    dir: &Path,
    entries: &[DirEntry],
) -> Result<Option<String>, Error> {
    let has_manifest = entries.iter().any(|entry| entry.name == layout::MANIFEST);
    for entry in entries {
        let name = entry.name.as_str();
        let target = name.strip_suffix(TEMP_SUFFIX);
        let lost = match (entry.is_dir, target) {
            (true, _) if name == layout::GC => {
                let gc = sorted(fs, &dir.join(name))?;
                let first = gc.first().map(|file| format!("{name}/{}", file.name));
                if first.is_some() {
                    return Ok(first);
                }
                false
            }
            (true, _) | (false, None) => false,
            // The manifest of a creation is empty, and durable before the metadata is begun.
            (false, Some(layout::MANIFEST)) => entry.len > 0,
            (false, Some(layout::METADATA)) => !has_manifest || is_purged(fs, &dir.join(name))?,
            (false, Some(_)) => true,
        };
        if lost {
            return Ok(Some(name.to_string()));
        }
    }
    Ok(None)
}

/// Whether a temp file of the metadata holds a purge point.
fn is_purged(fs: &dyn FileSystem, path: &Path) -> Result<bool, Error> {
    let mut bytes = fs::read_whole(fs, path).context("read", path)?;
    bytes.truncate(bytes.trim_ascii_end().len());
    let Unsealed::Valid(object) = sealed::unseal(&mut bytes) else {
        return Ok(false);
    };
    let metadata = serde_json::from_slice::<Metadata>(object).ok();
    Ok(metadata.is_some_and(|metadata| metadata.last_purge_id.is_some()))
}
