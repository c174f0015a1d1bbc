//! The micro-operations that a disk makes durable one by one.

use std::fmt;
use std::sync::Arc;

use super::Profile;
use super::content::{self, Filling};
use super::ino::Ino;

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

    /// As many zeros.
    pub(super) fn zeros(len: usize) -> Self {
        Self::new(&vec![0; len].into(), 0, len)
    }

    /// Keeps the bytes from `from` up to `to` of it; says whether any are left.
    fn keep(&mut self, from: usize, to: usize) -> bool {
        let end = self.to;
        self.to = end.min(self.from.saturating_add(to));
        self.from = end.min(self.from + from);
        self.from < self.to
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
    Size {
        ino: Ino,
        from: u64,
        to: u64,
        /// Whether a write led to it, and not `set_len`.
        by_write: bool,
    },
    /// What a file was extended by, as it is on the disk before anything is written there: zeros,
    /// or else what the disk held before. Made by [`Profile::Paranoid`](super::Profile) only.
    Fill {
        ino: Ino,
        from: u64,
        to: u64,
        with: Filling,
    },
    /// Entry added.
    Link {
        place: Place,
        ino: Ino,
        is_dir: bool,
    },
    /// Entry removed.
    Unlink {
        place: Place,
        /// The empty directory that it led to, if it led to one.
        emptied: Option<Ino>,
    },
    /// Entry moved, replacing what stood there; atomic.
    Rename {
        from: Place,
        to: Place,
        ino: Ino,
        to_path: Arc<str>,
        is_dir: bool,
        /// Whether it takes the place of something else.
        over: bool,
        /// The empty directory whose place it takes, if it takes that of one.
        emptied: Option<Ino>,
    },
}

