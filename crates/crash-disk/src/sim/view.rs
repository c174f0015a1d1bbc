//! One crash point: what is durable there, what is pending, and the disks that may come of it.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use super::disk::Disk;
use super::op::Op;
use super::order::Marks;
use super::plan::Plan;
use super::state::State;
use super::{
    CrashPoint, CrashState, Keep, Level, PendingOp, Profile, Sampling, SimFs, SimOptions,
    StateCount, Tear, count, ladder,
};

/// A disk at the moment of a crash. It does not change when the run goes on.
#[derive(Debug, Clone)]
pub struct CrashView {
    point: CrashPoint,
    point_text: Arc<str>,
    disk: Arc<Disk>,
    plan: Arc<OnceLock<Plan>>,
    profile: Profile,
    options: SimOptions,
}

impl SimFs {
    /// The disk at a crash point. A point beyond the run is the end of the run; a point inside a
    /// call that is no write, or whose bytes are all issued, is the one before or after it.
    /// Without a recorded history every point is the present moment.
    #[must_use]
    pub fn view(&self, point: CrashPoint, profile: Profile) -> CrashView {
        let mut state = self.state();
        let options = state.options;
        let Some(history) = &mut state.history else {
            return CrashView::now(&state, profile);
        };
        let call = history.call(point.calls()).cloned();
        let written = call.as_ref().and_then(|call| call.written());
        let before = point.calls().saturating_sub(1);
        let (disk, when) = match (point, &call, written) {
            (CrashPoint::Inside { bytes, .. }, Some(call), Some((offset, len))) if bytes < len => {
                let mut disk = Disk::clone(&history.disk_after(before));
                let part = |op: &Arc<_>| Op::below(op, offset + bytes, options.block_bytes);
                disk.add(call.ops.iter().filter_map(part).map(Arc::new));
                (Arc::new(disk), format!("after {bytes} bytes of"))
            }
            (CrashPoint::Inside { .. }, Some(_), None) => {
                (history.disk_after(before), "before".to_owned())
            }
            _ => (history.disk_after(point.calls()), "after".to_owned()),
        };
        let text = match &call {
            Some(call) => format!("{when} {}", call.info(point.calls()).text),
            None if point.calls() == 0 => "before the first call".to_owned(),
            None => "at the end".to_owned(),
        };
        CrashView {
            point,
            point_text: text.into(),
            disk,
            plan: Arc::default(),
            profile,
            options,
        }
    }

    /// The disk at the present moment.
    #[must_use]
    pub fn view_now(&self, profile: Profile) -> CrashView {
        CrashView::now(&self.state(), profile)
    }

    /// The disk after a crash at a point of the run, under [`Profile::Posix`].
    #[must_use]
    pub fn crash_at(&self, point: CrashPoint, keep: &Keep) -> Self {
        self.view(point, Profile::Posix).disk(keep)
    }

    /// The disk after a crash at the present moment, under [`Profile::Posix`].
    #[must_use]
    pub fn crash_now(&self, keep: &Keep) -> Self {
        self.view_now(Profile::Posix).disk(keep)
    }

    /// The disk after the death of the process now: see [`CrashView::process_kill`].
    #[must_use]
    pub fn process_kill(&self) -> Self {
        self.view_now(Profile::Posix).process_kill()
    }

    /// The disk after the death of the process at a point of the run: see
    /// [`CrashView::process_kill`].
    #[must_use]
    pub fn process_kill_at(&self, point: CrashPoint) -> Self {
        self.view(point, Profile::Posix).process_kill()
    }
}

impl CrashView {
    fn now(state: &State, profile: Profile) -> Self {
        Self {
            point: CrashPoint::After(state.step),
            point_text: "now".into(),
            disk: Arc::new(state.disk.clone()),
            plan: Arc::default(),
            profile,
            options: state.options,
        }
    }

    fn plan(&self) -> &Plan {
        self.plan
            .get_or_init(|| Plan::new(self.profile, &self.disk))
    }

    /// The crash point that this view shows.
    #[must_use]
    pub fn point(&self) -> CrashPoint {
        self.point
    }

    /// The profile, whose rules say what may be lost.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// What is pending under the profile, oldest first, each with the sync that makes it durable.
    #[must_use]
    pub fn pending(&self) -> Vec<PendingOp> {
        let ops = self.plan().pending().iter().enumerate();
        ops.map(|(index, op)| op.describe(index, self.profile, self.options.block_bytes))
            .collect()
    }

    /// How many micro-operations are pending.
    #[must_use]
    pub fn pending_len(&self) -> usize {
        self.plan().pending().len()
    }

    /// How many choices of pending operations a disk can make here. Torn blocks are not counted.
    #[must_use]
    pub fn possible(&self) -> StateCount {
        count::closed_sets(self.plan().order())
    }

    /// The choices of a level and those below it, with the default [`Sampling`] where there are
    /// too many.
    #[must_use]
    pub fn states(&self, level: Level) -> Vec<CrashState> {
        self.states_with(level, &Sampling::default())
    }

    /// The choices of a level and those below it. Two choices that come to the same set of
    /// operations are given once; two sets may still make equal disks, which
    /// [`SimFs::image_hash`] tells.
    #[must_use]
    pub fn states_with(&self, level: Level, sampling: &Sampling) -> Vec<CrashState> {
        let mut seen: HashSet<(Marks, Option<Tear>)> = HashSet::new();
        let mut states = Vec::new();
        let block_bytes = self.options.block_bytes;
        for level in level.up_to() {
            for keep in ladder::choices(self.plan(), level, block_bytes, self.point, sampling) {
                let tear = match &keep {
                    Keep::Torn(tear) => Some(*tear),
                    _ => None,
                };
                if seen.insert((self.marks(&keep), tear)) {
                    states.push(CrashState { level, keep });
                }
            }
        }
        states
    }

    /// The disk after the crash: what is kept is durable, the rest is gone, no locks are held. It
    /// is independent of the disk it came from and records its own history if that one did, so
    /// that a recovery on it can be crashed in turn ([`Level::L5`]).
    #[must_use]
    pub fn disk(&self, keep: &Keep) -> SimFs {
        SimFs::on(Disk::new(self.plan().image(keep)), self.options)
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

    /// The crash point and what became of each pending operation, for people to read.
    #[must_use]
    pub fn describe(&self, keep: &Keep) -> String {
        let mut text = format!(
            "crash {} ({}), profile {}, keep {keep}",
            self.point, self.point_text, self.profile
        );
        for (op, kept) in self.pending().iter().zip(self.marks(keep)) {
            text.push_str(match keep {
                Keep::Torn(tear) if tear.op == op.index && kept => "\n  torn ",
                _ if kept => "\n  kept ",
                _ => "\n  lost ",
            });
            text.push_str(&op.to_string());
        }
        text
    }

    /// Which of the pending operations a choice comes to keep, in their order.
    #[must_use]
    pub fn marks(&self, keep: &Keep) -> Vec<bool> {
        self.plan().marks(keep)
    }
}
