//! What is in a partition, in a few lines: small files, ends, chunks.

use std::io::Write;

use openraft_timevault::LogStoreError;
use openraft_timevault::inspect::{AnyLogId, LogInspector, SmallFiles};
use openraft_timevault::timevault::Error;
use openraft_timevault::timevault::inspect::{ChunkSummary, Contents};
use serde_json::{Value, json};

use super::args::Format;
use super::dump_error::DumpError;
use super::is_log;
use super::printable;

/// What the summary tells.
struct Summary<'a> {
    contents: &'a Contents,
    /// `None` when one of them cannot be read.
    chunks: Option<Vec<ChunkSummary>>,
    first: Option<u64>,
    last: Option<u64>,
    /// How many entries; only of an intact Raft log, whose indexes have no gaps.
    entries: Option<u64>,
    log: Option<Log>,
}

/// What it tells of a Raft log.
struct Log {
    files: SmallFiles,
    first: Option<AnyLogId>,
    last: Option<AnyLogId>,
}

pub(super) fn write(
    out: &mut dyn Write,
    format: Format,
    inspector: &LogInspector,
    contents: &Contents,
) -> Result<(), DumpError> {
    // With damage, what can still be told is told, and the damage last.
    let mut failed = None;
    known(contents.check_gaps(), &mut failed);
    let (first, last) = (
        known(contents.first_key(), &mut failed),
        known(contents.last_key(), &mut failed),
    );
    let log_id = |index: Option<u64>| match index {
        Some(index) => inspector.first_log_id(contents, index..=index),
        None => Ok(None),
    };
    let log = is_log(contents).then(|| {
        let files = SmallFiles::read(&**inspector.partitions().fs(), contents.dir());
        let held = known(log_id(last), &mut failed);
        let purged = files.purged.as_ref().ok().cloned().flatten();
        Log {
            first: known(log_id(first), &mut failed),
            last: held.or(purged),
            files,
        }
    });
    let chunks = known(contents.chunks().map(Some), &mut failed);
    let count = first
        .zip(last)
        .map_or(0, |(first, last)| (last - first).saturating_add(1));
    let summary = Summary {
        contents,
        chunks,
        first,
        last,
        entries: (log.is_some() && failed.is_none()).then_some(count),
        log,
    };
    match format {
        Format::Human => summary.human(out)?,
        Format::Json => summary.json(out)?,
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// The value; nothing if it can't be had, and the first reason is kept.
fn known<T: Default>(result: Result<T, Error>, failed: &mut Option<Error>) -> T {
    result.unwrap_or_else(|error| {
        failed.get_or_insert(error);
        T::default()
    })
}

impl Summary<'_> {
    fn bytes(&self) -> Option<u64> {
        let chunks = self.chunks.as_ref()?;
        Some(chunks.iter().map(|chunk| chunk.bytes).sum())
    }

    fn human(&self, out: &mut dyn Write) -> Result<(), DumpError> {
        let contents = self.contents;
        writeln!(out, "partition {} ({})", contents.id(), contents.plugin())?;
        if let Some(log) = &self.log {
            log.human(out)?;
        } else {
            let key = |key: Option<u64>| key.map_or("-".into(), |key| key.to_string());
            writeln!(out, "  purged     {}", key(contents.purged()))?;
            writeln!(out, "  first      {}", key(self.first))?;
            writeln!(out, "  last       {}", key(self.last))?;
        }
        if let Some(entries) = self.entries {
            writeln!(out, "  entries    {entries}")?;
        }
        let chunks = self.chunks.as_deref().unwrap_or_default();
        if let Some(bytes) = self.bytes() {
            writeln!(out, "  bytes      {bytes} in {} chunks", chunks.len())?;
        }
        if chunks.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "  {:<16}  {:<6}  {:>23}  {:>11}  {:>6}",
            "chunk", "state", "keys", "bytes", "blocks"
        )?;
        for chunk in chunks {
            let keys = match chunk
                .last_key
                .or(self.last.filter(|last| *last >= chunk.id))
            {
                Some(last) => format!("{}..={last}", chunk.id),
                None => "-".into(),
            };
            let state = if chunk.open { "open" } else { "closed" };
            writeln!(
                out,
                "  {:016x}  {state:<6}  {keys:>23}  {:>11}  {:>6}",
                chunk.id, chunk.bytes, chunk.index_blocks
            )?;
        }
        Ok(())
    }

    fn json(&self, out: &mut dyn Write) -> Result<(), DumpError> {
        let chunk = |chunk: &ChunkSummary| {
            json!({
                "chunk": format!("{:016x}", chunk.id),
                "open": chunk.open,
                "id": chunk.id,
                "last_key": chunk.last_key,
                "bytes": chunk.bytes,
                "index_blocks": chunk.index_blocks,
            })
        };
        let chunks = self.chunks.as_ref();
        let chunks = chunks.map(|chunks| chunks.iter().map(chunk).collect::<Vec<_>>());
        let document = json!({
            "id": self.contents.id().to_string(),
            "dir": self.contents.dir(),
            "plugin": self.contents.plugin(),
            "purge_point": self.contents.purged(),
            "first_key": self.first,
            "last_key": self.last,
            "entries": self.entries,
            "bytes": self.bytes(),
            "log": self.log.as_ref().map(Log::json),
            "chunks": chunks,
        });
        Ok(writeln!(out, "{document}")?)
    }
}

impl Log {
    fn human(&self, out: &mut dyn Write) -> Result<(), DumpError> {
        let id = |id: Option<&AnyLogId>| id.map_or("-".into(), ToString::to_string);
        let files = &self.files;
        let vote = text(&files.vote, |vote| vote.to_string());
        let purged = text(&files.purged, |purged| purged.to_string());
        let committed = text(&files.committed, |committed| id(committed.as_ref()));
        for (name, value) in [
            ("vote", vote),
            ("purged", purged),
            ("committed", committed),
            ("first", id(self.first.as_ref())),
            ("last", id(self.last.as_ref())),
        ] {
            writeln!(out, "  {name:<9}  {}", printable(&value))?;
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let files = &self.files;
        json!({
            "vote": value(&files.vote),
            "purged": value(&files.purged),
            "committed": value(&files.committed),
            "first": self.first,
            "last": self.last,
        })
    }
}

/// The content of a small file for people.
fn text<T>(file: &Result<Option<T>, LogStoreError>, show: impl FnOnce(&T) -> String) -> String {
    match file {
        Ok(None) => "-".into(),
        Ok(Some(content)) => show(content),
        Err(error) => error.to_string(),
    }
}

/// The content of a small file for programs.
fn value<T: serde::Serialize>(file: &Result<Option<T>, LogStoreError>) -> Value {
    match file {
        Ok(content) => json!(content),
        Err(error) => json!({ "error": error.to_string() }),
    }
}
