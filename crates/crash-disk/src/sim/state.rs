//! What the handles of one simulated disk share.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;

use super::call::{CallRecord, Detail, Effect};
use super::content::{Content, split};
use super::disk::Disk;
use super::errno::{EFBIG, error};
use super::history::History;
use super::image::Image;
use super::ino::Ino;
use super::op::{Op, OpKind, Slice};
use super::{MAX_FILE_BYTES, SimOptions};
use crate::{CallKind, FaultList, FsId, SyncSite};

/// The state behind a [`SimFs`](super::SimFs).
#[derive(Debug)]
pub(super) struct State {
    pub(super) id: FsId,
    pub(super) options: SimOptions,
    /// What the process sees.
    pub(super) live: Image,
    pub(super) disk: Disk,
    pub(super) history: Option<History>,
    pub(super) step: u64,
    seq: u64,
    pub(super) locked: HashSet<Ino>,
    /// Open handles of each file, and whether it has lost its name.
    open: HashMap<Ino, Handles>,
    pub(super) sites: Vec<SyncSite>,
    pub(super) ignored: HashSet<SyncSite>,
    /// Calls that are to fail.
    pub(super) faults: FaultList,
    /// Bytes of free space, if there is a bound.
    pub(super) free: Option<u64>,
}

#[derive(Debug, Default)]
struct Handles {
    count: usize,
    nameless: bool,
}

/// A call on its way: what it names, before it is known what it does.
#[derive(Debug)]
pub(super) struct Doing {
    pub(super) kind: CallKind,
    pub(super) path: Arc<str>,
    pub(super) detail: Detail,
}

impl State {
    pub(super) fn new(disk: Disk, options: SimOptions) -> Self {
        let known = disk.pending.iter().chain(&disk.lost);
        let last = known.map(|op| op.seq + 1).max();
        Self {
            id: FsId::unique(),
            options,
            live: disk.live(),
            history: options.record.then(|| History::new(disk.clone())),
            // The numbers go on, because they tell which operations a sync has published.
            seq: last.unwrap_or(0).max(disk.seen()),
            disk,
            step: 0,
            locked: HashSet::new(),
            open: HashMap::new(),
            sites: Vec::new(),
            ignored: HashSet::new(),
            faults: FaultList::default(),
            free: None,
        }
    }

    /// Carries out a call that changes the disk.
    pub(super) fn mutate(&mut self, doing: Doing, kinds: impl IntoIterator<Item = OpKind>) {
        self.commit(doing, kinds, Effect::None, None);
    }

    fn commit(
        &mut self,
        doing: Doing,
        kinds: impl IntoIterator<Item = OpKind>,
        effect: Effect,
        site: Option<SyncSite>,
    ) {
        self.step += 1;
        let Doing { kind, path, detail } = doing;
        let mut ops = Vec::new();
        for kind in kinds {
            let op = Op {
                call: self.step,
                seq: self.seq,
                path: Arc::clone(&path),
                kind,
            };
            self.seq += 1;
            let taken = op.takes().and_then(|place| self.live.at(place));
            self.live.apply(&op);
            if let Some(ino) = taken.filter(|ino| self.live.names(*ino) == 0) {
                self.lose_name(ino);
            }
            ops.push(Arc::new(op));
        }
        let call = CallRecord {
            kind,
            path,
            detail,
            site,
            ops,
            effect,
        };
        self.disk.advance(&call);
        if let Some(history) = &mut self.history {
            history.push(call, &self.disk);
        }
    }

    /// Notes a new handle of a file.
    pub(super) fn opened(&mut self, ino: Ino) {
        self.open.entry(ino).or_default().count += 1;
    }

    /// Notes that a handle of a file is gone, and its content when nothing else can reach it.
    pub(super) fn closed(&mut self, ino: Ino) {
        let Some(handles) = self.open.get_mut(&ino) else {
            return;
        };
        handles.count -= 1;
        if handles.count == 0 {
            let nameless = handles.nameless;
            self.open.remove(&ino);
            if nameless {
                self.forget(ino);
            }
        }
    }

