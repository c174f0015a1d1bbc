//! Calls that programs make and the seam has no word for: hard links, the end of a directory, holes in files, and
//! files by number.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::SimFs;
use super::call::Detail;
use super::content::{Content, split};
use super::errno::{EINVAL, ENOTEMPTY, error, is_a_directory, not_a_directory, not_found};
use super::file::{Purpose, SimFile};
use super::image::{Spot, text};
use super::ino::Ino;
use super::op::{OpKind, Slice};
use super::seam::entry_call;
use super::state::{Doing, State};
use crate::CallKind;

/// What stands at a path of a [`SimFs`].
#[derive(Debug)]
pub enum SimNode {
    /// A directory, by its number.
    Dir(u64),
    /// A file, open for reading and writing.
    File(SimFile),
}

impl SimFs {
    /// Finds what stands at a path. Numbers are those of inodes: they stay the same under any name, and none is given
    /// twice while a disk lives. The root is 0.
    ///
    /// # Errors
    /// `NotFound`, or `NotADirectory` when a file stands where a directory is needed.
    pub fn look_up(&self, path: &Path) -> io::Result<SimNode> {
        let mut state = self.state();
        let ino = state.live.find(path)?;
        Ok(match state.live.dir(ino) {
            Some(_) => SimNode::Dir(ino.0 as u64),
            None => SimNode::File(self.handle(&mut state, ino, path, Purpose::Write)),
        })
    }

    /// Gives a file one more name. It is durable only after a sync of the directory.
    ///
    /// # Errors
    /// `AlreadyExists` when the name is taken; `NotFound` when the directory is not there, or the file has lost its last
    /// name.
    pub fn hard_link(&self, file: &SimFile, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.admit_at(CallKind::CreateNew, path)?;
        let place = state.free_place(path)?;
        if state.live.names(file.ino) == 0 {
            return Err(not_found());
        }
        state.room_for_entry()?;
        let added = OpKind::Link {
            place,
            ino: file.ino,
            is_dir: false,
        };
        let doing = Doing {
            kind: CallKind::CreateNew,
            path: text(path),
            detail: Detail::NameOf(Arc::clone(&file.path)),
        };
        state.mutate(doing, [added]);
        Ok(())
    }

    /// Removes an empty directory. It is durable only after a sync of the directory above.
    ///
    /// # Errors
    /// `DirectoryNotEmpty`; `NotADirectory` when a file stands there; `NotFound`.
    pub fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.admit_at(CallKind::Remove, path)?;
        let Spot { dir, name, found } = state.live.spot(path)?.ok_or_else(is_a_directory)?;
        let ino = found.ok_or_else(not_found)?;
        let entries = state.live.dir(ino).ok_or_else(not_a_directory)?;
        if !entries.is_empty() {
            return Err(error(ENOTEMPTY));
        }
        let removed = OpKind::Unlink {
            place: (dir, name),
            emptied: Some(ino),
        };
        state.mutate(entry_call(CallKind::Remove, path), [removed]);
        Ok(())
    }
}

impl SimFile {
    /// The number of its inode: see [`SimFs::look_up`].
    #[must_use]
    pub fn number(&self) -> u64 {
        self.ino.0 as u64
    }

    /// How many names it has.
    #[must_use]
    pub fn links(&self) -> usize {
        self.fs.state().live.names(self.ino)
    }

    /// Turns a range into zeros, as a punched hole does. The length stays. The zeros are pending like written bytes,
    /// for each block by itself, and durable with a sync of the file.
    ///
    /// # Errors
    /// `InvalidInput` for an empty range.
    pub fn punch_hole(&self, offset: u64, len: u64) -> io::Result<()> {
        if len == 0 {
            return Err(error(EINVAL));
        }
        let mut state = self.fs.state();
        state.admit(CallKind::Write, &self.path)?;
        let zeros = state.zeros(self.ino, offset, offset.saturating_add(len))?;
        let doing = Doing {
            kind: CallKind::Write,
            path: Arc::clone(&self.path),
            detail: Detail::Zeroed { offset, len },
        };
        state.mutate(doing, zeros);
        Ok(())
    }
}

impl State {
    /// Zeros for each block of a range that holds something.
    fn zeros(&self, ino: Ino, from: u64, to: u64) -> io::Result<Vec<OpKind>> {
        let block_bytes = self.live.block_bytes();
        let file = self.live.file(ino).ok_or_else(not_found)?;
        let to = to.min(Content::len(file));
        let held = file.blocks_held(split(from, block_bytes).0);
        let zeros = held.map_while(|block| {
            let begin = block as u64 * block_bytes as u64;
            let (start, end) = (from.max(begin), to.min(begin + block_bytes as u64));
            let len = usize::try_from(end.checked_sub(start)?).ok()?;
            (len > 0).then(|| OpKind::Data {
                ino,
                block,
                start: (start - begin) as usize,
                bytes: Slice::zeros(len),
            })
        });
        Ok(zeros.collect())
    }
}
