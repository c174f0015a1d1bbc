//! The records of a partition as a table or as JSON lines, streamed.

use std::cell::Cell;
use std::io::{self, Write};
use std::ops::{ControlFlow, RangeInclusive};

use openraft_timevault::inspect::{AnyLeaderId, AnyLogId, EntryKind, EntryView, LOG_ID_ORDER};
use openraft_timevault::timevault::Error;
use openraft_timevault::timevault::inspect::{Contents, Finding, StoredRecord};
use serde::Serialize;
use serde_json::value::RawValue;

use super::args::{DumpArgs, Format};
use super::dump_error::DumpError;
use super::{is_log, printable, shown};
use crate::out;

/// Characters of a payload that a table shows.
const PREVIEW: usize = 48;

/// Entries out of order that are told one by one.
const MAX_TOLD: usize = 8;

/// A record as a JSON line.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    key: Key<'a>,
    bytes: usize,
    chunk: &'a str,
    offset: u64,
    starts_batch: bool,
    payload: Option<&'a RawValue>,
}

/// The fields that a JSON line begins with.
#[derive(Serialize)]
#[serde(untagged)]
enum Key<'a> {
    Entry {
        index: u64,
        leader_id: &'a AnyLeaderId,
        kind: String,
    },
    Record {
        key: u64,
    },
}

/// A record as it is shown.
struct Row<'a> {
    record: &'a StoredRecord<'a>,
    entry: Option<EntryView<'a>>,
    payload: &'a str,
    chunk: String,
}

/// Notices log ids that do not ascend.
#[derive(Default)]
struct Order {
    previous: Option<AnyLogId>,
}

impl Order {
    /// The next entry of the log.
    fn next(&mut self, record: &StoredRecord<'_>, log_id: &AnyLogId) -> Option<Finding> {
        let previous = self.previous.replace(log_id.clone())?;
        if previous < *log_id {
            return None;
        }
        let finding = Finding::new(&LOG_ID_ORDER, record.path, log_id.to_string());
        let expected = format!("a log id above {previous}");
        Some(finding.at(record.offset).expected(expected))
    }
}

/// Writes the records of the range. What is wrong with the order of those goes to `wrong`.
pub(super) fn write(
    out: &mut dyn Write,
    args: &DumpArgs,
    contents: &Contents,
    range: &RangeInclusive<u64>,
    wrong: &mut Vec<Finding>,
) -> Result<(), DumpError> {
    let log = is_log(contents);
    if args.format == Format::Human && args.entry.is_none() {
        header(out, log)?;
    }
    let (mut count, mut failed) = (0_u64, None);
    let mut order = Order::default();
    // The entry before the first one shows whether that one is in order.
    let before = range.start().saturating_sub(u64::from(log));
    let seen = Cell::new(false);
    let mut visit = |record: &StoredRecord<'_>| {
        seen.set(true);
        let row = Row::new(contents, record, log);
        let id = row.entry.as_ref().map(|entry| &entry.log_id);
        let disorder = id.and_then(|id| order.next(record, id));
        if record.order_key < *range.start() {
            return ControlFlow::Continue(());
        }
        wrong.extend(disorder.filter(|_| wrong.len() < MAX_TOLD));
        count += 1;
        let written = match (args.format, args.entry) {
            (Format::Json, _) => row.json(out),
            (Format::Human, None) => row.table(out),
            (Format::Human, Some(_)) => row.whole(out),
        };
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    };
    let mut scanned = contents.scan(before..=*range.end(), &mut visit);
    if !seen.get() && before < *range.start() && matches!(scanned, Err(Error::Damaged { .. })) {
        // The entry before the range cannot be read; the entries of the range are shown all the same.
        scanned = contents.scan(range.clone(), &mut visit).and(scanned);
    }
    scanned?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    match args.entry {
        Some(key) if count == 0 => Err(no_entry(contents, key)?),
        None if count == 0 => {
            out::note(format_args!("no entries there: {}", held(contents)?));
            Ok(())
        }
        _ => Ok(()),
    }
}

fn no_entry(contents: &Contents, key: u64) -> Result<DumpError, DumpError> {
    let held = held(contents)?;
    let purged = match contents.purged() {
        Some(purged) if key <= purged => format!(", and is purged up to {purged}"),
        _ => String::new(),
    };
    let text = format!("the partition has no record {key}: {held}{purged}");
    Ok(DumpError::NoSuchEntry(text))
}

/// Which entries there are, in words.
fn held(contents: &Contents) -> Result<String, DumpError> {
    Ok(match contents.first_key()?.zip(contents.last_key()?) {
        Some((first, last)) => format!("it holds {first}..={last}"),
        None => "it holds none".into(),
    })
}

fn header(out: &mut dyn Write, log: bool) -> io::Result<()> {
    if log {
        writeln!(
            out,
            "{:>20}  {:<12}  {:<10}  {:>9}  payload",
            "index", "leader", "kind", "bytes"
        )
    } else {
        writeln!(out, "{:>20}  {:>9}  payload", "key", "bytes")
    }
}

impl<'a> Row<'a> {
    fn new(contents: &Contents, record: &'a StoredRecord<'a>, log: bool) -> Self {
        let entry = log.then(|| EntryView::parse(record.payload).ok()).flatten();
        let whole = std::str::from_utf8(record.payload).unwrap_or_default();
        Self {
            payload: entry.as_ref().map_or(whole, |entry| entry.payload),
            entry,
            record,
            chunk: shown(contents.dir(), record.path),
        }
    }

    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        let (key, bytes) = (self.record.order_key, self.payload.len());
        let mut preview: String = self.payload.chars().take(PREVIEW).collect();
        if preview.len() < self.payload.len() {
            preview.push('…');
        }
        let preview = printable(&preview);
        match &self.entry {
            Some(entry) => {
                let leader = printable(&entry.log_id.leader_id.to_string());
                let kind = entry.kind;
                let line = format!("{key:>20}  {leader:<12}  {kind:<10}  {bytes:>9}  {preview}");
                writeln!(out, "{}", line.trim_end())
            }
            None => writeln!(out, "{key:>20}  {bytes:>9}  {preview}"),
        }
    }

    fn whole(&self, out: &mut dyn Write) -> io::Result<()> {
        let record = self.record;
        match &self.entry {
            Some(entry) => {
                writeln!(out, "log id   {}", printable(&entry.log_id.to_string()))?;
                writeln!(out, "kind     {}", entry.kind)?;
            }
            None => writeln!(out, "key      {}", record.order_key)?,
        }
        let batch = if record.starts_batch {
            ", starts a batch"
        } else {
            ""
        };
        writeln!(
            out,
            "stored   {} at {}, {} bytes{batch}",
            self.chunk, record.offset, record.len
        )?;
        writeln!(out, "payload  {} bytes", self.payload.len())?;
        if !self.payload.is_empty() {
            writeln!(out, "{}", printable(self.payload))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let record = self.record;
        let payload = match &self.entry {
            Some(entry) if entry.kind == EntryKind::Blank => None,
            _ => Some(serde_json::from_str::<&RawValue>(self.payload).map_err(io::Error::other)?),
        };
        let line = Line {
            key: match &self.entry {
                Some(entry) => Key::Entry {
                    index: record.order_key,
                    leader_id: &entry.log_id.leader_id,
                    kind: entry.kind.to_string(),
                },
                None => Key::Record {
                    key: record.order_key,
                },
            },
            bytes: self.payload.len(),
            chunk: &self.chunk,
            offset: record.offset,
            starts_batch: record.starts_batch,
            payload,
        };
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)
    }
}
