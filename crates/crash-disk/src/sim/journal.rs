//! File systems with a journal: metadata persist as a prefix of their order.

use std::collections::HashSet;
use std::sync::Arc;

use super::content::split;
use super::disk::Disk;
use super::image::Image;
use super::ino::Ino;
use super::op::{Op, OpKind};
use super::order::{Blocks, CutBlock, Marks, Order};

/// For each operation those that it needs directly, and whether it is metadata in the journal's order.
#[derive(Debug, Default)]
struct Chain {
    needs: Vec<Vec<usize>>,
    chained: Vec<bool>,
    last: Option<usize>,
}

impl Chain {
    /// Adds the next operation. Metadata need the last one in the chain, whether they join it or not.
    fn push(&mut self, op: &Op, mut needs: Vec<usize>, joins: bool) {
        if op.block().is_none() {
            needs.extend(self.last);
        }
        if joins {
            self.last = Some(self.needs.len());
        }
        self.needs.push(needs);
        self.chained.push(joins);
    }
}

/// The operations of a journaling file system, and which of them are committed.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) ops: Vec<Arc<Op>>,
    order: Order,
    committed: Marks,
}

impl Journal {
    /// Lets the syncs so far commit the metadata in the chain, with all that they need.
    fn new(disk: &Disk, ops: Vec<Arc<Op>>, chain: Chain) -> Self {
        let order = Order::new(chain.needs);
        let published = ops.iter().zip(chain.chained);
        let marks = published.map(|(op, chained)| chained && disk.has_published(op));
        let committed = order.with_needs(marks.collect());
        Self {
            ops,
            order,
            committed,
        }
    }

    pub(super) fn is_committed(&self, index: usize) -> bool {
        self.committed.get(index).copied().unwrap_or(false)
    }

    /// The earlier operations that one needs directly.
    pub(super) fn needs(&self, index: usize) -> &[usize] {
        let needs = self.order.needs().get(index);
        needs.map(Vec::as_slice).unwrap_or_default()
    }
}

/// ext4 with delayed allocation: the length of an append within a block that is there is metadata
/// at once, that of an append to a new block when its space is taken.
pub(super) fn ext4(disk: &Disk) -> Journal {
    let block_bytes = disk.durable.block_bytes();
    let mut ops = Vec::with_capacity(disk.pending.len());
    for op in &disk.pending {
        ops.extend(op.zeroed_rest(block_bytes));
        ops.push(Arc::clone(op));
    }
    let mut blocks = Blocks::new(block_bytes, CutBlock::WrittenBack);
    // Lengths only: data that is not written back has no space yet.
    let mut lengths = disk.durable.clone();
    let mut delayed: HashSet<Ino> = HashSet::new();
    let mut chain = Chain::default();
    for (index, op) in ops.iter().enumerate() {
        let needs = blocks.needs(index, op);
        let mut in_chain = op.block().is_none();
        if let OpKind::Size { ino, by_write, .. } = op.kind {
            let takes_space = by_write && (delayed.contains(&ino) || !in_place(&lengths, op));
            if takes_space && !disk.has_allocated(ino, op) {
                delayed.insert(ino);
                in_chain = false;
            }
            lengths.apply(op);
        }
        chain.push(op, needs, in_chain);
    }
    Journal::new(disk, ops, chain)
}

/// Whether a write extends a file within a block that has its space.
fn in_place(lengths: &Image, op: &Op) -> bool {
    let OpKind::Size { ino, from, to, .. } = op.kind else {
        return false;
    };
    let block_of = |offset| split(offset, lengths.block_bytes()).0;
    let (first, last) = (block_of(from), block_of(to.saturating_sub(1)));
    first == last && lengths.file(ino).is_some_and(|file| file.holds(first))
}

/// XFS: the length of an append follows the data that it ends with, `set_len` follows the appends
/// before it.
pub(super) fn xfs(disk: &Disk) -> Journal {
    let ops = disk.pending.clone();
    let mut blocks = Blocks::new(disk.durable.block_bytes(), CutBlock::Ordered);
    let mut appends: Vec<(usize, Ino, u64)> = Vec::new();
    let mut chain = Chain::default();
    let mut before: Option<&Arc<Op>> = None;
    for (index, op) in ops.iter().enumerate() {
        let mut needs = blocks.needs(index, op);
        let mut in_chain = op.block().is_none();
        match op.kind {
            OpKind::Size {
                ino,
                from,
                by_write: true,
                ..
            } => {
                in_chain = false;
                let data = before.filter(|data| data.leads_to(op));
                needs.extend(data.and(index.checked_sub(1)));
                appends.push((index, ino, from));
            }
            OpKind::Size { ino, to, .. } => {
                let earlier = appends
                    .iter()
                    .filter(|(_, of, from)| *of == ino && *from < to);
                needs.extend(earlier.map(|(index, ..)| *index));
            }
            _ => {}
        }
        chain.push(op, needs, in_chain);
        before = Some(op);
    }
    Journal::new(disk, ops, chain)
}
