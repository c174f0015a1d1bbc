//! The simulated disk as something that can crash at every point of a run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::Disk;
use super::image::Image;
use super::state::State;
use super::{CallInfo, CrashPoint, SimOptions};
use crate::SyncSite;

/// A disk in memory that knows what a power cut may leave of it. See the [module](super).
///
/// Clones are handles of the same disk. All methods may be called while other threads use it.
#[derive(Debug, Clone)]
pub struct SimFs(Arc<Mutex<State>>);

impl Default for SimFs {
    fn default() -> Self {
        Self::new()
    }
}

impl SimFs {
    /// An empty disk that records its history.
    #[must_use]
    pub fn new() -> Self {
        Self::with_options(SimOptions::default())
    }

    /// An empty disk that keeps no history: it can crash only at the present moment.
    #[must_use]
    pub fn new_unrecorded() -> Self {
        Self::with_options(SimOptions {
            record: false,
            ..SimOptions::default()
        })
    }

    /// An empty disk.
    #[must_use]
    pub fn with_options(options: SimOptions) -> Self {
        let options = SimOptions {
            block_bytes: options.block_bytes.max(1),
            ..options
        };
        Self::on(Disk::new(Image::new(options.block_bytes)), options)
    }

    pub(super) fn on(disk: Disk, options: SimOptions) -> Self {
        Self(Arc::new(Mutex::new(State::new(disk, options))))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // No call leaves the state half changed, so a panic elsewhere has not broken it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Mutating calls done so far. Failed calls are not counted, except syncs that were made to
    /// fail.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.state().step
    }

    /// Every crash point of the recorded run, in order.
    #[must_use]
    pub fn points(&self) -> Vec<CrashPoint> {
        let mut points = vec![CrashPoint::After(0)];
        points.extend(self.points_between(0, self.step()));
        points
    }

    /// The crash points of the calls `from + 1 ..= to`, in order: inside each that is a write, and
    /// after each. Inside a write that is at every border of a block, half way and before the
    /// last byte.
    #[must_use]
    pub fn points_between(&self, from: u64, to: u64) -> Vec<CrashPoint> {
        let state = self.state();
        let block_bytes = state.options.block_bytes as u64;
        let mut points = Vec::new();
        for call in from + 1..=to.min(state.step) {
            let record = state
                .history
                .as_ref()
                .and_then(|history| history.call(call));
            if let Some((offset, len)) = record.and_then(|record| record.written()) {
                let cuts = cuts(offset, len, block_bytes);
                points.extend(
                    cuts.into_iter()
                        .map(|bytes| CrashPoint::Inside { call, bytes }),
                );
            }
            points.push(CrashPoint::After(call));
        }
        points
    }

    /// A call of the recorded run by its number, counted from 1.
    #[must_use]
    pub fn call(&self, number: u64) -> Option<CallInfo> {
        let state = self.state();
        Some(state.history.as_ref()?.call(number)?.info(number))
    }

    /// From now on the syncs of one site return Ok and do nothing. They still count as calls.
    pub fn ignore_sync_site(&self, site: SyncSite) {
        self.state().ignored.insert(site);
    }

    /// The sites that asked for a sync, in the order in which they first did.
    #[must_use]
    pub fn sync_sites(&self) -> Vec<SyncSite> {
        self.state().sites.clone()
    }

    /// Hash of the whole state: what is durable, what the process sees, and every operation
    /// that is pending. Equal to [`image_hash`](Self::image_hash) when nothing is. Two disks with
    /// the same hash behave alike from now on, under [`Profile::Posix`](super::Profile::Posix).
    #[must_use]
    pub fn state_hash(&self) -> u128 {
        self.state().disk.hash()
    }

    /// Hash of the durable tree: its paths, lengths and contents. Equal for equal disks, also in
    /// another run or process, as long as their blocks have the same size.
    #[must_use]
    pub fn image_hash(&self) -> u128 {
        let image = self.state().disk.durable.clone();
        image.hash()
    }
}

/// Where a write is cut: borders of blocks, half way, before the last byte.
fn cuts(offset: u64, len: u64, block_bytes: u64) -> Vec<u64> {
    let first = block_bytes - offset % block_bytes;
    let mut cuts: Vec<u64> = (first..len).step_by(block_bytes as usize).collect();
    cuts.extend(
        [len / 2, len.saturating_sub(1)]
            .into_iter()
            .filter(|cut| *cut > 0),
    );
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}
