//! The only place where an error of the log store becomes one of openraft.

use openraft::{AnyError, ErrorSubject, ErrorVerb, NodeId, StorageError, StorageIOError};

use super::error::LogStoreError;

/// The call of the storage traits that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    ReadLogs,
    LogState,
    Append,
    Truncate,
    Purge,
    ReadVote,
    SaveVote,
    ReadCommitted,
    SaveCommitted,
}

impl Call {
    /// The error as openraft takes it: what was tried with what, and the error itself as its
    /// source.
    pub(super) fn failed<NID: NodeId>(self, error: &LogStoreError) -> StorageError<NID> {
        let (subject, verb) = match self {
            Self::ReadLogs => (entry_or(error, ErrorSubject::Logs), ErrorVerb::Read),
            Self::LogState => (ErrorSubject::Logs, ErrorVerb::Read),
            Self::Append => (entry_or(error, ErrorSubject::Logs), ErrorVerb::Write),
            Self::Truncate | Self::Purge => (ErrorSubject::Logs, ErrorVerb::Delete),
            Self::ReadVote => (ErrorSubject::Vote, ErrorVerb::Read),
            Self::SaveVote => (ErrorSubject::Vote, ErrorVerb::Write),
            Self::ReadCommitted => (ErrorSubject::Store, ErrorVerb::Read),
            Self::SaveCommitted => (ErrorSubject::Store, ErrorVerb::Write),
        };
        StorageIOError::new(subject, verb, AnyError::new(error)).into()
    }
}

/// The one entry that the error is about, if it is about one.
fn entry_or<NID: NodeId>(error: &LogStoreError, other: ErrorSubject<NID>) -> ErrorSubject<NID> {
    match error {
        LogStoreError::Hole {
            attempted: index, ..
        }
        | LogStoreError::NotAscending { index, .. }
        | LogStoreError::NotStorable { index, .. }
        | LogStoreError::NotThisType { index, .. }
        | LogStoreError::BadEntry { index, .. }
        | LogStoreError::MissingEntry { index } => ErrorSubject::LogIndex(*index),
        _ => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(call: Call, error: &LogStoreError) -> String {
        call.failed::<u64>(error).to_string()
    }

    #[test]
    fn subject_verb_and_cause_are_told() {
        let hole = LogStoreError::Hole {
            expected: 3,
            attempted: 7,
        };
        assert_eq!(
            text(Call::Append, &hole).split(": ").next(),
            Some("when Write LogIndex(7)"),
        );
        assert!(text(Call::Append, &hole).contains("append at index 7 leaves a hole, expected 3"));
        let closed = LogStoreError::Closed;
        for (call, start) in [
            (Call::ReadLogs, "when Read Logs"),
            (Call::LogState, "when Read Logs"),
            (Call::Append, "when Write Logs"),
            (Call::Truncate, "when Delete Logs"),
            (Call::Purge, "when Delete Logs"),
            (Call::ReadVote, "when Read Vote"),
            (Call::SaveVote, "when Write Vote"),
            (Call::ReadCommitted, "when Read Store"),
            (Call::SaveCommitted, "when Write Store"),
        ] {
            assert!(text(call, &closed).starts_with(start), "{call:?}");
            assert!(text(call, &closed).contains("closed"), "{call:?}");
        }
    }
}
