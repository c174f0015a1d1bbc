//! The verbs that look at a store on the disk: `check`, `dump`, `repair`.

mod args;
mod bar;
pub(crate) mod check;
mod check_json;
mod check_table;
mod checked;
pub(crate) mod dump;
mod dump_entries;
mod dump_error;
mod dump_summary;
mod range;
pub(crate) mod repair;

use std::path::Path;

use crash_disk::LockState;
use openraft_timevault::timevault::inspect::{
    Contents, EMPTY_PARTITION, Finding, Severity, Target,
};

#[cfg(feature = "campaign")]
pub(crate) use args::Format;
pub(crate) use args::{CheckArgs, DumpArgs, RepairArgs};

use crate::exit::Exit;

/// How `check`, `dump` and `repair` end, for `--help`.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0  healthy; also after a crash, when the next open mends what it left
  1  damage, which no crash leaves
  2  wrong usage, nothing there, or something could not be looked at

docs/operations.md says what each finding means and what to do about it.";

/// The verdict on a store without a partition, and on a partition without a file.
const EMPTY: &str = "empty";

/// The exit code of a verdict.
fn exit(verdict: Severity) -> Exit {
    match verdict {
        Severity::Note | Severity::RecoveryPending => Exit::Clean,
        Severity::NotJudged => Exit::Usage,
        Severity::Damage => Exit::Violation,
    }
}

/// A verdict in one word or two; it rests on these findings. Where nothing could be judged because
/// no partition holds a file, it is [`EMPTY`].
fn verdict_name<'a>(
    verdict: Severity,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> &'static str {
    let not_judged = |finding: &&Finding| finding.kind.severity == Severity::NotJudged;
    let mut not_judged = findings.into_iter().filter(not_judged);
    match verdict {
        Severity::Note => "healthy",
        Severity::NotJudged if not_judged.all(|finding| *finding.kind == EMPTY_PARTITION) => EMPTY,
        other => other.name(),
    }
}

/// Whether a writer is at the store, in words.
fn writer(target: &Target) -> String {
    match target.lock {
        LockState::Held => format!("IN USE by {}", printable(&target.holder)),
        LockState::NotSeen => "no writer seen".into(),
        LockState::Unknown => "whether it is in use is not known".into(),
    }
}

/// A path as a person wants to see it: below the partition's directory where it stands there.
fn shown(dir: &Path, path: &Path) -> String {
    match path.strip_prefix(dir) {
        Ok(rest) if rest.as_os_str().is_empty() => "the partition".into(),
        Ok(rest) => printable(&rest.display().to_string()),
        Err(_) => printable(&path.display().to_string()),
    }
}

/// Text from the disk, with what could steer a terminal made visible.
fn printable(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().fold(String::new(), |mut out, c| {
        if steers(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}

/// Whether the partition holds a Raft log.
fn is_log(contents: &Contents) -> bool {
    contents.plugin() == openraft_timevault::ENTRY_FORMAT_ID
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_made_visible() {
        let text = "plain é 漢 \u{1b}[31m \u{9b}2J \u{202e}";
        assert_eq!(printable(text), r"plain é 漢 \u{1b}[31m \u{9b}2J \u{202e}");
    }
}
