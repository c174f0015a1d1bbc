//! The result of a check for people.

use std::io::{self, Write};
use std::path::Path;

use crash_disk::LockState;
use openraft_timevault::inspect::{AnyLogId, LogReport, LogState};
use openraft_timevault::timevault::inspect::{ChunkReport, EMPTY_PARTITION, Finding, Severity};

use super::checked::Checked;
use super::{EMPTY, printable, shown, writer};

pub(super) fn write(out: &mut dyn Write, dir: &Path, checked: &Checked) -> io::Result<()> {
    let Checked { target, reports } = checked;
    let what = match (&target.root, reports.len()) {
        (Some(_), 1) => "1 partition".into(),
        (None, _) => "a partition that stands alone".into(),
        (Some(_), count) => format!("{count} partitions"),
    };
    let dir = printable(&dir.display().to_string());
    writeln!(out, "{dir}: {what}, {}", writer(target))?;
    if target.lock == LockState::Held {
        writeln!(
            out,
            "  what is being written right now may look like something a crash left"
        )?;
    }
    for report in reports {
        writeln!(out)?;
        partition(out, report)?;
    }
    let root = target.root.clone().unwrap_or_default();
    for finding in &target.findings {
        self::finding(out, &root, finding)?;
    }
    writeln!(out)?;
    verdict(out, checked)
}

/// The last line: the verdict on the whole target.
fn verdict(out: &mut dyn Write, checked: &Checked) -> io::Result<()> {
    let chunks = || {
        checked
            .reports
            .iter()
            .flat_map(|report| &report.partition.chunks)
    };
    let records: u64 = chunks().map(|chunk| chunk.records).sum();
    let bytes: u64 = chunks().map(|chunk| chunk.bytes).sum();
    let read = format!("{records} records, {bytes} bytes read");
    let name = checked.verdict_name();
    if name == EMPTY {
        return writeln!(out, "{}: {}", EMPTY.to_uppercase(), empty(checked));
    }
    let unchecked: u64 = chunks().map(|chunk| chunk.unchecked_records).sum();
    let lines = checked.reports.iter();
    let lines: u64 = lines.map(|report| report.partition.unchecked_lines).sum();
    let text = match checked.verdict() {
        Severity::Note if unchecked + lines > 0 => "nothing is wrong with what can be checked",
        Severity::Note => "everything is as it was written",
        Severity::RecoveryPending => "healthy; the next open mends what a crash left",
        Severity::NotJudged => "something could not be looked at, see above",
        Severity::Damage => "no crash leaves it like that; see docs/operations.md",
    };
    if unchecked > 0 {
        writeln!(
            out,
            "{unchecked} of {records} records carry no checksum: of these only the form is known"
        )?;
    }
    if lines > 0 {
        writeln!(
            out,
            "{lines} lines of metadata and manifest carry no checksum: of these only the form is known"
        )?;
    }
    writeln!(out, "{}: {text} ({read})", name.to_uppercase())
}

/// Says what an empty store lacks: partitions, or their files.
fn empty(checked: &Checked) -> String {
    if checked.target.is_empty() {
        return "the store holds no partition; is this the right directory?".into();
    }
    let none = |finding: &&Finding| *finding.kind == EMPTY_PARTITION;
    let (without, all) = (
        checked.findings().filter(none).count(),
        checked.reports.len(),
    );
    match (without, all) {
        (1, 1) => "the partition holds no file; was there ever one?".into(),
        _ => format!("{without} of {all} partitions hold no file; was there ever one?"),
    }
}

fn partition(out: &mut dyn Write, report: &LogReport) -> io::Result<()> {
    let LogReport { partition, log, .. } = report;
    let id = partition
        .id
        .map_or_else(|| "of unknown id".into(), |id| id.to_string());
    let plugin = partition.plugin.as_deref().unwrap_or("format not known");
    writeln!(out, "partition {id} ({plugin})")?;
    if let Some(log) = log {
        state(out, log)?;
    } else if let Some(purged) = partition.purged {
        writeln!(out, "  purged up to {purged}")?;
    }
    chunks(out, &partition.chunks)?;
    for finding in &partition.findings {
        self::finding(out, &partition.dir, finding)?;
    }
    Ok(())
}

fn state(out: &mut dyn Write, log: &LogState) -> io::Result<()> {
    let id = |id: &Option<AnyLogId>| id.as_ref().map_or("-".into(), ToString::to_string);
    let vote = || log.vote.as_ref().map_or("-".into(), ToString::to_string);
    let vote = log.vote_error.map_or_else(vote, Into::into);
    let purged = log.purged_error.map_or_else(|| id(&log.purged), Into::into);
    writeln!(out, "  vote       {}", printable(&vote))?;
    writeln!(out, "  purged     {}", printable(&purged))?;
    writeln!(out, "  committed  {}", printable(&id(&log.committed)))?;
    writeln!(out, "  last       {}", printable(&id(&log.last)))
}

fn chunks(out: &mut dyn Write, chunks: &[ChunkReport]) -> io::Result<()> {
    if chunks.is_empty() {
        return writeln!(out, "  no chunks");
    }
    writeln!(
        out,
        "  {:<16}  {:<6}  {:>9}  {:>9}  {:>23}  {:>11}  {:>6}",
        "chunk", "state", "records", "hidden", "keys", "bytes", "blocks"
    )?;
    for chunk in chunks {
        let keys = match (chunk.first_key, chunk.last_key) {
            (Some(first), Some(last)) => format!("{first}..={last}"),
            _ => "-".into(),
        };
        let state = if chunk.open { "open" } else { "closed" };
        writeln!(
            out,
            "  {:016x}  {state:<6}  {:>9}  {:>9}  {keys:>23}  {:>11}  {:>6}",
            chunk.id, chunk.records, chunk.hidden, chunk.bytes, chunk.index_blocks
        )?;
    }
    Ok(())
}

/// One finding: where, what, what it means, what to do.
pub(super) fn finding(out: &mut dyn Write, dir: &Path, finding: &Finding) -> io::Result<()> {
    let kind = finding.kind;
    let severity = kind.severity.name().to_uppercase();
    let path = shown(dir, &finding.path);
    writeln!(out)?;
    let at = finding.offset.map(|offset| format!(" at {offset}"));
    let at = at.unwrap_or_default();
    writeln!(out, "  {severity}  {}  {path}{at}", kind.name)?;
    let found = printable(&finding.found);
    if finding.expected.is_empty() {
        writeln!(out, "    found       {found}")?;
    } else {
        writeln!(out, "    expected    {}", printable(&finding.expected))?;
        writeln!(out, "    found       {found}")?;
    }
    writeln!(out, "    meaning     {}", kind.meaning)?;
    writeln!(out, "    what to do  {}", finding.action())
}
