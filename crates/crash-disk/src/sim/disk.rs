//! The durable side of a disk: what a power cut leaves for certain, and what it may leave.

use std::collections::HashMap;
use std::sync::Arc;

use twox_hash::XxHash3_128;

use super::call::{CallRecord, Effect};
use super::content::Content;
use super::image::Image;
use super::ino::Ino;
use super::op::{Op, OpKind, Place};

/// What is durable, and what is not yet.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    pub(super) durable: Image,
    /// Micro-operations that may or may not survive, oldest first.
    pub(super) pending: Vec<Arc<Op>>,
    /// Data whose sync failed: the living process sees it, no crash leaves it.
    pub(super) lost: Vec<Arc<Op>>,
    /// One past the number of the last micro-operation.
    seen: u64,
    /// What a journal has committed: the metadata of operations below this number. Any sync moves
    /// it to the present.
    published: u64,
    /// Files whose space ext4 took at once because they were renamed over another: lengths of
    /// operations below the number are metadata like any other.
    allocated: HashMap<Ino, u64>,
    /// Files as they were before the last durable cut: what their freed space still holds.
    stale: HashMap<Ino, Content>,
}

impl Disk {
    pub(super) fn new(durable: Image) -> Self {
        Self {
            durable,
            pending: Vec::new(),
            lost: Vec::new(),
            seen: 0,
            published: 0,
            allocated: HashMap::new(),
            stale: HashMap::new(),
        }
    }

    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether a sync of anything came after an operation.
    pub(super) fn has_published(&self, op: &Op) -> bool {
        op.seq < self.published
    }

    /// Whether ext4 took the space for what an operation wrote before a rename that came later.
    pub(super) fn has_allocated(&self, ino: Ino, op: &Op) -> bool {
        self.allocated.get(&ino).is_some_and(|end| op.seq < *end)
    }

    /// Files as they were before the last durable cut.
    pub(super) fn stale(&self) -> &HashMap<Ino, Content> {
        &self.stale
    }

    /// Carries out one call of the run.
    pub(super) fn advance(&mut self, call: &CallRecord) {
        self.add(call.ops.iter().cloned());
        match call.effect {
            Effect::None => {}
            Effect::FileSynced(ino) => self.sync_file(ino),
            Effect::DirSynced(dir) => self.sync_dir(dir),
            Effect::FileSyncFailed(ino) => self.lose_file(ino),
        }
        if matches!(call.effect, Effect::FileSynced(_) | Effect::DirSynced(_)) {
            self.published = self.seen;
        }
    }

    /// Adds micro-operations to the pending ones.
    pub(super) fn add(&mut self, ops: impl Iterator<Item = Arc<Op>>) {
        for op in ops {
            self.seen = self.seen.max(op.seq + 1);
            let gone = |ino| self.durable.file(ino).is_none();
            if op.file().is_some_and(gone) {
                // Written through a handle whose file no crash can bring back.
                continue;
            }
            match &op.kind {
                OpKind::Link { ino, is_dir, .. } => self.durable.ensure(*ino, *is_dir),
                OpKind::Data { ino, block, .. } if !self.lost.is_empty() => {
                    // A block that is written again is written whole, what was lost included.
                    self.lost.retain(|lost| !is_block(lost, *ino, *block));
                }
                OpKind::Rename {
                    ino, over: true, ..
                } => {
                    self.allocated.insert(*ino, op.seq);
                }
                _ => {}
            }
            self.pending.push(op);
        }
    }

    /// Whether the block holds bytes whose sync failed.
    pub(super) fn has_lost(&self, ino: Ino, block: usize) -> bool {
        self.lost.iter().any(|op| is_block(op, ino, block))
    }

    fn sync_file(&mut self, ino: Ino) {
        self.pending.retain(|op| {
            let synced = op.file() == Some(ino);
            if synced {
                if let OpKind::Size { from, to, .. } = op.kind
                    && to < from
                    && let Some(content) = self.durable.file(ino)
                {
                    self.stale.insert(ino, content.clone());
                }
                self.durable.apply(op);
            }
            !synced
        });
        self.allocated.remove(&ino);
    }

    fn lose_file(&mut self, ino: Ino) {
        self.pending.retain(|op| {
            let fails = matches!(&op.kind, OpKind::Data { ino: of, .. } if *of == ino);
            if fails {
                self.lost.push(Arc::clone(op));
            }
            !fails
        });
    }

    /// Makes the entries of a directory durable, and with them what happened before to the same
    /// names elsewhere: a rename into this directory brings the source's history along, the end of a
    /// directory what happened in it, and the move of a directory the moves before it.
    fn sync_dir(&mut self, dir: Ino) {
        let (mut dirs, mut names): (Vec<Ino>, Vec<Place>) = (vec![dir], Vec::new());
        let mut moves = false;
        let mut synced = vec![false; self.pending.len()];
        for (op, synced) in self.pending.iter().zip(&mut synced).rev() {
            let touched = || op.places().into_iter().flatten();
            let is_named = |place| names.contains(place);
            if (moves && op.moves_dir())
                || touched().any(|place| dirs.contains(&place.0) || is_named(place))
            {
                moves |= op.moves_dir();
                dirs.extend(op.emptied());
                names.extend(touched().cloned());
                *synced = true;
            }
        }
        let mut marks = synced.into_iter();
        let mut nameless = Vec::new();
        self.pending.retain(|op| {
            let synced = marks.next().unwrap_or(false);
            if synced {
                nameless.extend(op.takes().and_then(|place| self.durable.at(place)));
                self.durable.apply(op);
            }
            !synced
        });
        for ino in nameless {
            self.bury(ino);
        }
    }

    /// Forgets a file that lost its durable name, and what is pending of it, unless it has or may
    /// still get another: no crash brings it back.
    fn bury(&mut self, ino: Ino) {
        if self.pending.iter().any(|op| op.names() == Some(ino)) || self.durable.names(ino) > 0 {
            return;
        }
        self.pending.retain(|op| op.file() != Some(ino));
        self.lost.retain(|op| op.file() != Some(ino));
        self.durable.forget(ino);
        self.allocated.remove(&ino);
        self.stale.remove(&ino);
    }

    /// Hash of what is durable, of what the process sees, and of everything in between.
    pub(super) fn hash(&self) -> u128 {
        if self.pending.is_empty() && self.lost.is_empty() {
            return self.durable.hash();
        }
        let mut digest = Vec::new();
        digest.extend_from_slice(&self.durable.hash().to_le_bytes());
        digest.extend_from_slice(&self.live().hash().to_le_bytes());
        let mut inodes = Vec::new();
        for op in &self.pending {
            op.digest(&mut digest, &mut inodes);
        }
        digest.push(0);
        for op in &self.lost {
            op.digest(&mut digest, &mut inodes);
        }
        XxHash3_128::oneshot(&digest)
    }

    /// The disk as the living process sees it.
    pub(super) fn live(&self) -> Image {
        let mut image = self.durable.clone();
        let (mut pending, mut lost) = (self.pending.iter().peekable(), self.lost.iter().peekable());
        loop {
            let next = match (pending.peek(), lost.peek()) {
                (Some(op), Some(gone)) if gone.seq < op.seq => lost.next(),
                (Some(_), _) => pending.next(),
                (None, _) => lost.next(),
            };
            match next {
                Some(op) => image.apply(op),
                None => return image,
            }
        }
    }
}

fn is_block(op: &Op, ino: Ino, block: usize) -> bool {
    matches!(&op.kind, OpKind::Data { ino: of, block: number, .. } if *of == ino && *number == block)
}
