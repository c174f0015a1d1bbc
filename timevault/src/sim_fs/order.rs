//! Which micro-operations must have happened before which.

use std::collections::HashMap;
use std::sync::Arc;

use super::image::Ino;
use super::op::{Op, OpKind, Place};
use super::{Keep, Profile};

/// What two operations must share for their order to be kept.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Block(Ino, usize),
    Size(Ino),
    Name(&'a Place),
}

/// For each operation of a pending list the earlier ones that it needs directly.
#[derive(Debug)]
pub(super) struct Order {
    needs: Vec<Vec<usize>>,
}

/// A choice of operations, as a mark for each.
pub(super) type Marks = Vec<bool>;

impl Order {
    /// The order that a profile keeps.
    pub(super) fn new(profile: Profile, ops: &[Arc<Op>], block_bytes: usize) -> Self {
        match profile {
            Profile::Posix => Self::posix(ops, block_bytes),
        }
    }

    /// Same block, same length and same name keep their order, and a block that was cut is
    /// written anew only after the cut.
    fn posix(ops: &[Arc<Op>], block_bytes: usize) -> Self {
        let mut latest: HashMap<Key<'_>, usize> = HashMap::with_capacity(ops.len());
        let mut cuts: Vec<Cut> = Vec::new();
        let mut needs = Vec::with_capacity(ops.len());
        for (index, op) in ops.iter().enumerate() {
            let mut of_this = Vec::new();
            match &op.kind {
                OpKind::Data { ino, block, .. } => {
                    of_this.extend(latest.insert(Key::Block(*ino, *block), index));
                    let cut = cuts
                        .iter()
                        .rfind(|cut| cut.covers(*ino, *block, block_bytes));
                    of_this.extend(cut.map(|cut| cut.index));
                }
                OpKind::Size { ino, from, to } => {
                    of_this.extend(latest.insert(Key::Size(*ino), index));
                    if to < from {
                        cuts.push(Cut {
                            index,
                            ino: *ino,
                            from: *to,
                            to: *from,
                        });
                    }
                }
                OpKind::Link { .. } | OpKind::Unlink { .. } | OpKind::Rename { .. } => {
                    for place in op.places().into_iter().flatten() {
                        of_this.extend(latest.insert(Key::Name(place), index));
                    }
                }
            }
            needs.push(of_this);
        }
        Self { needs }
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
        }
    }

    /// Adds what the marked ones need. Needs always point to earlier operations, so one pass from
    /// the end reaches them all.
    fn with_needs(&self, mut marks: Marks) -> Marks {
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
    fn without_dependents(&self, mut marks: Marks) -> Marks {
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

/// A pending cut of a file: its bytes `from..to` went away.
struct Cut {
    index: usize,
    ino: Ino,
    from: u64,
    to: u64,
}

impl Cut {
    fn covers(&self, ino: Ino, block: usize, block_bytes: usize) -> bool {
        let start = block as u64 * block_bytes as u64;
        self.ino == ino && start < self.to && self.from < start + block_bytes as u64
    }
}
