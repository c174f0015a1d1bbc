//! A crash as a drawing: when each call of the last operation was made, and when what it changed was durable.

use crash_disk::sim::{CrashPoint, Profile};

use serde::{Deserialize, Serialize};

use super::{Cut, Left, Recording};
use crate::reference::Fate;

/// What became of what a call changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Durability {
    /// It changed nothing that could be lost.
    Nothing,
    /// It was durable behind this call.
    Durable(u64),
    /// It was pending at the crash, and all of it was kept.
    Kept,
    /// It was pending at the crash, and some or all of it was lost.
    Lost,
}

/// A call of the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnCall {
    /// Its number, from 1.
    pub step: u64,
    /// The call.
    pub text: String,
    /// Whether the crash cut it short.
    pub cut_short: bool,
    /// What became of it.
    pub durability: Durability,
}

/// What the store was asked or promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The call behind which it was.
    pub step: u64,
    /// A write that was issued or acknowledged.
    pub text: String,
    /// Whether it was a promise.
    pub acknowledged: bool,
}

/// The last operation of a program, up to the crash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawing {
    /// The call behind which it begins.
    pub from: u64,
    /// The calls, in order.
    pub calls: Vec<DrawnCall>,
    /// Writes that were issued and acknowledged, in order.
    pub moments: Vec<Moment>,
    /// What the crash was.
    pub crash: String,
}

impl Drawing {
    /// Draws the first crash of a trail.
    pub(crate) fn of(recording: &Recording, cut: &Cut) -> Self {
        let (from, last) = (recording.from, last_step(cut.point));
        let cut_short = |step| matches!(cut.point, CrashPoint::Inside { call, .. } if call == step);
        let fates = fates(recording, cut);
        let calls = (from + 1..=last).filter_map(|step| {
            Some(DrawnCall {
                step,
                text: recording.disk.call(step)?.text,
                cut_short: cut_short(step),
                durability: fates.of(step),
            })
        });
        Self {
            from,
            calls: calls.collect(),
            moments: moments(recording, (from, last)),
            crash: cut.to_string(),
        }
    }
}

/// The last call that was begun.
fn last_step(point: CrashPoint) -> u64 {
    point.complete_calls() + u64::from(matches!(point, CrashPoint::Inside { .. }))
}

fn moments(recording: &Recording, (from, last): (u64, u64)) -> Vec<Moment> {
    let mut moments = Vec::new();
    for write in recording.journal.issued() {
        let text = format!("{:?}", write.write);
        if (from..=last).contains(&write.from) {
            moments.push(Moment {
                step: write.from,
                text: text.clone(),
                acknowledged: false,
            });
        }
        if let Fate::Acknowledged(step) = write.fate
            && (from..=last).contains(&step)
        {
            moments.push(Moment {
                step,
                text,
                acknowledged: true,
            });
        }
    }
    moments.sort_by_key(|moment| (moment.step, moment.acknowledged));
    moments
}

/// Which calls had something pending behind each call, and at the crash.
struct Fates {
    from: u64,
    /// Calls with something pending, behind each complete call.
    pending: Vec<Vec<u64>>,
    /// Calls with something pending at the crash, and whether it was kept.
    at_crash: Vec<(u64, bool)>,
}

fn fates(recording: &Recording, cut: &Cut) -> Fates {
    // A process that dies loses nothing; what the power would have taken is drawn all the same.
    let profile = match cut.left {
        Left::Killed => Profile::Posix,
        Left::PowerCut(profile, _) => profile,
    };
    let complete = recording.from..=cut.point.complete_calls();
    let pending = complete.map(|step| {
        let view = recording.disk.view(CrashPoint::After(step), profile);
        view.pending().iter().map(|op| op.call).collect()
    });
    let view = recording.disk.view(cut.point, profile);
    let kept = match &cut.left {
        Left::Killed => vec![true; view.pending_len()],
        Left::PowerCut(_, keep) => view.marks(keep),
    };
    let ops = view.pending().into_iter().map(|op| op.call);
    Fates {
        from: recording.from,
        pending: pending.collect(),
        at_crash: ops.zip(kept).collect(),
    }
}

impl Fates {
    fn of(&self, call: u64) -> Durability {
        let mut left = self
            .at_crash
            .iter()
            .filter(|(of, _)| *of == call)
            .peekable();
        if left.peek().is_some() {
            return match left.all(|(_, kept)| *kept) {
                true => Durability::Kept,
                false => Durability::Lost,
            };
        }
        let steps = self.from..;
        let behind = steps.zip(&self.pending).filter(|(step, _)| *step >= call);
        let pending = behind.filter(|(_, pending)| pending.contains(&call));
        match pending.map(|(step, _)| step).max() {
            Some(step) => Durability::Durable(step + 1),
            None => Durability::Nothing,
        }
    }
}
