//! Calls of the simulated disk that fail, and its space.

use std::io;
use std::path::Path;

use super::SimFs;
use super::errno::{ENOSPC, error};
use super::image::text;
use super::state::State;
use crate::{CallKind, Fault, FaultRule, Verdict};

impl SimFs {
    /// Makes the calls of a rule fail, counted from now on; the rules that are there stay. Where
    /// several are due, the first decides.
    ///
    /// A failed call changes nothing and is no [`step`](Self::step), syncs excepted: a failed sync
    /// follows Linux. It reports once; what is pending of the file's data counts as clean, stays
    /// visible to the living process and can never become durable unless its block is written
    /// again; the next sync returns Ok. After a failed directory sync the entries are still
    /// pending. No failed sync publishes anything under the journaling profiles.
    pub fn fail(&self, rule: FaultRule) {
        self.state().faults.add(rule);
    }

    /// Makes the `nth` call of a kind from now (1 is the next) fail: see [`fail`](Self::fail). An
    /// error number may stand for the fault.
    pub fn fail_call(&self, kind: CallKind, nth: u64, fault: impl Into<Fault>) {
        self.fail(FaultRule::new(kind, nth, fault.into()));
    }

    /// Makes the `nth` sync from now (1 is the next) fail, syncs of files and of directories
    /// counted together: see [`fail`](Self::fail).
    pub fn fail_sync(&self, nth: u64, errno: i32) {
        let rule = FaultRule::new(CallKind::SyncData, nth, Fault::Errno(errno));
        self.state().faults.add_for(CallKind::SYNCS.to_vec(), rule);
    }

    /// How many calls were made to fail or cut short.
    #[must_use]
    pub fn faults_fired(&self) -> u64 {
        self.state().faults.fired()
    }

    /// Forgets all rules: no more calls are made to fail.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Leaves this many bytes of free space; at first there is no bound.
    ///
    /// A file takes space for its length, whether written or extended by `set_len`, so writing
    /// over bytes that are there takes none. A write that has room for a part is short; without
    /// room for a single byte it fails with ENOSPC. `set_len` and the creation of a file or
    /// directory are done whole or fail; a new entry takes no space but needs some to be free.
    /// Cutting a file gives its space back, removing it as well once nobody has it open. Crashed
    /// and killed disks begin without a bound.
    pub fn set_space(&self, free_bytes: u64) {
        self.state().free = Some(free_bytes);
    }

    /// Bytes of free space, if there is a bound.
    #[must_use]
    pub fn space_left(&self) -> Option<u64> {
        self.state().free
    }
}

impl State {
    /// Asks the rules about a call, and says how many bytes of a read or write it may handle.
    pub(super) fn admit(&mut self, kind: CallKind, path: &str) -> io::Result<usize> {
        match self.faults.meet(kind, path) {
            Verdict::Proceed => Ok(usize::MAX),
            Verdict::Short(bytes) => Ok(bytes),
            Verdict::Fail(error) => Err(error),
        }
    }

    /// As [`admit`](Self::admit), for a call that names a path.
    pub(super) fn admit_at(&mut self, kind: CallKind, path: &Path) -> io::Result<usize> {
        // Most runs have no rules, and then the text of the path is not needed.
        if self.faults.is_empty() {
            return Ok(usize::MAX);
        }
        self.admit(kind, &text(path))
    }

    /// Takes or gives back the space between two lengths of a file.
    ///
    /// # Errors
    /// ENOSPC, and nothing is taken.
    pub(super) fn take_space(&mut self, old: u64, new: u64) -> io::Result<()> {
        let Some(free) = &mut self.free else {
            return Ok(());
        };
        let after = free.saturating_add(old).checked_sub(new);
        *free = after.ok_or_else(|| error(ENOSPC))?;
        Ok(())
    }

    /// How much of a write there is room for.
    ///
    /// # Errors
    /// ENOSPC when there is none for a single byte.
    pub(super) fn room_for(&self, len: u64, offset: u64, bytes: u64) -> io::Result<u64> {
        let Some(free) = self.free else {
            return Ok(bytes);
        };
        let end = len.saturating_add(free);
        match end.saturating_sub(offset).min(bytes) {
            0 if bytes > 0 => Err(error(ENOSPC)),
            room => Ok(room),
        }
    }

    /// Whether a new entry can be made.
    ///
    /// # Errors
    /// ENOSPC on a full disk.
    pub(super) fn room_for_entry(&self) -> io::Result<()> {
        match self.free {
            Some(0) => Err(error(ENOSPC)),
            _ => Ok(()),
        }
    }
}
