//! The micro-operations that a disk makes durable one by one.

use std::fmt;
use std::sync::Arc;

use super::image::Ino;

/// A part of the buffer of a write; the parts of one write share the buffer.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    buf: Arc<[u8]>,
    from: usize,
    to: usize,
}

impl Slice {
    pub(super) fn new(buf: &Arc<[u8]>, from: usize, to: usize) -> Self {
        Self {
            buf: Arc::clone(buf),
            from,
            to,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buf.get(self.from..self.to).unwrap_or_default()
    }

    /// The first `len` bytes of it.
    fn cut(&self, len: usize) -> Self {
        Self {
            buf: Arc::clone(&self.buf),
            from: self.from,
            to: self.to.min(self.from + len),
        }
    }
}

/// A directory entry: the directory and the name in it.
pub(super) type Place = (Ino, Arc<str>);

/// What a micro-operation changes.
#[derive(Debug, Clone)]
pub(super) enum OpKind {
    /// Bytes of one block. The length of the file is no part of it.
    Data {
        ino: Ino,
        block: usize,
        start: usize,
        bytes: Slice,
    },
    /// Length of a file; bytes past a shorter one are gone.
    Size { ino: Ino, from: u64, to: u64 },
    /// Entry added.
    Link {
        place: Place,
        ino: Ino,
        is_dir: bool,
    },
    /// Entry removed.
    Unlink { place: Place },
    /// Entry moved, replacing what stood there; atomic.
    Rename {
        from: Place,
        to: Place,
        ino: Ino,
        to_path: Arc<str>,
    },
}

/// One micro-operation.
#[derive(Debug)]
pub(super) struct Op {
    /// Number of the call that made it, counted from 1; 0 for a call before a process kill.
    pub(super) call: u64,
    /// Position among all micro-operations of a run.
    pub(super) seq: u64,
    /// Path that the call named, or that the file was opened by.
    pub(super) path: Arc<str>,
    pub(super) kind: OpKind,
}

impl Op {
    /// The file whose sync makes this durable.
    pub(super) fn file(&self) -> Option<Ino> {
        match &self.kind {
            OpKind::Data { ino, .. } | OpKind::Size { ino, .. } => Some(*ino),
            _ => None,
        }
    }

    /// The entries it touches; none for what happens inside a file.
    pub(super) fn places(&self) -> [Option<&Place>; 2] {
        match &self.kind {
            OpKind::Link { place, .. } | OpKind::Unlink { place } => [Some(place), None],
            OpKind::Rename { from, to, .. } => [Some(from), Some(to)],
            OpKind::Data { .. } | OpKind::Size { .. } => [None, None],
        }
    }

    /// The entry that it takes away from what has it, by removing or replacing it.
    pub(super) fn takes(&self) -> Option<&Place> {
        match &self.kind {
            OpKind::Unlink { place } => Some(place),
            OpKind::Rename { to, .. } => Some(to),
            _ => None,
        }
    }

    /// What it gives a name to.
    pub(super) fn names(&self) -> Option<Ino> {
        match &self.kind {
            OpKind::Link { ino, .. } | OpKind::Rename { ino, .. } => Some(*ino),
            _ => None,
        }
    }

    /// What is left of it when only the bytes of its file below `limit` have been issued.
    pub(super) fn below(&self, limit: u64, block_bytes: usize) -> Option<Self> {
        let kind = match &self.kind {
            OpKind::Data {
                ino,
                block,
                start,
                bytes,
            } => {
                let offset = *block as u64 * block_bytes as u64 + *start as u64;
                let len = usize::try_from(limit.saturating_sub(offset)).unwrap_or(usize::MAX);
                let bytes = bytes.cut(len);
                if bytes.bytes().is_empty() {
                    return None;
                }
                OpKind::Data {
                    ino: *ino,
                    block: *block,
                    start: *start,
                    bytes,
                }
            }
            OpKind::Size { ino, from, to } => {
                let to = (*to).min(limit);
                if to <= *from {
                    return None;
                }
                OpKind::Size {
                    ino: *ino,
                    from: *from,
                    to,
                }
            }
            other => other.clone(),
        };
        Some(Self {
            call: self.call,
            seq: self.seq,
            path: Arc::clone(&self.path),
            kind,
        })
    }

    /// The same for a run that begins after it.
    pub(super) fn before_the_run(&self) -> Self {
        Self {
            call: 0,
            seq: self.seq,
            path: Arc::clone(&self.path),
            kind: self.kind.clone(),
        }
    }

    fn what(&self, block_bytes: usize) -> String {
        match &self.kind {
            OpKind::Data {
                block,
                start,
                bytes,
                ..
            } => {
                let offset = *block as u64 * block_bytes as u64 + *start as u64;
                let len = bytes.bytes().len();
                format!("data of block {block}, {len} bytes at offset {offset}")
            }
            OpKind::Size { from, to, .. } => format!("length {from} to {to}"),
            OpKind::Link { is_dir: true, .. } => "directory entry added, a directory".to_owned(),
            OpKind::Link { is_dir: false, .. } => "directory entry added, a file".to_owned(),
            OpKind::Unlink { .. } => "directory entry removed".to_owned(),
            OpKind::Rename { to_path, .. } => format!("renamed to {to_path}"),
        }
    }

    fn durable_by(&self) -> String {
        let parent = |path: &str| match path.rsplit_once('/') {
            Some((parent, _)) => parent.to_owned(),
            None => "/".to_owned(),
        };
        match &self.kind {
            OpKind::Data { .. } | OpKind::Size { .. } => format!("sync of file {}", self.path),
            OpKind::Link { .. } | OpKind::Unlink { .. } => {
                format!("sync of directory {}", parent(&self.path))
            }
            OpKind::Rename { to_path, .. } => {
                let (from, to) = (parent(&self.path), parent(to_path));
                if from == to {
                    format!("sync of directory {to}")
                } else {
                    format!("sync of directory {from} or {to}")
                }
            }
        }
    }

    pub(super) fn describe(&self, index: usize, block_bytes: usize) -> PendingOp {
        PendingOp {
            index,
            call: self.call,
            path: self.path.to_string(),
            what: self.what(block_bytes),
            durable_by: self.durable_by(),
        }
    }
}

/// A micro-operation that is not durable yet, for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingOp {
    /// Position in the pending list, counted from 0; [`Keep`](super::Keep) names it by this.
    pub index: usize,
    /// The call that made it, counted from 1; 0 when that was before a process kill.
    pub call: u64,
    /// The path that the call named, or that the file was opened by.
    pub path: String,
    /// What it changes.
    pub what: String,
    /// The sync that makes it durable.
    pub durable_by: String,
}

impl fmt::Display for PendingOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            index,
            call,
            path,
            what,
            durable_by,
        } = self;
        write!(
            f,
            "#{index} call {call}: {path}: {what} (durable by {durable_by})"
        )
    }
}