    /// Notes that a file lost its name; its content stays for those who have it open.
    fn lose_name(&mut self, ino: Ino) {
        match self.open.get_mut(&ino) {
            Some(handles) => handles.nameless = true,
            None => self.forget(ino),
        }
    }

    /// Forgets a file that nothing can reach any more, and gives its space back.
    fn forget(&mut self, ino: Ino) {
        let len = self.live.file(ino).map_or(0, Content::len);
        if let Some(free) = &mut self.free {
            *free = free.saturating_add(len);
        }
        self.live.forget(ino);
    }

    /// Writes into a file, block by block, each with the length that it leads to, as far as there
    /// is space. Says how much was written.
    pub(super) fn write(
        &mut self,
        path: &Arc<str>,
        ino: Ino,
        buf: &[u8],
        offset: u64,
    ) -> io::Result<usize> {
        let len = buf.len() as u64;
        let end = offset.checked_add(len).filter(|end| *end <= MAX_FILE_BYTES);
        end.ok_or_else(|| error(EFBIG))?;
        let block_bytes = self.live.block_bytes();
        let old = self.live.file(ino).map_or(0, Content::len);
        let len = self.room_for(old, offset, len)?;
        let end = offset + len;
        self.take_space(old, old.max(end))?;
        let (buf, _) = buf.split_at(len as usize);
        let shared: Arc<[u8]> = buf.into();
        let mut kinds = Vec::new();
        let (mut at, mut size) = (offset, old);
        while at < end {
            let (block, start) = split(at, block_bytes);
            let next = end.min(at + (block_bytes - start) as u64);
            let (from, to) = ((at - offset) as usize, (next - offset) as usize);
            let part = Slice::new(&shared, from, to);
            kinds.push(if self.disk.has_lost(ino, block) {
                self.whole_block(ino, block, start, part.bytes())
            } else {
                OpKind::Data {
                    ino,
                    block,
                    start,
                    bytes: part,
                }
            });
            if next > size {
                kinds.push(OpKind::Size {
                    ino,
                    from: size,
                    to: next,
                    by_write: true,
                });
                size = next;
            }
            at = next;
        }
        let doing = Doing {
            kind: CallKind::Write,
            path: Arc::clone(path),
            detail: Detail::Wrote { offset, len },
        };
        self.mutate(doing, kinds);
        Ok(buf.len())
    }

    /// A write to a block whose last sync failed: the whole page becomes dirty again, and with it
    /// the bytes that were lost.
    fn whole_block(&self, ino: Ino, block: usize, start: usize, part: &[u8]) -> OpKind {
        let block_bytes = self.live.block_bytes();
        let file = self.live.file(ino);
        let held = file.map(|file| file.block_bytes(block, block_bytes));
        let mut bytes = held.unwrap_or_default();
        let end = start + part.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        if let Some(place) = bytes.get_mut(start..end) {
            place.copy_from_slice(part);
        }
        let len = bytes.len();
        OpKind::Data {
            ino,
            block,
            start: 0,
            bytes: Slice::new(&bytes.into(), 0, len),
        }
    }

    /// Syncs a file or a directory. A sync that was not admitted fails; one whose site is ignored
    /// does nothing.
    pub(super) fn sync(
        &mut self,
        kind: CallKind,
        path: &Arc<str>,
        ino: Ino,
        site: SyncSite,
        admitted: io::Result<()>,
    ) -> io::Result<()> {
        if !self.sites.contains(&site) {
            self.sites.push(site);
        }
        let of_dir = kind == CallKind::SyncDir;
        let (detail, effect) = match &admitted {
            Err(_) if of_dir => (Detail::Failed, Effect::None),
            Err(_) => (Detail::Failed, Effect::FileSyncFailed(ino)),
            Ok(()) if self.ignored.contains(&site) => (Detail::Ignored, Effect::None),
            Ok(()) if of_dir => (Detail::Plain, Effect::DirSynced(ino)),
            Ok(()) => (Detail::Plain, Effect::FileSynced(ino)),
        };
        let path = Arc::clone(path);
        self.commit(Doing { kind, path, detail }, None, effect, Some(site));
        admitted
    }
}
