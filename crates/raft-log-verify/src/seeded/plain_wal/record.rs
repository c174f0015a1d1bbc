//! A line of the log file.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Switches;
use crate::log::{Content, Grown, LogId, Vote};
use crate::seeded::Bug;

/// An entry, encoded once; what is read is decoded from it.
#[derive(Debug, Clone)]
pub(crate) struct Encoded {
    pub(crate) id: LogId,
    pub(crate) json: Arc<str>,
}

/// What a line of the log file says. An entry stands there as its own JSON, without a name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Record {
    #[serde(skip)]
    Entry(Encoded),
    Truncate(u64),
    Purge(LogId),
    Committed(Option<LogId>),
    /// Only where the vote is kept in the log.
    Vote(Vote),
    /// The store was closed with nothing pending: damage in the line before is no torn tail.
    Closed,
}

impl Encoded {
    /// Encodes an entry; one that does not decode to the same again is refused.
    pub(crate) fn new(entry: &Grown, bugs: Switches) -> Result<Self, String> {
        let mut json = serde_json::to_string(entry).map_err(|error| error.to_string())?;
        let read = serde_json::from_str::<Grown>(&json);
        let read = read.map_err(|error| error.to_string());
        let readable = read.and_then(|read| match read == *entry {
            true => Ok(()),
            false => Err("it is read back as another one".to_owned()),
        });
        if bugs.has(Bug::NumbersAsFloats) {
            json = through_floats(&json).unwrap_or(json);
        }
        if bugs.has(Bug::ControlUnescaped) {
            json = json.replace("\\u00", "00");
        }
        match readable {
            Ok(()) => {}
            Err(_) if bugs.has(Bug::UnstorableAcknowledged) => {}
            Err(_) if bugs.has(Bug::UnstorableBecomesBlank) => {
                let blank = Grown {
                    id: entry.id,
                    content: Content::Blank,
                };
                json = serde_json::to_string(&blank).map_err(|error| error.to_string())?;
            }
            Err(error) => return Err(format!("entry {} cannot be stored: {error}", entry.id)),
        }
        Ok(Self {
            id: entry.id,
            json: json.into(),
        })
    }

    pub(crate) fn decode(&self) -> Result<Grown, String> {
        serde_json::from_str(&self.json).map_err(|error| error.to_string())
    }
}

/// The same JSON with its largest numbers as a careless encoder writes them.
fn through_floats(json: &str) -> Option<String> {
    const EXACT: u64 = 1 << 53;
    let mut entry: Grown = serde_json::from_str(json).ok()?;
    if let Content::Normal(payload) = &mut entry.content {
        payload.unsigned = payload.unsigned / EXACT * EXACT + payload.unsigned % EXACT / 2 * 2;
    }
    serde_json::to_string(&entry).ok()
}

impl Record {
    pub(crate) fn is_entry(&self) -> bool {
        matches!(self, Self::Entry(_))
    }

    /// The line, newline included.
    pub(crate) fn line(&self) -> Result<String, String> {
        if let Self::Entry(entry) = self {
            return Ok(sealed(&entry.json));
        }
        let json = serde_json::to_string(self).map_err(|error| error.to_string())?;
        Ok(sealed(&json))
    }

    /// What a line says, if it is whole.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let line = unsealed(line)?;
        if let Ok(record) = serde_json::from_str(line) {
            return Some(record);
        }
        let entry: Grown = serde_json::from_str(line).ok()?;
        Some(Self::Entry(Encoded {
            id: entry.id,
            json: line.into(),
        }))
    }
}

/// Bytes that end a line: a tab, sixteen digits, a newline.
pub(crate) const SEAL_BYTES: usize = 18;

/// A line: the JSON, a tab, its checksum, a newline.
pub(crate) fn sealed(json: &str) -> String {
    format!("{json}\t{:016x}\n", checksum(json))
}

/// The JSON of a line without its newline, if the checksum is right.
pub(crate) fn unsealed(line: &str) -> Option<&str> {
    let (json, sum) = line.rsplit_once('\t')?;
    (sum == format!("{:016x}", checksum(json))).then_some(json)
}

/// FNV-1a: a changed byte always changes it.
fn checksum(text: &str) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    text.bytes().fold(OFFSET, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}
