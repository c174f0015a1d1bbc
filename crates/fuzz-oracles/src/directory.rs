//! A whole directory of a partition that holds a Raft log: what an open of it must come to.

use std::collections::BTreeMap;
use std::path::Path;

use crash_disk::sim::{Tree, TreeEntry};
use openraft::Entry;
use openraft_timevault::verify::openraft_0_9::HarnessTypes;
use timevault::Record;

use crate::oracle::{
    ChunkFormat, Found, IndexBlock, ManifestLine, batch_start, good_prefix, manifest_lines,
    shown_index, unseal, whole_object,
};

/// What an open must come to.
#[derive(Debug)]
pub(crate) enum Expected {
    /// It is refused.
    Refused(&'static str),
    /// It is refused, or not all that it shows can be read.
    Unreadable(&'static str),
    /// It succeeds, shows exactly these records, and takes the next.
    Shown(Vec<Record>),
    /// Nothing can be said: the directory is one that neither a writer nor a damaged disk leaves
    /// (an index that lies with a right checksum, a directory in place of a file), or only what is
    /// hidden is damaged.
    Open,
}

/// What an open of the directory must come to. `untouched` is the metadata of a partition with the
/// same settings that was never purged.
pub(crate) fn expected(tree: &Tree, dir: &Path, untouched: &[u8]) -> Expected {
    let below = tree.iter().filter_map(|(path, entry)| {
        let name = path.strip_prefix(dir).ok()?.to_str()?;
        match entry {
            TreeEntry::File(bytes) => Some((name.to_owned(), &bytes[..])),
            TreeEntry::Dir => None,
        }
    });
    let directory = Directory {
        files: below.collect(),
        format: ChunkFormat {
            dense: true,
            sealed_only: true,
            key: entry_key,
        },
    };
    match directory.read(untouched) {
        Ok(records) => Expected::Shown(records),
        Err(expected) => expected,
    }
}

/// The key of an entry's object: its index. `due` where it is of another type, an object all the same, and
/// shows none.
#[must_use]
pub fn entry_key(object: &[u8], due: Option<u64>) -> Option<u64> {
    if let Ok(entry) = serde_json::from_slice::<Entry<HarnessTypes>>(object) {
        return Some(entry.log_id.index);
    }
    whole_object(object)?;
    shown_index(object).or(due)
}

/// The files, by their paths.
struct Directory<'a> {
    files: BTreeMap<String, &'a [u8]>,
    format: ChunkFormat,
}

/// A chunk that the manifest names, read from its first byte to its last.
struct Chunk<'a> {
    line: ManifestLine,
    bytes: &'a [u8],
    found: Found,
    blocks: Vec<IndexBlock>,
}

