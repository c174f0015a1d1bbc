//! What a profile makes of a disk: what is there for certain, what may be, and in which order.

use std::collections::HashMap;
use std::sync::Arc;

use super::content::{Content, Filling};
use super::disk::Disk;
use super::image::Image;
use super::ino::Ino;
use super::op::{Op, OpKind};
use super::order::{CutBlock, Marks, Order};
use super::{Keep, Over, Profile, Rest, SECTOR_BYTES, Tear};

/// A disk at the moment of a crash, as one profile sees it.
#[derive(Debug)]
pub(super) struct Plan {
    base: Image,
    /// Everything that comes on top of the base, in the order in which it is carried out.
    steps: Vec<Step>,
    pending: Vec<Arc<Op>>,
    order: Order,
}

/// An operation that is carried out on the base.
#[derive(Debug)]
struct Step {
    op: Arc<Op>,
    /// The pending operation that must be kept for it; `None` when it is carried out always.
    with: Option<usize>,
}

impl Plan {
    pub(super) fn new(profile: Profile, disk: &Disk) -> Self {
        match profile {
            Profile::Kill => Self::whole(disk.live()),
            Profile::Ext4 => Self::journaled(disk, &super::journal::ext4(disk)),
            Profile::Xfs => Self::journaled(disk, &super::journal::xfs(disk)),
            Profile::Posix => {
                let block_bytes = disk.durable.block_bytes();
                let order = Order::posix(&disk.pending, block_bytes, CutBlock::Ordered);
                Self::free(disk, disk.pending.clone(), order)
            }
            Profile::Paranoid => Self::paranoid(disk),
        }
    }

    /// Nothing pending.
    fn whole(base: Image) -> Self {
        Self {
            base,
            steps: Vec::new(),
            pending: Vec::new(),
            order: Order::default(),
        }
    }

    /// Every operation is pending.
    fn free(disk: &Disk, pending: Vec<Arc<Op>>, order: Order) -> Self {
        let mut plan = Self::whole(disk.durable.clone());
        pending.into_iter().for_each(|op| plan.add(op));
        plan.order = order;
        plan
    }

    /// Some operations are there for certain because a journal has committed them.
    fn journaled(disk: &Disk, journal: &super::journal::Journal) -> Self {
        let mut plan = Self::whole(disk.durable.clone());
        let mut place = vec![None; journal.ops.len()];
        let mut needs = Vec::new();
        for (index, op) in journal.ops.iter().enumerate() {
            let op = Arc::clone(op);
            if journal.is_committed(index) {
                // An entry has nothing to do with what is inside files, and what comes before
                // everything pending need not be done again for every state.
                if op.file().is_none() || plan.steps.is_empty() {
                    plan.base.apply(&op);
                } else {
                    plan.steps.push(Step { op, with: None });
                }
                continue;
            }
            if let Some(place) = place.get_mut(index) {
                *place = Some(plan.pending.len());
            }
            let of_this = journal.needs(index).iter();
            needs.push(of_this.filter_map(|need| *place.get(*need)?).collect());
            plan.add(op);
        }
        plan.order = Order::new(needs);
        plan
    }

