//! The entries of a Raft log of any type config, read as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use timevault::{FormatError, FormatPlugin, RecordRef};

use super::ids::AnyLogId;
use crate::ENTRY_FORMAT_ID;

/// Why an object that may be an entry of an unknown type is not understood.
const NO_LOG_ID: &str = "an object in which no log id was found";

/// Reads the entries of any Raft log, as JSON. Its id is that of
/// [`EntryFormat`](crate::EntryFormat), which reads those of one type config.
///
/// Understands openraft's own entries, and other types that hold the log id in a member, or the members of
/// the log id among their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnyEntry;

/// What an entry carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Nothing: a new leader's first entry.
    Blank,
    /// Data of the application.
    Normal,
    /// A membership.
    Membership,
    /// Of an entry type that is not openraft's: not known.
    Other,
}

/// An entry as it stands on the disk.
#[derive(Debug, Clone)]
pub struct EntryView<'a> {
    /// Its log id.
    pub log_id: AnyLogId,
    /// What it carries.
    pub kind: EntryKind,
    /// What it carries, as JSON; the whole entry if the kind is not known.
    pub payload: &'a str,
}

/// openraft's entry.
#[derive(Deserialize)]
struct Usual<'a> {
    log_id: AnyLogId,
    #[serde(borrow)]
    payload: Payload<'a>,
}

/// openraft's payload.
#[derive(Deserialize)]
enum Payload<'a> {
    Blank,
    #[serde(borrow)]
    Normal(&'a RawValue),
    #[serde(borrow)]
    Membership(&'a RawValue),
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Blank => "blank",
            Self::Normal => "normal",
            Self::Membership => "membership",
            Self::Other => "other",
        })
    }
}

impl<'a> EntryView<'a> {
    /// Reads an entry.
    ///
    /// # Errors
    /// When it is no JSON object on which a log id can be found.
    pub fn parse(json: &'a [u8]) -> Result<Self, FormatError> {
        if let Ok(Usual { log_id, payload }) = serde_json::from_slice(json) {
            let (kind, payload) = match payload {
                Payload::Blank => (EntryKind::Blank, ""),
                Payload::Normal(data) => (EntryKind::Normal, data.get()),
                Payload::Membership(data) => (EntryKind::Membership, data.get()),
            };
            return Ok(Self {
                log_id,
                kind,
                payload,
            });
        }
        let whole: &RawValue = serde_json::from_slice(json)
            .map_err(|e| FormatError::new(format!("not a log entry: {e}")))?;
        let log_id = find_log_id(whole).ok_or_else(|| FormatError::foreign(None, NO_LOG_ID))?;
        Ok(Self {
            log_id,
            kind: EntryKind::Other,
            payload: whole.get(),
        })
    }
}

/// The log id in an entry of a type that is not openraft's.
fn find_log_id(entry: &RawValue) -> Option<AnyLogId> {
    /// The log id's members among others.
    #[derive(Deserialize)]
    struct Flat {
        leader_id: super::AnyLeaderId,
        index: u64,
    }
    let parse = |value: &RawValue| serde_json::from_str::<AnyLogId>(value.get()).ok();
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(entry.get()).ok()?;
    let named = members.get("log_id").and_then(|value| parse(value));
    named
        .or_else(|| members.values().find_map(|value| parse(value)))
        .or_else(|| {
            let Flat { leader_id, index } = serde_json::from_str(entry.get()).ok()?;
            Some(AnyLogId { leader_id, index })
        })
}

impl FormatPlugin for AnyEntry {
    fn id(&self) -> &str {
        ENTRY_FORMAT_ID
    }

    fn encode(&self, _: RecordRef<'_>, _: &mut Vec<u8>) -> Result<(), FormatError> {
        Err(FormatError::new("this format only reads"))
    }

    fn decode<'a>(&self, object: &'a [u8]) -> Result<RecordRef<'a>, FormatError> {
        Ok(RecordRef {
            order_key: EntryView::parse(object)?.log_id.index,
            payload: object,
        })
    }

    fn dense_keys(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(json: &str) -> Option<(String, EntryKind, &str)> {
        let view = EntryView::parse(json.as_bytes()).ok()?;
        Some((view.log_id.to_string(), view.kind, view.payload))
    }

    fn text(kind: EntryKind, payload: &str) -> Option<(String, EntryKind, &str)> {
        Some(("T2-N1-7".to_owned(), kind, payload))
    }

    #[test]
    fn entries_of_openraft_and_of_other_types() {
        let id = r#""leader_id":{"term":2,"node_id":1},"index":7"#;
        for (payload, expected) in [
            (r#""Blank""#, (EntryKind::Blank, "")),
            (
                r#"{"Normal":{"a":[1]}}"#,
                (EntryKind::Normal, r#"{"a":[1]}"#),
            ),
            (
                r#"{"Membership":{"configs":[]}}"#,
                (EntryKind::Membership, r#"{"configs":[]}"#),
            ),
        ] {
            let json = format!(r#"{{"log_id":{{{id}}},"payload":{payload}}}"#);
            assert_eq!(view(&json), text(expected.0, expected.1));
        }
        for own in [
            format!(r#"{{"at":1,"id":{{{id}}},"text":null}}"#),
            format!(r#"{{"data":"x",{id}}}"#),
            format!(r#"{{"log_id":{{{id}}},"payload":{{"New":1}}}}"#),
        ] {
            assert_eq!(view(&own), text(EntryKind::Other, own.as_str()));
        }
    }

    #[test]
    fn what_holds_no_log_id_is_told_from_what_is_no_entry() {
        let refused = |json: &str| EntryView::parse(json.as_bytes()).unwrap_err();
        assert_eq!(refused(r#"{"index":1}"#).to_string(), NO_LOG_ID);
        assert!(refused(r#"{"index":1}"#).is_foreign());
        assert!(refused("[]").is_foreign());
        assert!(!refused(r#"{"index":"#).is_foreign());
    }
}