/// One micro-operation.
#[derive(Debug, Clone)]
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
    /// The zeros that a cut leaves in the rest of the block it ends in.
    pub(super) fn zeroed_rest(&self, block_bytes: usize) -> Option<Arc<Self>> {
        let OpKind::Size { ino, from, to, .. } = self.kind else {
            return None;
        };
        let (block, start) = content::split(to, block_bytes);
        if to >= from || start == 0 {
            return None;
        }
        let len = (from - to).min((block_bytes - start) as u64) as usize;
        Some(self.beside(OpKind::Data {
            ino,
            block,
            start,
            bytes: Slice::zeros(len),
        }))
    }

    /// The file whose sync makes this durable.
    pub(super) fn file(&self) -> Option<Ino> {
        match &self.kind {
            OpKind::Data { ino, .. } | OpKind::Size { ino, .. } | OpKind::Fill { ino, .. } => {
                Some(*ino)
            }
            _ => None,
        }
    }

    /// Adds what it does to a digest. Inodes are numbered in the order in which `inodes` meets
    /// them, so that two disks that came to the same by other ways have the same digest.
    pub(super) fn digest(&self, digest: &mut Vec<u8>, inodes: &mut Vec<Ino>) {
        let mut number = |ino: Ino| {
            let known = inodes.iter().position(|known| *known == ino);
            let at = known.unwrap_or_else(|| {
                inodes.push(ino);
                inodes.len() - 1
            });
            at as u64
        };
        let (tag, numbers, text): (u8, [u64; 4], &[u8]) = match &self.kind {
            OpKind::Data {
                ino,
                block,
                start,
                bytes,
            } => {
                let numbers = [
                    number(*ino),
                    *block as u64,
                    *start as u64,
                    bytes.bytes().len() as u64,
                ];
                (b'd', numbers, bytes.bytes())
            }
            OpKind::Size {
                ino,
                from,
                to,
                by_write,
            } => (b's', [number(*ino), *from, *to, u64::from(*by_write)], &[]),
            OpKind::Fill { ino, from, to, .. } => (b'f', [number(*ino), *from, *to, 0], &[]),
            OpKind::Link { place, ino, is_dir } => {
                let numbers = [
                    number(place.0),
                    number(*ino),
                    u64::from(*is_dir),
                    place.1.len() as u64,
                ];
                (b'l', numbers, place.1.as_bytes())
            }
            OpKind::Unlink { place, .. } => {
                let numbers = [number(place.0), 0, 0, place.1.len() as u64];
                (b'u', numbers, place.1.as_bytes())
            }
            OpKind::Rename { from, to, ino, .. } => {
                let numbers = [
                    number(from.0),
                    number(to.0),
                    number(*ino),
                    from.1.len() as u64,
                ];
                digest.extend_from_slice(to.1.as_bytes());
                (b'r', numbers, from.1.as_bytes())
            }
        };
        digest.push(tag);
        for number in numbers {
            digest.extend_from_slice(&number.to_le_bytes());
        }
        digest.extend_from_slice(text);
        // A path holds no NUL byte, so one ends it without doubt.
        digest.extend_from_slice(self.path.as_bytes());
        digest.push(0);
    }

    /// The entries it touches; none for what happens inside a file.
    pub(super) fn places(&self) -> [Option<&Place>; 2] {
        match &self.kind {
            OpKind::Link { place, .. } | OpKind::Unlink { place, .. } => [Some(place), None],
            OpKind::Rename { from, to, .. } => [Some(from), Some(to)],
            OpKind::Data { .. } | OpKind::Size { .. } | OpKind::Fill { .. } => [None, None],
        }
    }

    /// The entry that it takes away from what has it, by removing or replacing it.
    pub(super) fn takes(&self) -> Option<&Place> {
        match &self.kind {
            OpKind::Unlink { place, .. } => Some(place),
            OpKind::Rename { to, .. } => Some(to),
            _ => None,
        }
    }

    /// The directory that it takes away. It was empty, so what happened to its names before has happened.
    pub(super) fn emptied(&self) -> Option<Ino> {
        match &self.kind {
            OpKind::Unlink { emptied, .. } | OpKind::Rename { emptied, .. } => *emptied,
            _ => None,
        }
    }

    /// Whether it moves a directory.
    pub(super) fn moves_dir(&self) -> bool {
        matches!(self.kind, OpKind::Rename { is_dir: true, .. })
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
        let mut part = self.clone();
        let is_left = match &mut part.kind {
            OpKind::Data {
                block,
                start,
                bytes,
                ..
            } => {
                let offset = *block as u64 * block_bytes as u64 + *start as u64;
                let len = usize::try_from(limit.saturating_sub(offset)).unwrap_or(usize::MAX);
                bytes.keep(0, len)
            }
            OpKind::Size { from, to, .. } => {
                *to = limit.min(*to);
                from < to
            }
            _ => true,
        };
        is_left.then_some(part)
    }

    /// What is left of the bytes of a block when only those from `from` up to `to` of the block
    /// reach the disk.
    pub(super) fn within(&self, from: usize, to: usize) -> Option<Self> {
        let mut part = self.clone();
        let OpKind::Data { start, bytes, .. } = &mut part.kind else {
            return None;
        };
        let first = from.max(*start);
        let is_left = bytes.keep(first - *start, to.saturating_sub(*start));
        *start = first;
        is_left.then_some(part)
    }

    /// Another operation of the same call.
    pub(super) fn beside(&self, kind: OpKind) -> Arc<Self> {
        Arc::new(Self {
            call: self.call,
            seq: self.seq,
            path: Arc::clone(&self.path),
            kind,
        })
    }

    /// Whether it is the data of a block and `next` the length that the same write led to there.
    /// Calls do not tell: their numbers are gone after a process kill.
    pub(super) fn leads_to(&self, next: &Self) -> bool {
        self.block().is_some()
            && next.seq == self.seq + 1
            && next.file() == self.file()
            && matches!(next.kind, OpKind::Size { by_write: true, .. })
    }

    /// The block that it writes to.
    pub(super) fn block(&self) -> Option<(Ino, usize)> {
        match &self.kind {
            OpKind::Data { ino, block, .. } => Some((*ino, *block)),
            _ => None,
        }
    }

    /// The same for a run that begins after it.
    pub(super) fn before_the_run(&self) -> Self {
        Self {
            call: 0,
            ..self.clone()
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
            OpKind::Fill { from, to, with, .. } => match with {
                Filling::Zeros => format!("zeros from {from} to {to} before any data"),
                Filling::Stale(_) => format!("what the disk held from {from} to {to}"),
            },
            OpKind::Link { is_dir: true, .. } => "directory entry added, a directory".to_owned(),
            OpKind::Link { is_dir: false, .. } => "directory entry added, a file".to_owned(),
            OpKind::Unlink { .. } => "directory entry removed".to_owned(),
            OpKind::Rename { to_path, .. } => format!("renamed to {to_path}"),
        }
    }

    fn durable_by(&self, profile: Profile) -> String {
        let journaled = matches!(profile, Profile::Ext4 | Profile::Xfs);
        let by_write = match self.kind {
            OpKind::Size { by_write, .. } => by_write,
            _ => self.file().is_some(),
        };
        if journaled && !by_write {
            return "any sync".to_owned();
        }
        let parent = |path: &str| match path.rsplit_once('/') {
            Some((parent, _)) => parent.to_owned(),
            None => "/".to_owned(),
        };
        match &self.kind {
            OpKind::Data { .. } | OpKind::Size { .. } | OpKind::Fill { .. } => {
                format!("sync of file {}", self.path)
            }
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

    pub(super) fn describe(&self, index: usize, profile: Profile, block_bytes: usize) -> PendingOp {
        PendingOp {
            index,
            call: self.call,
            path: self.path.to_string(),
            what: self.what(block_bytes),
            durable_by: self.durable_by(profile),
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
