//! Rule `entry-fidelity`.

use super::rule::{Rule, Severity, Violation};
use crate::log::ReadEntry;
use crate::reference::LogImage;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "entry-fidelity",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "what is read equals what was appended: id and payload, blank, normal (0 B to 1 MiB, \
              any Unicode, control characters, number extremes, deep nesting), membership (joint, \
              learners); what cannot be read back is refused, not acknowledged",
    source: "openraft's own Suite never writes a normal entry",
    breach: "an entry is read back changed",
    meaning: "nodes apply different commands at the same index, and their state machines drift \
              apart",
    not_compared: "types of the payload that the fingerprint of the subject does not show",
};

/// Compares the content of entries that were read with that of the same ids in `image`.
///
/// # Errors
/// An entry has another content than the one appended.
pub fn check_read(read: &[ReadEntry], image: &LogImage) -> Result<(), Violation> {
    if !read.is_empty() {
        RULE.judged();
    }
    for seen in read {
        let Some(stored) = image.entries.get(&seen.id.index) else { continue };
        if seen.id == stored.id && seen.fingerprint != stored.fingerprint {
            return Err(RULE.broken(format!(
                "entry {} reads as {}, appended was {}",
                seen.id,
                excerpt(&seen.fingerprint),
                excerpt(&stored.fingerprint)
            )));
        }
    }
    Ok(())
}

/// The violation of an entry that was acknowledged though it cannot be read back.
#[must_use]
pub fn acknowledged_unreadable(what: &str) -> Violation {
    RULE.broken(format!("an entry that cannot be read back was acknowledged: {what}"))
}

fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 300;
    let text = String::from_utf8_lossy(bytes.get(..SHOWN).unwrap_or(bytes));
    if bytes.len() > SHOWN { format!("{text}... ({} bytes)", bytes.len()) } else { text.into() }
}