    /// As POSIX, with three more facts about each file: what it is extended by holds anything
    /// until it is zeroed or written, and a cut zeroes the rest of its block.
    fn paranoid(disk: &Disk) -> Self {
        let block_bytes = disk.durable.block_bytes();
        let mut live = disk.durable.clone();
        let mut stale: HashMap<Ino, Content> = disk.stale().clone();
        let mut plan = Self::whole(disk.durable.clone());
        let mut ops = disk.pending.iter().peekable();
        while let Some(op) = ops.next() {
            // The data of a write comes before its length, the extension before both.
            let growth = match &op.kind {
                OpKind::Data { .. } => ops.peek().filter(|next| op.leads_to(next)),
                _ => Some(&op),
            };
            let is_write = op.block().is_some();
            if let Some((ino, from, to)) = growth.and_then(|op| grows(op, is_write)) {
                let with = Filling::Stale(stale.get(&ino).cloned());
                plan.steps.push(Step {
                    op: op.beside(OpKind::Fill {
                        ino,
                        from,
                        to,
                        with,
                    }),
                    // The zeros come first, then the data if there is any, then the length.
                    with: Some(plan.pending.len() + 1 + usize::from(is_write)),
                });
                let with = Filling::Zeros;
                plan.add(op.beside(OpKind::Fill {
                    ino,
                    from,
                    to,
                    with,
                }));
            }
            if let OpKind::Size { ino, from, to, .. } = op.kind
                && to < from
            {
                stale.extend(live.file(ino).map(|content| (ino, content.clone())));
            }
            if let Some(zeroed) = op.zeroed_rest(block_bytes) {
                plan.add(zeroed);
            }
            live.apply(op);
            plan.add(Arc::clone(op));
        }
        plan.order = Order::posix(&plan.pending, block_bytes, CutBlock::WrittenBack);
        plan
    }

    /// Adds a pending operation.
    fn add(&mut self, op: Arc<Op>) {
        let with = Some(self.pending.len());
        self.pending.push(Arc::clone(&op));
        self.steps.push(Step { op, with });
    }

    /// What is pending, oldest first.
    pub(super) fn pending(&self) -> &[Arc<Op>] {
        &self.pending
    }

    pub(super) fn order(&self) -> &Order {
        &self.order
    }

    /// The marks of a choice, completed to what a disk can make.
    pub(super) fn marks(&self, keep: &Keep) -> Marks {
        match keep {
            Keep::Torn(tear) => self.torn_marks(tear),
            _ => self.order.marks(keep),
        }
    }

    fn torn_marks(&self, tear: &Tear) -> Marks {
        let Some(block) = self.pending.get(tear.op).and_then(|op| op.block()) else {
            return self.order.marks(&tear.rest.alone(tear.op));
        };
        match tear.rest {
            Rest::All => {
                // The block was never written back again.
                let later =
                    |(index, op): (usize, &Arc<Op>)| index <= tear.op || op.block() != Some(block);
                let marks = self.pending.iter().enumerate().map(later).collect();
                self.order.without_dependents(marks)
            }
            Rest::Before => {
                // With the length that the same write led to, or the bytes would not show.
                let end = tear.op + 1 + usize::from(self.leads_to_length(tear.op));
                self.order.marks(&Keep::Prefix(end))
            }
        }
    }

    /// Whether the operation after a write of a block is the length that it leads to.
    fn leads_to_length(&self, index: usize) -> bool {
        let (op, next) = (self.pending.get(index), self.pending.get(index + 1));
        op.zip(next).is_some_and(|(op, next)| op.leads_to(next))
    }

    /// The disk that a choice makes.
    pub(super) fn image(&self, keep: &Keep) -> Image {
        let mut image = self.base.clone();
        let marks = self.marks(keep);
        let torn = match keep {
            Keep::Torn(tear) => self.pending.get(tear.op).and_then(|op| op.block()),
            _ => None,
        };
        for Step { op, with } in &self.steps {
            let Some(index) = *with else {
                image.apply(op);
                continue;
            };
            if !marks.get(index).copied().unwrap_or(false) {
                continue;
            }
            match keep {
                Keep::Torn(tear) if op.block().is_some() && op.block() == torn => {
                    let first = tear.from.saturating_mul(SECTOR_BYTES);
                    let end = tear.to.saturating_mul(SECTOR_BYTES);
                    if tear.over == Over::Before && index < tear.op {
                        image.apply(op);
                    } else if let Some(part) = op.within(first, end) {
                        image.apply(&part);
                    }
                }
                _ => image.apply(op),
            }
        }
        image.settle();
        image
    }
}

/// The file and the bytes that an operation extends it by.
fn grows(op: &Op, is_write: bool) -> Option<(Ino, u64, u64)> {
    match op.kind {
        OpKind::Size {
            ino,
            from,
            to,
            by_write,
        } if from < to && by_write == is_write => Some((ino, from, to)),
        _ => None,
    }
}