impl Directory<'_> {
    fn read(&self, untouched: &[u8]) -> Result<Vec<Record>, Expected> {
        if self.file("chunks").is_some() {
            return Err(Expected::Refused("a file where the chunks belong"));
        }
        let in_the_way = ["metadata.json.tmp/", "manifest.jsonl.tmp/"];
        let is_in_the_way = |path: &String| in_the_way.iter().any(|dir| path.starts_with(dir));
        if self.files.keys().any(is_in_the_way) {
            return Err(Expected::Refused(
                "a directory in place of a temporary file",
            ));
        }
        let purged = self.purged(untouched)?;
        let manifest = self.file("manifest.jsonl").unwrap_or_default();
        let lines = manifest_lines(manifest, true).ok_or(Expected::Refused("the manifest"))?;
        let mut chunks: Vec<Chunk<'_>> = Vec::new();
        for line in lines {
            let before = chunks.last().and_then(|chunk| chunk.line.max_order_key);
            chunks.push(self.chunk(line, before)?);
        }
        self.unnamed(&chunks, purged)?;
        let mut records: Vec<Record> = Vec::new();
        for chunk in &chunks {
            chunk.judge(purged)?;
            let first = chunk.found.records.first().map(|(key, _)| *key);
            let last = records.last().map(|record| record.order_key);
            if let (Some(last), Some(first)) = (last, first)
                && last.checked_add(1) != Some(first)
            {
                // Chunks with a hole between them.
                return Err(Expected::Open);
            }
            records.extend(self.records(chunk));
        }
        // A file where the directory for leftovers belongs may be in the way.
        if self.file("gc").is_some() {
            return Err(Expected::Open);
        }
        records.retain(|record| purged.is_none_or(|purged| record.order_key > purged));
        Ok(records)
    }

    fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).copied()
    }

    /// The purge point; all else in the metadata must be as it was.
    fn purged(&self, untouched: &[u8]) -> Result<Option<u64>, Expected> {
        const MEMBER: &[u8] = b"\"last_purge_id\":";
        let line = self.file("metadata.json").unwrap_or_default();
        let object = unseal(line.trim_ascii_end()).ok_or(Expected::Refused("the metadata"))?;
        let known = unseal(untouched.trim_ascii_end()).unwrap_or_default();
        let at = memchr::memmem::rfind(&known, MEMBER).map_or(0, |at| at + MEMBER.len());
        let other = Expected::Open;
        let Some(rest) = object.strip_prefix(&known[..at]) else {
            return Err(other);
        };
        let value = rest.strip_suffix(b"}").unwrap_or_default();
        serde_json::from_slice(value).map_err(|_| other)
    }

    /// A chunk that the manifest names, and what an open must see of it.
    fn chunk(&self, line: ManifestLine, before: Option<u64>) -> Result<Chunk<'_>, Expected> {
        let id = line.chunk_id;
        let bytes = self.file(&name(id, "chunk"));
        let bytes = bytes.ok_or(Expected::Refused("a named chunk that is missing"))?;
        let len = bytes.len() as u64;
        if line.bytes.is_some_and(|named| named != len) {
            return Err(Expected::Refused("a closed chunk of another length"));
        }
        let index = self.file(&name(id, "index")).unwrap_or_default();
        let (blocks, _, cut) = good_prefix(index, true);
        let open = line.max_order_key.is_none();
        let end = blocks.last().map_or(0, |last| last.offset + last.len);
        let kept = usize::try_from(end).ok().filter(|_| open && cut);
        // Without a truncate that was cut short all of it counts.
        let bytes = kept.and_then(|end| bytes.get(..end)).unwrap_or(bytes);
        if open {
            self.tail(&line, (bytes, &blocks), before)?;
        }
        let found = self.format.scan(bytes, (None, Some(id)));
        Ok(Chunk {
            line,
            bytes,
            found,
            blocks,
        })
    }

    /// What stands behind the index of the open chunk, of which an open reads each line.
    fn tail(
        &self,
        line: &ManifestLine,
        (bytes, blocks): (&[u8], &[IndexBlock]),
        before: Option<u64>,
    ) -> Result<(), Expected> {
        let indexed = blocks.last().map_or(0, |last| last.offset + last.len);
        let Some(behind) = usize::try_from(indexed).ok().and_then(|at| bytes.get(at..)) else {
            return Err(Expected::Refused(
                "an open chunk that is shorter than its index",
            ));
        };
        let last = blocks.last().map(|last| last.max_key);
        let due = blocks.is_empty().then_some(line.chunk_id);
        let found = self.format.scan(behind, (last.or(before), due));
        let first = found.records.first().map(|(key, _)| *key);
        if blocks.is_empty() && first.is_some_and(|first| first != line.chunk_id) {
            return Err(Expected::Refused(
                "a chunk not named after its first record",
            ));
        }
        let rest = &behind[found.len..];
        if found.misplaced || found.stopped && batch_start(rest).is_some() {
            return Err(Expected::Refused("damage before the last batch"));
        }
        Ok(())
    }

    /// The files that the manifest does not name.
    fn unnamed(&self, chunks: &[Chunk<'_>], purged: Option<u64>) -> Result<(), Expected> {
        let (first, last) = (chunks.first(), chunks.last());
        let mut highest = None;
        for (path, bytes) in &self.files {
            let Some(inside) = path.strip_prefix("chunks/") else {
                continue;
            };
            let Some(id) = chunk_id(inside) else {
                if inside.contains('/') {
                    // A directory among the chunks.
                    return Err(Expected::Open);
                }
                continue;
            };
            if chunks.iter().any(|chunk| chunk.line.chunk_id == id) {
                continue;
            }
            let below = first.is_none_or(|first| id < first.line.chunk_id);
            let behind = last.is_some_and(|last| id > last.line.chunk_id);
            if below && purged.is_some_and(|purged| id <= purged) {
                highest = highest.max(Some((id, *bytes)));
            } else if !bytes.is_empty() && !behind {
                return Err(Expected::Refused("a chunk with records and no line"));
            }
        }
        let Some((id, bytes)) = highest else {
            return Ok(());
        };
        let found = self.format.scan(bytes, (None, Some(id)));
        let (blocks, ..) = good_prefix(self.file(&name(id, "index")).unwrap_or_default(), true);
        if found.stopped || !fits(&blocks, &found) {
            // A purged chunk that is damaged.
            return Err(Expected::Open);
        }
        match found.records.last() {
            Some((last, _)) if Some(*last) > purged => {
                Err(Expected::Refused("a live chunk without a line"))
            }
            _ => Ok(()),
        }
    }

    fn records(&self, chunk: &Chunk<'_>) -> Vec<Record> {
        let good = &chunk.bytes[..chunk.found.len];
        let lines = good.split(|byte| *byte == b'\n');
        let records = chunk.found.records.iter().zip(lines.filter_map(unseal));
        let record = |((key, _), object): (&(u64, u64), Vec<u8>)| Record {
            order_key: *key,
            payload: object.trim_ascii_start().to_vec(),
        };
        records.map(record).collect()
    }
}

