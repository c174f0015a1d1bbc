//! Where things stand on the disk.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use crash_disk as fs;

pub(crate) const LOCK_FILE: &str = ".timevault.write.lock";
pub(crate) const PARTITIONS: &str = "partitions";
pub(crate) const METADATA: &str = "metadata.json";
pub(crate) const MANIFEST: &str = "manifest.jsonl";
pub(crate) const CHUNKS: &str = "chunks";
pub(crate) const GC: &str = "gc";
pub(crate) const TMP: &str = "tmp";
const CHUNK_SUFFIX: &str = ".chunk";
const INDEX_SUFFIX: &str = ".index";
/// Hexadecimal digits of a chunk id in a file name.
const ID_DIGITS: usize = 16;

/// Parts of a partition's path below the root.
pub(crate) const PARTS: usize = 4;

/// Directory of a partition, as its parts below the root: `partitions/<hh>/<ll>/<uuid>`, where
/// hh and ll are the last two bytes of the id.
pub(crate) fn partition_parts(id: Uuid) -> [String; PARTS] {
    let [.., hh, ll] = *id.as_bytes();
    [
        PARTITIONS.to_string(),
        format!("{hh:02x}"),
        format!("{ll:02x}"),
        id.to_string(),
    ]
}

/// Directory of a partition.
pub(crate) fn partition_dir(root: &Path, id: Uuid) -> PathBuf {
    partition_parts(id)
        .iter()
        .fold(root.to_path_buf(), |dir, part| dir.join(part))
}

/// The partition id that a directory's name says; a copy may have any name.
pub(crate) fn id_of(dir: &Path) -> Option<Uuid> {
    Uuid::try_parse(dir.file_name()?.to_str()?).ok()
}

/// The partition's id, if this is the directory of a partition in its place in the store.
pub(crate) fn id_in_place(root: &Path, dir: &Path) -> Option<Uuid> {
    id_of(dir).filter(|id| partition_dir(root, *id) == dir)
}

/// Whether a path is a directory on the way to where some partition stands, or that place.
pub(crate) fn leads_to_partition(root: &Path, path: &Path) -> bool {
    let Ok(below) = path.strip_prefix(root.join(PARTITIONS)) else {
        return false;
    };
    let byte = |part: &str| is_hex(part, 2);
    let parts: Vec<_> = below
        .iter()
        .map(|part| part.to_str().unwrap_or_default())
        .collect();
    match parts.as_slice() {
        [] => true,
        [hh] => byte(hh),
        [hh, ll] => byte(hh) && byte(ll),
        [_, _, _] => id_in_place(root, path).is_some(),
        _ => false,
    }
}

/// Whether these are so many digits in the only form that the engine writes: lower-case hexadecimal.
fn is_hex(digits: &str, count: usize) -> bool {
    digits.len() == count
        && digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// One of the two files of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChunkFile {
    Chunk,
    Index,
}

impl ChunkFile {
    /// Its name, without a directory.
    pub(crate) fn name(self, id: u64) -> String {
        let suffix = match self {
            Self::Chunk => CHUNK_SUFFIX,
            Self::Index => INDEX_SUFFIX,
        };
        format!("{id:016x}{suffix}")
    }

    /// Its path in a partition.
    pub(crate) fn path(self, partition: &Path, id: u64) -> PathBuf {
        partition.join(CHUNKS).join(self.name(id))
    }

    /// The file that a name in `chunks/` names; `None` for a name that the engine does not write.
    pub(crate) fn parse(name: &str) -> Option<(Self, u64)> {
        let (kind, digits) = match name.strip_suffix(CHUNK_SUFFIX) {
            Some(digits) => (Self::Chunk, digits),
            None => (Self::Index, name.strip_suffix(INDEX_SUFFIX)?),
        };
        if !is_hex(digits, ID_DIGITS) {
            return None;
        }
        Some((kind, u64::from_str_radix(digits, 16).ok()?))
    }

    /// Whether it is the name of the temp file of an index, which a repair that was cut short leaves.
    pub(crate) fn is_index_temp(name: &str) -> bool {
        let target = name.strip_suffix(fs::TEMP_SUFFIX).and_then(Self::parse);
        matches!(target, Some((Self::Index, _)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_directory_uses_the_last_two_bytes() {
        let id = Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        assert_eq!(
            partition_dir(Path::new("/r"), id),
            Path::new("/r/partitions/ee/ff/00112233-4455-6677-8899-aabbccddeeff")
        );
    }

    #[test]
    fn the_way_to_a_partition() {
        let root = Path::new("/r");
        let id = "00112233-4455-6677-8899-aabbccddeeff";
        for (path, leads) in [
            ("/r/partitions", true),
            ("/r/partitions/ee", true),
            ("/r/partitions/ee/ff", true),
            (&*format!("/r/partitions/ee/ff/{id}"), true),
            (&*format!("/r/partitions/ee/fe/{id}"), false),
            ("/r/partitions/EE", false),
            ("/r/partitions/notes", false),
            ("/r/partitions/ee/ff/notes", false),
            ("/r", false),
        ] {
            assert_eq!(leads_to_partition(root, Path::new(path)), leads, "{path}");
        }
    }

    #[test]
    fn chunk_file_names_round_trip() {
        for id in [0, 1, 0xabcdef, u64::MAX] {
            for kind in [ChunkFile::Chunk, ChunkFile::Index] {
                assert_eq!(ChunkFile::parse(&kind.name(id)), Some((kind, id)));
            }
        }
        for name in [
            "1.chunk",
            "000000000000000A.chunk",
            "0000000000000001.chunk.tmp",
            ".chunk",
        ] {
            assert_eq!(ChunkFile::parse(name), None, "{name}");
        }
        for (name, temp) in [
            ("000000000000000a.index.tmp", true),
            ("000000000000000a.chunk.tmp", false),
            ("000000000000000A.index.tmp", false),
            ("000000000000000a.index", false),
            ("notes.tmp", false),
        ] {
            assert_eq!(ChunkFile::is_index_temp(name), temp, "{name}");
        }
    }
}
