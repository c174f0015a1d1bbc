//! One crash point: what is durable there, what is pending, and the disks that may come of it.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use super::disk::Disk;
use super::order::{Marks, Order};
use super::{CrashPoint, CrashState, Keep, Level, PendingOp, Profile, SimFs, SimOptions};

/// A disk at the moment of a crash. It does not change when the run goes on.
#[derive(Debug, Clone)]
pub struct CrashView {
    point: CrashPoint,
    point_text: Arc<str>,
    disk: Arc<Disk>,
    order: Arc<OnceLock<Order>>,
    profile: Profile,
    options: SimOptions,
}

impl CrashView {
    pub(super) fn new(
        point: CrashPoint,
        point_text: String,
        disk: Arc<Disk>,
        profile: Profile,
        options: SimOptions,
    ) -> Self {
        Self {
            point,
            point_text: point_text.into(),
            disk,
            order: Arc::default(),
            profile,
            options,
        }
    }

    /// The moment.
    #[must_use]
    pub fn point(&self) -> CrashPoint {
        self.point
    }

    /// What is pending, oldest first, each with the sync that makes it durable.
    #[must_use]
    pub fn pending(&self) -> Vec<PendingOp> {
        let ops = self.disk.pending.iter().enumerate();
        ops.map(|(index, op)| op.describe(index, self.options.block_bytes))
            .collect()
    }

    /// How many micro-operations are pending.
    #[must_use]
    pub fn pending_len(&self) -> usize {
        self.disk.pending.len()
    }

    /// The choices of a level and those below it. Two choices that come to the same set of
    /// operations are given once; two sets may still make equal disks, which
    /// [`SimFs::image_hash`] tells.
    #[must_use]
    pub fn states(&self, level: Level) -> Vec<CrashState> {
        let mut seen: HashSet<Marks> = HashSet::new();
        let mut states = Vec::new();
        for level in level.up_to() {
            for keep in level.choices(self.pending_len()) {
                if seen.insert(self.marks(&keep)) {
                    states.push(CrashState { level, keep });
                }
            }
        }
        states
    }

    /// The disk after the crash: what is kept is durable, the rest is gone, no locks are held. It
    /// is independent of the disk it came from and records its own history if that one did.
    #[must_use]
    pub fn disk(&self, keep: &Keep) -> SimFs {
        self.disk_with(keep, self.options.record)
    }

    /// As [`disk`](Self::disk), with the choice whether the new disk records its history.
    #[must_use]
    pub fn disk_with(&self, keep: &Keep, record: bool) -> SimFs {
        let mut image = self.disk.durable.clone();
        for (op, kept) in self.disk.pending.iter().zip(self.marks(keep)) {
            if kept {
                image.apply(op);
            }
        }
        image.settle();
        SimFs::on(
            Disk::new(image),
            SimOptions {
                record,
                ..self.options
            },
        )
    }

    /// The disk after the death of the process alone: the page cache stays, so everything written
    /// is visible and what was pending still is. No locks are held.
    #[must_use]
    pub fn process_kill(&self) -> SimFs {
        let mut disk = Disk::clone(&self.disk);
        for op in disk.pending.iter_mut().chain(&mut disk.lost) {
            *op = Arc::new(op.before_the_run());
        }
        SimFs::on(disk, self.options)
    }

    /// The moment and what became of everything pending, for people to read.
    #[must_use]
    pub fn describe(&self, keep: &Keep) -> String {
        let mut text = format!("crash {} ({}), keep {keep}", self.point, self.point_text);
        for (op, kept) in self.pending().iter().zip(self.marks(keep)) {
            text.push_str(if kept { "\n  kept " } else { "\n  lost " });
            text.push_str(&op.to_string());
        }
        text
    }

    /// Which of the pending operations a choice comes to keep, in their order.
    #[must_use]
    pub fn marks(&self, keep: &Keep) -> Vec<bool> {
        let ops = &self.disk.pending;
        let order = || Order::new(self.profile, ops, self.options.block_bytes);
        self.order.get_or_init(order).marks(keep)
    }
}