impl Chunk<'_> {
    /// Whether all that is shown of it can be read, and nothing in it lies.
    fn judge(&self, purged: Option<u64>) -> Result<(), Expected> {
        let Self {
            line,
            found,
            blocks,
            ..
        } = self;
        let [first, last] = [found.records.first(), found.records.last()];
        let [first, last] = [first, last].map(|record| record.map(|(key, _)| *key));
        let named = line.min_order_key == line.chunk_id
            && first.is_none_or(|first| first == line.chunk_id)
            && blocks
                .first()
                .is_none_or(|block| block.min_key == line.chunk_id);
        if !named || !fits(blocks, found) {
            // A manifest or an index that lies.
            return Err(Expected::Open);
        }
        let indexed = blocks.last().map_or(0, |last| last.offset + last.len);
        let closed = line.max_order_key.is_some();
        let whole = match closed {
            true => !found.stopped,
            false => indexed <= found.len as u64,
        };
        if whole {
            return match closed && last != line.max_order_key {
                true => Err(Expected::Open),
                false => Ok(()),
            };
        }
        // The record before the damage is shown, so that the damaged one would be.
        let shown = last.unwrap_or(line.chunk_id);
        let shown = line.max_order_key.is_none_or(|max| max >= shown) && Some(shown) > purged;
        match shown {
            true => Err(Expected::Unreadable("a record that is damaged")),
            // In what is hidden.
            false => Err(Expected::Open),
        }
    }
}

/// Whether the blocks agree with the records, as far as these go.
fn fits(blocks: &[IndexBlock], found: &Found) -> bool {
    let mut ends = vec![0];
    for (_, len) in &found.records {
        ends.push(ends.last().copied().unwrap_or_default() + len);
    }
    let last = found.records.last().map(|(key, _)| *key);
    blocks.iter().all(|block| {
        let end = block.offset + block.len;
        if block.offset >= found.len as u64 {
            return true;
        }
        let Ok(from) = ends.binary_search(&block.offset) else {
            return false;
        };
        let min = found.records.get(from).map(|(key, _)| *key);
        let max_fits = match ends.binary_search(&end) {
            Ok(to) => found.records.get(to - 1).map(|(key, _)| *key) == Some(block.max_key),
            Err(_) => end > found.len as u64 && last.is_none_or(|last| block.max_key >= last),
        };
        min == Some(block.min_key) && max_fits
    })
}

/// Path of a file of a chunk.
fn name(id: u64, ending: &str) -> String {
    format!("chunks/{id:016x}.{ending}")
}

/// The id of the chunk whose records are in the file.
fn chunk_id(inside: &str) -> Option<u64> {
    let digits = inside.strip_suffix(".chunk")?;
    let id = u64::from_str_radix(digits, 16).ok()?;
    (name(id, "chunk").strip_prefix("chunks/") == Some(inside)).then_some(id)
}
