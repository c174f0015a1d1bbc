//! The mutating calls of a run.

use std::sync::Arc;

use super::ino::Ino;
use super::op::Op;
use crate::{CallKind, SyncSite};

/// What a call did to durability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: its micro-operations are pending.
    None,
    /// Everything pending of this file became durable.
    FileSynced(Ino),
    /// Everything pending of this directory became durable.
    DirSynced(Ino),
    /// A sync of this file failed: its pending data counts as clean and is never written.
    FileSyncFailed(Ino),
}

/// One mutating call.
#[derive(Debug)]
pub(super) struct CallRecord {
    pub(super) kind: CallKind,
    pub(super) path: Arc<str>,
    /// What it did, in a few words, after kind and path.
    pub(super) detail: Detail,
    pub(super) site: Option<SyncSite>,
    pub(super) ops: Vec<Arc<Op>>,
    pub(super) effect: Effect,
}

/// What a call did beside its path.
#[derive(Debug, Clone)]
pub(super) enum Detail {
    Plain,
    /// Bytes written at an offset.
    Wrote {
        offset: u64,
        len: u64,
    },
    SetLen(u64),
    To(Arc<str>),
    /// One more name of what has this path.
    NameOf(Arc<str>),
    /// Bytes turned into zeros.
    Zeroed {
        offset: u64,
        len: u64,
    },
    /// A sync at an ignored site.
    Ignored,
    /// A sync that was made to fail.
    Failed,
}

impl CallRecord {
    /// Offset and length, if it is a write.
    pub(super) fn written(&self) -> Option<(u64, u64)> {
        match self.detail {
            Detail::Wrote { offset, len } => Some((offset, len)),
            _ => None,
        }
    }

    pub(super) fn info(&self, number: u64) -> CallInfo {
        let Self {
            kind, path, site, ..
        } = self;
        let detail = match &self.detail {
            Detail::Plain => String::new(),
            Detail::Wrote { offset, len } => format!(", {len} bytes at offset {offset}"),
            Detail::SetLen(len) => format!(" to {len}"),
            Detail::To(to) => format!(" to {to}"),
            Detail::NameOf(path) => format!(", another name of {path}"),
            Detail::Zeroed { offset, len } => format!(", a hole of {len} bytes at offset {offset}"),
            Detail::Ignored => ", ignored".to_owned(),
            Detail::Failed => ", failed".to_owned(),
        };
        let site = *site;
        let at = site.map(|site| format!(" at {site}")).unwrap_or_default();
        let text = format!("{kind} {path}{detail}{at}");
        CallInfo {
            number,
            kind: *kind,
            path: path.to_string(),
            site,
            text,
        }
    }
}

/// A mutating call of a run, for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallInfo {
    /// Its number, counted from 1.
    pub number: u64,
    /// Which call of the seam it was.
    pub kind: CallKind,
    /// The path it named, or that its file was opened by.
    pub path: String,
    /// The place in the source that asked for it, if it is a sync.
    pub site: Option<SyncSite>,
    /// All of it in one line.
    pub text: String,
}
