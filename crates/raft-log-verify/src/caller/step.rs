//! The kinds of steps that openraft's core takes.

use serde::{Deserialize, Serialize};

macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident = $name:literal),+ $(,)?) => {
        /// A kind of step that openraft's core takes. Recordings show an example of each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum CoreStep {
            $($(#[$doc])* $step),+
        }

        impl CoreStep {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$step),+];

            /// Its name in documents.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$step => $name),+ }
            }
        }
    };
}

steps! {
    /// The log is opened for the first time.
    OpenNew = "open, new",
    /// The log is opened again.
    OpenAgain = "open, again",
    /// State, vote or committed id are read.
    Ask = "read state, vote or committed id",
    /// A reader is made.
    Reader = "make a reader",
    /// A part of what is held is read.
    ReadPart = "read a part of what is held",
    /// Exactly what is held is read.
    ReadAll = "read all that is held",
    /// A reader asks for entries that a purge has removed meanwhile.
    ReadPurged = "read what has been purged meanwhile",
    /// A reader asks for entries that a truncate has removed meanwhile.
    ReadTruncated = "read what has been truncated meanwhile",
    /// Something is read while an append is not answered.
    ReadBesideAppend = "read beside an unanswered append",
    /// The first entries of a log.
    AppendFirst = "append to a new log",
    /// Entries of the leader of the last one.
    AppendSame = "append of the same leader",
    /// Entries of a later term.
    AppendLater = "append of a later term",
    /// Entries of several leaders in one batch.
    AppendMixed = "append of several leaders' entries",
    /// Entries behind a purge that has left nothing.
    AppendBehindPurge = "append to a log that is purged to its end",
    /// The log tells that an append is durable.
    Answered = "append answered",
    /// The last entry goes.
    TruncateLast = "truncate the last entry",
    /// Several entries go, others stay.
    TruncateMiddle = "truncate several entries",
    /// All that is held goes.
    TruncateAll = "truncate all that is held",
    /// Entries go, others stay.
    PurgeMiddle = "purge a part",
    /// All that is held goes.
    PurgeAll = "purge all that is held",
    /// The purge ends behind the last entry, as after a snapshot.
    PurgeBeyond = "purge beyond the end",
    /// A vote of a later term.
    VoteLater = "vote of a later term",
    /// A vote for a higher node in the same term.
    VoteHigherNode = "vote for a higher node in the same term",
    /// The vote is granted by a quorum.
    VoteGranted = "vote becomes granted",
    /// A higher committed id.
    CommittedForward = "committed id moves on",
    /// The process ends with nothing under way.
    StopIdle = "stop with nothing under way",
    /// The process ends while an append is not answered.
    StopInAppend = "stop inside an append",
}
