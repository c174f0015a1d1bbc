//! Which micro-operations must have happened before which.

use std::collections::HashMap;
use std::sync::Arc;

use super::Keep;
use super::ino::Ino;
use super::op::{Op, OpKind, Place};

/// What two operations must share for their order to be kept.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Size(Ino),
    Name(&'a Place),
    /// Directories move one after the other: no disk has one below itself.
    Moves,
}

impl Key<'_> {
    /// Whether it is a name in one of these directories.
    fn is_in(&self, dir: Ino) -> bool {
        matches!(self, Self::Name(place) if place.0 == dir)
    }
}

/// For each operation of a pending list the earlier ones that it needs directly.
#[derive(Debug, Default)]
pub(super) struct Order {
    needs: Vec<Vec<usize>>,
}

/// A choice of operations, as a mark for each.
pub(super) type Marks = Vec<bool>;

impl Order {
    pub(super) fn new(needs: Vec<Vec<usize>>) -> Self {
        Self { needs }
    }

    /// Same block, same length and same name keep their order, a block that was cut is written
    /// anew only after the cut, and a directory goes after what was in it.
    pub(super) fn posix(ops: &[Arc<Op>], block_bytes: usize, cut: CutBlock) -> Self {
        let mut blocks = Blocks::new(block_bytes, cut);
        let mut latest: HashMap<Key<'_>, usize> = HashMap::with_capacity(ops.len());
        let mut needs = Vec::with_capacity(ops.len());
        for (index, op) in ops.iter().enumerate() {
            let mut of_this = blocks.needs(index, op);
            match &op.kind {
                OpKind::Data { .. } | OpKind::Fill { .. } => {}
                OpKind::Size { ino, .. } => {
                    of_this.extend(latest.insert(Key::Size(*ino), index));
                }
                OpKind::Link { .. } | OpKind::Unlink { .. } | OpKind::Rename { .. } => {
                    if let Some(dir) = op.emptied() {
                        let inside = latest.iter().filter(|(key, _)| key.is_in(dir));
                        of_this.extend(inside.map(|(_, index)| *index));
                    }
                    for place in op.places().into_iter().flatten() {
                        of_this.extend(latest.insert(Key::Name(place), index));
                    }
                    if op.moves_dir() {
                        of_this.extend(latest.insert(Key::Moves, index));
                    }
                }
            }
            needs.push(of_this);
        }
        Self { needs }
    }

    /// What each operation needs directly.
    pub(super) fn needs(&self) -> &[Vec<usize>] {
        &self.needs
    }

    /// The marks of a choice, completed to what a disk can make.
    pub(super) fn marks(&self, keep: &Keep) -> Marks {
        let all = self.needs.len();
        match keep {
            Keep::None => vec![false; all],
            Keep::All => vec![true; all],
            Keep::Prefix(n) => (0..all).map(|index| index < *n).collect(),
            Keep::Only(i) => self.with_needs((0..all).map(|index| index == *i).collect()),
            Keep::AllBut(i) => self.without_dependents((0..all).map(|index| index != *i).collect()),
            Keep::Subset(marks) => {
                let marks = marks.iter().copied().chain(std::iter::repeat(false));
                self.with_needs(marks.take(all).collect())
            }
            Keep::Torn(_) => vec![false; all],
        }
    }

    /// Adds what the marked ones need. Needs always point to earlier operations, so one pass from
    /// the end reaches them all.
    pub(super) fn with_needs(&self, mut marks: Marks) -> Marks {
        for (index, needs) in self.needs.iter().enumerate().rev() {
            if marks.get(index).copied().unwrap_or(false) {
                for need in needs {
                    if let Some(mark) = marks.get_mut(*need) {
                        *mark = true;
                    }
                }
            }
        }
        marks
    }

    /// Takes away the marked ones that need an unmarked one.
    pub(super) fn without_dependents(&self, mut marks: Marks) -> Marks {
        for (index, needs) in self.needs.iter().enumerate() {
            let possible = needs
                .iter()
                .all(|need| marks.get(*need).copied().unwrap_or(false));
            if let Some(mark) = marks.get_mut(index) {
                *mark &= possible;
            }
        }
        marks
    }
}

/// What a cut in the middle of a block does to the order of that block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CutBlock {
    /// What is written there anew implies the cut.
    Ordered,
    /// Its bytes are written back like any others: the zeroed rest is an operation of its own.
    WrittenBack,
}

/// The order inside files: that of the writes of each block, and that of writes and cuts.
#[derive(Debug)]
pub(super) struct Blocks {
    latest: HashMap<(Ino, usize), usize>,
    cuts: Vec<Cut>,
    block_bytes: usize,
    cut: CutBlock,
}

impl Blocks {
    pub(super) fn new(block_bytes: usize, cut: CutBlock) -> Self {
        Self {
            latest: HashMap::new(),
            cuts: Vec::new(),
            block_bytes,
            cut,
        }
    }

    /// What the next operation of a list needs inside its file.
    pub(super) fn needs(&mut self, index: usize, op: &Op) -> Vec<usize> {
        let mut needs = Vec::new();
        match &op.kind {
            OpKind::Data { ino, block, .. } => {
                needs.extend(self.latest.insert((*ino, *block), index));
                let start = *block as u64 * self.block_bytes as u64;
                needs.extend(self.last_cut(*ino, start, start + self.block_bytes as u64));
            }
            OpKind::Fill { ino, from, to, .. } => needs.extend(self.last_cut(*ino, *from, *to)),
            OpKind::Size { ino, from, to, .. } if to < from => {
                let size = self.block_bytes as u64;
                let first = match self.cut {
                    CutBlock::Ordered => *to,
                    CutBlock::WrittenBack => to.div_ceil(size) * size,
                };
                self.cuts.push(Cut {
                    index,
                    ino: *ino,
                    from: first,
                    to: *from,
                });
            }
            _ => {}
        }
        needs
    }

    /// The last cut that took bytes of a range away.
    fn last_cut(&self, ino: Ino, start: u64, end: u64) -> Option<usize> {
        let covers = |cut: &&Cut| cut.ino == ino && start < cut.to && cut.from < end;
        self.cuts.iter().rfind(covers).map(|cut| cut.index)
    }
}

/// A pending cut of a file: its bytes `from..to` went away.
#[derive(Debug)]
struct Cut {
    index: usize,
    ino: Ino,
    from: u64,
    to: u64,
}
