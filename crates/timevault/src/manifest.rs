//! `manifest.jsonl`: the live chunks, in order; the source of truth for what the log holds.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::assertion::{Broken, before_write};
use crate::error::{Error, IoContext};
use crate::layout;
use crate::line;
use crate::sealed::{self, Unsealed};
use crate::seeded::{Seeded, seeded};
use crash_disk::{self as fs, FileSystem, SyncSite};

/// One line of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChunkLine {
    pub(crate) chunk_id: u64,
    pub(crate) min_order_key: u64,
    /// Last key of a closed chunk; absent in the open one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_order_key: Option<u64>,
    /// Length of a closed chunk, so that a cut or extended file shows in a listing. Lines of other
    /// writers have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
}

impl ChunkLine {
    /// The line of a chunk that begins with this key.
    pub(crate) fn open(id: u64) -> Self {
        Self {
            chunk_id: id,
            min_order_key: id,
            max_order_key: None,
            bytes: None,
        }
    }

    /// Makes it the line of an open chunk again: its end is no longer promised.
    pub(crate) fn reopen(&mut self) {
        self.max_order_key = None;
        self.bytes = None;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.max_order_key.is_some()
    }
}

/// The live chunks in ascending order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) chunks: Vec<ChunkLine>,
}

impl Manifest {
    /// Reads the manifest of the partition in `dir`.
    ///
    /// Every line is checked on its own and against the one before: chunks ascend and do not
    /// overlap, and all but the last are closed. Other writers write lines without a checksum; with
    /// `sealed_only` such a line is damage.
    pub(crate) fn load(
        fs: &dyn FileSystem,
        dir: &Path,
        rules: (bool, Seeded),
    ) -> Result<Self, Error> {
        let path = dir.join(layout::MANIFEST);
        match fs::read_whole(fs, &path) {
            Ok(bytes) => Self::parse(&path, bytes, rules),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Err(Error::damaged(&path, 0, "a manifest", "no file"))
            }
            Err(e) => Err(Error::io("read", &path, e)),
        }
    }

    /// Reads the bytes of the manifest at `path`, as [`load`](Self::load) does.
    pub(crate) fn parse(
        path: &Path,
        mut bytes: Vec<u8>,
        (sealed_only, seeded): (bool, Seeded),
    ) -> Result<Self, Error> {
        let skips = seeded!(seeded, ManifestLineSkipped);
        let damaged = |at, (expected, found): Broken| Error::damaged(path, at, expected, found);
        let mut chunks: Vec<ChunkLine> = Vec::new();
        let mut offset = 0;
        let mut last_sealed = true;
        for part in bytes.split_inclusive_mut(|byte| *byte == line::NEWLINE) {
            let len = part.len() as u64;
            let damaged = |wrong| damaged(offset, wrong);
            let Some((&mut line::NEWLINE, text)) = part.split_last_mut() else {
                return Err(damaged(("a whole line".into(), line::preview(part))));
            };
            let line = parse(text, sealed_only);
            if skips && line.is_err() {
                last_sealed = false;
                continue;
            }
            let (parsed, sealed) = line.map_err(damaged)?;
            if let Some(last) = chunks.last() {
                check_order(last, &parsed).map_err(damaged)?;
            }
            chunks.push(parsed);
            last_sealed = sealed;
            offset += len;
        }
        // The published engine leaves a closed last line; this engine never does, so a sealed one means that
        // lines after it were lost.
        if let Some(last) = chunks.last().filter(|_| last_sealed) {
            check_last(last).map_err(|wrong| damaged(offset, wrong))?;
        }
        Ok(Self { chunks })
    }

    /// Writes the file, atomically and durably.
    pub(crate) fn store(
        &self,
        fs: &dyn FileSystem,
        dir: &Path,
        site: SyncSite,
    ) -> Result<(), Error> {
        let path = dir.join(layout::MANIFEST);
        // The same checks as in `load`: the file that is replaced is the only copy.
        before_write("O6", &path, self.check())?;
        let bytes = Self::encode(&self.chunks)
            .map_err(|e| Error::io("serialize", &path, std::io::Error::other(e)))?;
        fs::replace(fs, &path, &bytes, site).context("replace", &path)
    }

    /// What [`load`](Self::load) checks in lines of this engine.
    fn check(&self) -> Result<(), Broken> {
        self.chunks.iter().try_for_each(check_keys)?;
        let mut pairs = self.chunks.iter().zip(self.chunks.iter().skip(1));
        pairs.try_for_each(|(last, next)| check_order(last, next))?;
        self.chunks.last().map_or(Ok(()), check_last)
    }

    /// The lines of these chunks, as they are written.
    pub(crate) fn encode(chunks: &[ChunkLine]) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = Vec::new();
        for chunk in chunks {
            bytes.extend_from_slice(&sealed::seal(serde_json::to_vec(chunk)?));
            bytes.push(line::NEWLINE);
        }
        Ok(bytes)
    }

    pub(crate) fn contains(&self, id: u64) -> bool {
        self.chunks
            .binary_search_by_key(&id, |chunk| chunk.chunk_id)
            .is_ok()
    }
}

/// The line and whether it was sealed.
fn parse(text: &mut [u8], sealed_only: bool) -> Result<(ChunkLine, bool), Broken> {
    let (object, sealed) = match sealed::unseal(text) {
        Unsealed::Valid(object) => (object, true),
        Unsealed::Absent(object)
            if sealed_only && serde_json::from_slice::<ChunkLine>(object).is_ok() =>
        {
            return Err((
                "a manifest line with its checksum".into(),
                line::preview(object),
            ));
        }
        Unsealed::Absent(object) => (object, false),
        Unsealed::Mismatch { computed, stored } => {
            return Err(sealed::wrong_checksum(computed, stored));
        }
    };
    let chunk: ChunkLine = serde_json::from_slice(object).map_err(|e| {
        (
            "a manifest line".to_string(),
            format!("{} ({e})", line::preview(object)),
        )
    })?;
    check_keys(&chunk)?;
    Ok((chunk, sealed))
}

fn check_keys(line: &ChunkLine) -> Result<(), Broken> {
    match line.max_order_key.filter(|max| *max < line.min_order_key) {
        None => Ok(()),
        Some(max) => Err((
            format!("max_order_key of at least {}", line.min_order_key),
            max.to_string(),
        )),
    }
}

fn check_last(last: &ChunkLine) -> Result<(), Broken> {
    match last.is_closed() {
        false => Ok(()),
        true => Err((
            "the line of an open chunk".into(),
            format!("closed chunk {:016x} as the last line", last.chunk_id),
        )),
    }
}

fn check_order(last: &ChunkLine, next: &ChunkLine) -> Result<(), Broken> {
    match last.max_order_key {
        None => Err((
            "no line after that of the open chunk".into(),
            format!("a line of chunk {:016x}", next.chunk_id),
        )),
        Some(max) if next.chunk_id <= max || next.chunk_id <= last.chunk_id => {
            Err((format!("a chunk id above {max}"), next.chunk_id.to_string()))
        }
        Some(_) => Ok(()),
    }
}
