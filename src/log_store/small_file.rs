//! The three small files of a log: vote, purge point, committed id. Each is one sealed JSON object
//! on one line.

use std::io;
use std::path::{Path, PathBuf};

use crash_disk::{self as fs, FileSystem};
use openraft::{LogId, NodeId, Vote};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use timevault::sealed::{self, Unsealed};

use super::core::{COMMITTED_FILE, PURGE_FILE, VOTE_FILE};
use super::encode;
use super::error::{EncodeError, LogStoreError};

/// A small file's content.
pub(crate) trait SmallFile: Serialize + DeserializeOwned {
    /// Its name in the partition's directory.
    const NAME: &'static str;
    /// What it holds, for error texts.
    const WHAT: &'static str;
}

/// Content of the vote file; null until the first vote.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct VoteFile<NID: NodeId> {
    // Through the function of the type, so that a missing member is an error and not `None`.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) vote: Option<Vote<NID>>,
}

/// Content of the purge file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct PurgeFile<NID: NodeId> {
    pub(crate) last_deleted: LogId<NID>,
}

/// Content of the committed file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct CommittedFile<NID: NodeId> {
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) committed: Option<LogId<NID>>,
}

impl<NID: NodeId> SmallFile for VoteFile<NID> {
    const NAME: &'static str = VOTE_FILE;
    const WHAT: &'static str = "vote";
}

impl<NID: NodeId> SmallFile for PurgeFile<NID> {
    const NAME: &'static str = PURGE_FILE;
    const WHAT: &'static str = "purged id";
}

impl<NID: NodeId> SmallFile for CommittedFile<NID> {
    const NAME: &'static str = COMMITTED_FILE;
    const WHAT: &'static str = "committed id";
}

/// The bytes of the file: the sealed object and a newline.
///
/// # Errors
/// [`LogStoreError::IdNotStorable`] when the content can't be written so that it is read back.
pub(crate) fn to_bytes<F: SmallFile + PartialEq>(content: &F) -> Result<Vec<u8>, LogStoreError> {
    let mut bytes = Vec::new();
    object(content, &mut bytes).map_err(|reason| LogStoreError::IdNotStorable {
        what: F::WHAT,
        reason,
    })?;
    let mut bytes = sealed::seal(bytes);
    bytes.push(b'\n');
    Ok(bytes)
}

/// Appends the object, which is read back and compared: it holds ids only, and a vote that comes back
/// as another one lets a node vote twice.
fn object<F: SmallFile + PartialEq>(content: &F, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let start = out.len();
    encode::object(content, out)?;
    let json = out.get(start..).unwrap_or_default();
    let read: F =
        serde_json::from_slice(json).map_err(|e| EncodeError::NotReadBack(e.to_string()))?;
    if read == *content {
        return Ok(());
    }
    Err(EncodeError::ReadBackAs {
        written: String::from_utf8_lossy(json).into_owned(),
        read: serde_json::to_string(&read).unwrap_or_else(|e| e.to_string()),
    })
}

/// Reads the file in directory `dir`; `None` when there is none.
///
/// # Errors
/// [`LogStoreError::Damaged`] when it is not what [`to_bytes`] wrote,
/// [`LogStoreError::FileNotThisType`] when it is what that wrote for other types,
/// [`LogStoreError::Io`] when it can't be read.
pub(crate) fn read<F: SmallFile>(
    fs: &dyn FileSystem,
    dir: &Path,
) -> Result<Option<F>, LogStoreError> {
    let path = dir.join(F::NAME);
    match fs::read_whole(fs, &path) {
        Ok(bytes) => parse(bytes)
            .map(Some)
            .map_err(|unread| unread.at::<F>(path)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(LogStoreError::io("read", &path, e)),
    }
}

/// Why a file can't be read.
enum Unread {
    Damaged {
        offset: usize,
        expected: String,
        found: String,
    },
    /// Its checksum is right and its content is an object of another type.
    Foreign(serde_json::Error),
}

impl Unread {
    fn at<F: SmallFile>(self, path: PathBuf) -> LogStoreError {
        match self {
            Self::Damaged {
                offset,
                expected,
                found,
            } => LogStoreError::Damaged {
                path,
                offset: offset as u64,
                expected,
                found,
            },
            Self::Foreign(said) => LogStoreError::FileNotThisType {
                path,
                what: F::WHAT,
                reason: said.to_string(),
            },
        }
    }
}

fn parse<F: SmallFile>(mut bytes: Vec<u8>) -> Result<F, Unread> {
    // As in the metadata of the partition: white space behind the checksum says nothing.
    bytes.truncate(bytes.trim_ascii_end().len());
    let len = bytes.len();
    let object = match sealed::unseal(&mut bytes) {
        Unsealed::Valid(object) => object,
        Unsealed::Absent(_) => {
            return Err(Unread::Damaged {
                offset: 0,
                expected: "one JSON object that ends with its checksum".into(),
                found: format!("{len} bytes that do not"),
            });
        }
        Unsealed::Mismatch { computed, stored } => {
            let (expected, found) = sealed::wrong_checksum(computed, stored);
            return Err(Unread::Damaged {
                offset: 0,
                expected,
                found,
            });
        }
    };
    serde_json::from_slice(object).map_err(|said| {
        match serde_json::from_slice::<&RawValue>(object) {
            Ok(_) => Unread::Foreign(said),
            Err(e) => Unread::Damaged {
                // The object is one line, so the column is the place.
                offset: e.column().saturating_sub(1),
                expected: format!("a {}", F::WHAT),
                found: e.to_string(),
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use openraft::CommittedLeaderId;

    use super::*;

    type Purge = PurgeFile<u64>;

    fn purge() -> Purge {
        PurgeFile {
            last_deleted: LogId::new(CommittedLeaderId::new(3, 0), 42),
        }
    }

    #[test]
    fn what_is_written_can_be_read_and_every_changed_byte_shows() {
        let bytes = to_bytes(&purge()).unwrap_or_default();
        assert!(
            bytes.starts_with(br#"{"last_deleted":{"leader_id":"#) && bytes.ends_with(b"\"}\n")
        );
        let read = parse::<Purge>(bytes.clone())
            .ok()
            .map(|file| file.last_deleted);
        assert_eq!(read, Some(purge().last_deleted));
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 0x04;
            assert!(parse::<Purge>(bad).is_err(), "byte {at}");
            // The newline is all that may be missing, and white space all that may be added.
            let cut = parse::<Purge>(bytes[..at].to_vec());
            assert_eq!(cut.is_ok(), at == bytes.len() - 1, "cut at {at}");
        }
        for (behind, ok) in [("\n", true), (" \r\n", true), ("{}", false), ("\0", false)] {
            let longer = [&bytes, behind.as_bytes()].concat();
            assert_eq!(parse::<Purge>(longer).is_ok(), ok, "{behind:?}");
        }
    }

    #[test]
    fn null_is_a_vote_and_a_missing_member_is_none() {
        let null = sealed::seal(br#"{"vote":null}"#.to_vec());
        assert!(parse::<VoteFile<u64>>(null).is_ok_and(|file| file.vote.is_none()));
        for text in ["{}", r#"{"committed":null}"#, r#"{"vote":1}"#] {
            let sealed = sealed::seal(text.as_bytes().to_vec());
            assert!(parse::<VoteFile<u64>>(sealed).is_err(), "{text}");
        }
    }
}
