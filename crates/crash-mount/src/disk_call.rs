//! A call that changed the mounted disk.

use serde::{Deserialize, Serialize};

/// A call that changed the mounted disk, or that says by which number later calls name a file.
///
/// Files have numbers, because a write may come through a handle whose name is gone. Paths begin at the root of
/// the mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskCall {
    /// A file that is there has this number from now on.
    Open {
        /// Its path.
        path: String,
        /// Its number.
        file: u64,
    },
    /// A file is made.
    Create {
        /// Its path.
        path: String,
        /// Its number.
        file: u64,
    },
    /// A directory is made.
    CreateDir {
        /// Its path.
        path: String,
    },
    /// Bytes are written.
    Write {
        /// To which file.
        file: u64,
        /// From this byte on.
        offset: u64,
        /// The bytes. In a log they stand behind the line.
        #[serde(skip)]
        bytes: Vec<u8>,
        /// How many they are.
        len: usize,
    },
    /// A file is cut or extended.
    SetLen {
        /// Which.
        file: u64,
        /// Its length from now on, in bytes.
        len: u64,
    },
    /// A file is synced: its data and what is needed to read them.
    SyncData {
        /// Which.
        file: u64,
    },
    /// A file is synced with everything.
    SyncAll {
        /// Which.
        file: u64,
    },
    /// A directory is synced.
    SyncDir {
        /// Its path.
        path: String,
    },
    /// A file or a directory is renamed.
    Rename {
        /// From this path.
        from: String,
        /// To this one.
        to: String,
    },
    /// A file's name is removed.
    Remove {
        /// Its path.
        path: String,
    },
    /// An empty directory is removed.
    RemoveDir {
        /// Its path.
        path: String,
    },
    /// A file gets one more name.
    Link {
        /// Which.
        file: u64,
        /// The name's path.
        path: String,
    },
    /// A range of a file is turned into zeros.
    Punch {
        /// Which.
        file: u64,
        /// From this byte on.
        offset: u64,
        /// How many bytes.
        len: u64,
    },
    /// The next call writes pages of a mapped file. The program wrote into them before, and a real kernel would have kept
    /// that for a process that is killed: what a kill leaves of such a program is not known.
    Mapped,
    /// The program asked for something that the disk does not know, and was refused. What it did then may not be
    /// what it does on a real disk.
    Unsupported {
        /// For what.
        what: String,
    },
}
