//! The result of a check for programs: one JSON document on one line.

use std::io::{self, Write};

use crash_disk::LockState;
use openraft_timevault::inspect::{LogReport, LogState};
use openraft_timevault::timevault::inspect::{ChunkReport, Finding, Target};
use serde_json::{Value, json};

use super::checked::Checked;
use super::verdict_name;

pub(super) fn write(out: &mut dyn Write, checked: &Checked) -> io::Result<()> {
    let partitions: Vec<Value> = checked.reports.iter().map(partition).collect();
    let document = json!({
        "root": checked.target.root,
        "in_use": in_use(&checked.target),
        "verdict": checked.verdict_name(),
        "findings": checked.target.findings.iter().map(finding).collect::<Vec<_>>(),
        "partitions": partitions,
    });
    writeln!(out, "{document}")
}

/// `null` where it is not known.
fn in_use(target: &Target) -> Option<bool> {
    match target.lock {
        LockState::Held => Some(true),
        LockState::NotSeen => Some(false),
        LockState::Unknown => None,
    }
}

fn partition(report: &LogReport) -> Value {
    let LogReport { partition, log, .. } = report;
    json!({
        "id": partition.id.map(|id| id.to_string()),
        "dir": partition.dir,
        "plugin": partition.plugin,
        "verdict": verdict_name(partition.severity(), &partition.findings),
        "purge_point": partition.purged,
        "first_key": partition.first_key(),
        "last_key": partition.last_key(),
        "log": log.as_ref().map(state),
        "unchecked_lines": partition.unchecked_lines,
        "chunks": partition.chunks.iter().map(chunk).collect::<Vec<_>>(),
        "findings": partition.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn state(log: &LogState) -> Value {
    let error = |error: &str| json!({ "error": error });
    json!({
        "vote": log.vote_error.map_or_else(|| json!(log.vote), error),
        "purged": log.purged_error.map_or_else(|| json!(log.purged), error),
        "committed": log.committed,
        "last": log.last,
    })
}

fn chunk(chunk: &ChunkReport) -> Value {
    json!({
        "chunk": format!("{:016x}", chunk.id),
        "open": chunk.open,
        "bytes": chunk.bytes,
        "records": chunk.records,
        "unchecked_records": chunk.unchecked_records,
        "hidden_records": chunk.hidden,
        "first_key": chunk.first_key,
        "last_key": chunk.last_key,
        "index_blocks": chunk.index_blocks,
        "unindexed_records": chunk.unindexed_records,
        "fill_bytes": chunk.fill_bytes,
        "torn_bytes": chunk.torn_bytes,
        "damaged_lines": chunk.damaged_lines,
        "index_repairable": chunk.index_repairable,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "kind": finding.kind.name,
        "severity": finding.kind.severity.name(),
        "path": finding.path,
        "offset": finding.offset,
        "expected": finding.expected,
        "found": finding.found,
        "meaning": finding.kind.meaning,
        "action": finding.action(),
    })
}
