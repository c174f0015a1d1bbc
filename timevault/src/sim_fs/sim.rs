//! The simulated disk as a file system and as something that can crash.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::Detail;
use super::disk::Disk;
use super::file::SimFile;
use super::image::{Image, Ino, Spot, text};
use super::op::OpKind;
use super::state::{Doing, State};
use super::{CallInfo, CrashPoint, CrashView, Keep, PendingOp, Profile, SimOptions};
use crate::fs::{Access, CallKind, DirEntry, File, FileSystem, SyncSite};

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

    /// The disk at a crash point. A point beyond the run is the end of the run; a point inside a
    /// call that is no write, or whose bytes are all issued, is the one before or after it.
    /// Without a recorded history every point is the present moment.
    #[must_use]
    pub fn view(&self, point: CrashPoint, profile: Profile) -> CrashView {
        let mut state = self.state();
        let options = state.options;
        let Some(history) = &mut state.history else {
            let now = CrashPoint::After(state.step);
            let disk = Arc::new(state.disk.clone());
            return CrashView::new(now, "now".to_owned(), disk, profile, options);
        };
        let call = history.call(point.calls()).cloned();
        let written = call.as_ref().and_then(|call| call.written());
        let before = point.calls().saturating_sub(1);
        let (disk, when) = match (point, &call, written) {
            (CrashPoint::Inside { bytes, .. }, Some(call), Some((offset, len))) if bytes < len => {
                let mut disk = Disk::clone(&history.disk_after(before));
                let part =
                    |op: &Arc<_>| super::op::Op::below(op, offset + bytes, options.block_bytes);
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
        CrashView::new(point, text, disk, profile, options)
    }

    /// The disk at the present moment.
    #[must_use]
    pub fn view_now(&self, profile: Profile) -> CrashView {
        let state = self.state();
        let now = CrashPoint::After(state.step);
        CrashView::new(
            now,
            "now".into(),
            Arc::new(state.disk.clone()),
            profile,
            state.options,
        )
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

    /// What is pending at a point of the run, oldest first.
    #[must_use]
    pub fn pending_at(&self, point: CrashPoint) -> Vec<PendingOp> {
        self.view(point, Profile::Posix).pending()
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

    /// Makes the `nth` sync from now (1 is the next), of a file or a directory, fail with a
    /// system error number, the way Linux fails one: the error is reported once; pending data of
    /// the file counts as clean, stays visible to the living process and can never become durable
    /// unless its block is written again; the next sync returns Ok. After a failed directory sync
    /// the entries are still pending.
    pub fn fail_sync(&self, nth: u64, errno: i32) {
        self.state().failing.push((nth.max(1), errno));
    }

    /// Hash of the durable tree: its paths, lengths and contents. Equal for equal disks, also in
    /// another run or process, as long as their blocks have the same size.
    #[must_use]
    pub fn image_hash(&self) -> u128 {
        let image = self.state().disk.durable.clone();
        image.hash()
    }

    /// Opens a file by its inode, in one step with what was done to find it.
    fn handle(&self, ino: Ino, path: &Path, writable: bool, locked: bool) -> SimFile {
        SimFile::new(self.clone(), ino, text(path), writable, locked)
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

/// A call that adds, removes or moves an entry.
fn entry_call(kind: CallKind, path: &Path) -> Doing {
    Doing {
        kind,
        path: text(path),
        detail: Detail::Plain,
    }
}

impl FileSystem for SimFs {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let ino = {
            let state = self.state();
            let ino = state.live.find(path)?;
            state.live.file(ino).ok_or(io::ErrorKind::IsADirectory)?;
            ino
        };
        Ok(Box::new(self.handle(
            ino,
            path,
            access == Access::ReadWrite,
            false,
        )))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let ino = self.state().link(CallKind::CreateNew, path, false)?;
        Ok(Box::new(self.handle(ino, path, true, false)))
    }

    /// Directories are not renamed: `Unsupported`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        // Both directories are looked up before either name, as Linux does it.
        let source = state.live.spot(from)?.ok_or(io::ErrorKind::Unsupported)?;
        let target = state.live.spot(to)?.ok_or(io::ErrorKind::IsADirectory)?;
        let ino = source.found.ok_or(io::ErrorKind::NotFound)?;
        state.live.file(ino).ok_or(io::ErrorKind::Unsupported)?;
        if target
            .found
            .is_some_and(|found| state.live.dir(found).is_some())
        {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let (from_place, to_place) = ((source.dir, source.name), (target.dir, target.name));
        let to_path = text(to);
        let moved = OpKind::Rename {
            from: from_place.clone(),
            to: to_place.clone(),
            ino,
            to_path: Arc::clone(&to_path),
        };
        let doing = Doing {
            kind: CallKind::Rename,
            path: text(from),
            detail: Detail::To(to_path),
        };
        // A file renamed to its own name stays as it is.
        state.mutate(doing, (from_place != to_place).then_some(moved));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let Spot { dir, name, found } =
            state.live.spot(path)?.ok_or(io::ErrorKind::IsADirectory)?;
        let ino = found.ok_or(io::ErrorKind::NotFound)?;
        state.live.file(ino).ok_or(io::ErrorKind::IsADirectory)?;
        let doing = entry_call(CallKind::Remove, path);
        state.mutate(doing, [OpKind::Unlink { place: (dir, name) }]);
        Ok(())
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let state = self.state();
        let ino = state.live.find(path)?;
        let entries = state.live.dir(ino).ok_or(io::ErrorKind::NotADirectory)?;
        let listed = entries.iter().map(|(name, ino)| DirEntry {
            name: name.to_string(),
            is_dir: state.live.dir(*ino).is_some(),
            len: state
                .live
                .file(*ino)
                .map_or(0, super::content::Content::len),
        });
        Ok(listed.collect())
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.state().link(CallKind::CreateDir, path, true)?;
        Ok(())
    }

    fn sync_dir(&self, path: &Path, site: SyncSite) -> io::Result<()> {
        let mut state = self.state();
        let ino = state.live.find(path)?;
        state.live.dir(ino).ok_or(io::ErrorKind::NotADirectory)?;
        state.sync(CallKind::SyncDir, &text(path), ino, site)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let ino = {
            let mut state = self.state();
            let found = state.live.spot(path)?.and_then(|spot| spot.found);
            let ino = match found {
                Some(ino) => ino,
                None => state.link(CallKind::Lock, path, false)?,
            };
            state.live.file(ino).ok_or(io::ErrorKind::IsADirectory)?;
            if !state.locked.insert(ino) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            ino
        };
        Ok(Box::new(self.handle(ino, path, true, true)))
    }
}

impl State {
    /// Adds an entry for a new inode.
    fn link(&mut self, kind: CallKind, path: &Path, is_dir: bool) -> io::Result<Ino> {
        let Spot { dir, name, found } =
            self.live.spot(path)?.ok_or(io::ErrorKind::AlreadyExists)?;
        if found.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let ino = self.live.next_ino();
        self.mutate(
            entry_call(kind, path),
            [OpKind::Link {
                place: (dir, name),
                ino,
                is_dir,
            }],
        );
        Ok(ino)
    }
}
