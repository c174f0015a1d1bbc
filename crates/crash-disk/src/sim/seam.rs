//! The simulated disk behind the seam: what the living process calls.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::SimFs;
use super::call::Detail;
use super::content::Content;
use super::errno::{ENOTEMPTY, error, exists, is_a_directory, not_a_directory, not_found};
use super::file::Purpose;
use super::image::{Spot, text};
use super::ino::Ino;
use super::op::OpKind;
use super::state::{Doing, State};
use crate::{Access, CallKind, DirEntry, File, FileSystem, FsId, SyncSite};

/// A call that adds, removes or moves an entry.
fn entry_call(kind: CallKind, path: &Path) -> Doing {
    Doing {
        kind,
        path: text(path),
        detail: Detail::Plain,
    }
}

impl FileSystem for SimFs {
    fn id(&self) -> FsId {
        self.state().id
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let mut state = self.state();
        state.admit_at(CallKind::Open, path)?;
        let ino = state.live.find(path)?;
        state.live.file(ino).ok_or_else(is_a_directory)?;
        let purpose = match access {
            Access::Read => Purpose::Read,
            Access::ReadWrite => Purpose::Write,
        };
        Ok(self.handle(&mut state, ino, path, purpose))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let mut state = self.state();
        state.admit_at(CallKind::CreateNew, path)?;
        let ino = state.link(CallKind::CreateNew, path, false)?;
        Ok(self.handle(&mut state, ino, path, Purpose::Write))
    }

    /// Directories are not renamed: `Unsupported`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.admit_at(CallKind::Rename, from)?;
        // Both directories are looked up before either name, as Linux does it.
        let source = state.live.spot(from)?.ok_or(io::ErrorKind::Unsupported)?;
        let target = state.live.spot(to)?.ok_or_else(is_a_directory)?;
        let ino = source.found.ok_or_else(not_found)?;
        state.live.file(ino).ok_or(io::ErrorKind::Unsupported)?;
        let is_target = |above: &Path| {
            let found = state.live.find(above).ok();
            found.is_some() && found == target.found
        };
        if from.ancestors().skip(1).any(is_target) {
            return Err(error(ENOTEMPTY));
        }
        let is_dir = |found| state.live.dir(found).is_some();
        if target.found.is_some_and(is_dir) {
            return Err(is_a_directory());
        }
        let (from_place, to_place) = ((source.dir, source.name), (target.dir, target.name));
        let to_path = text(to);
        let moved = OpKind::Rename {
            from: from_place.clone(),
            to: to_place.clone(),
            ino,
            to_path: Arc::clone(&to_path),
            over: target.found.is_some(),
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
        state.admit_at(CallKind::Remove, path)?;
        let Spot { dir, name, found } = state.live.spot(path)?.ok_or_else(is_a_directory)?;
        let ino = found.ok_or_else(not_found)?;
        state.live.file(ino).ok_or_else(is_a_directory)?;
        let doing = entry_call(CallKind::Remove, path);
        state.mutate(doing, [OpKind::Unlink { place: (dir, name) }]);
        Ok(())
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut state = self.state();
        state.admit_at(CallKind::ReadDir, path)?;
        let ino = state.live.find(path)?;
        let entries = state.live.dir(ino).ok_or_else(not_a_directory)?;
        let listed = entries.iter().map(|(name, ino)| DirEntry {
            name: name.to_string(),
            is_dir: state.live.dir(*ino).is_some(),
            len: state.live.file(*ino).map_or(0, Content::len),
        });
        Ok(listed.collect())
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.admit_at(CallKind::CreateDir, path)?;
        state.link(CallKind::CreateDir, path, true)?;
        Ok(())
    }

    fn sync_dir(&self, path: &Path, site: SyncSite) -> io::Result<()> {
        let mut state = self.state();
        let admitted = state.admit_at(CallKind::SyncDir, path);
        let found = state.live.find(path).and_then(|ino| {
            let dir = state.live.dir(ino).ok_or_else(not_a_directory);
            dir.map(|_| ino)
        });
        match (found, admitted.map(|_| ())) {
            (Ok(ino), admitted) => state.sync(CallKind::SyncDir, &text(path), ino, site, admitted),
            (Err(_), Err(why)) | (Err(why), Ok(())) => Err(why),
        }
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let mut state = self.state();
        state.admit_at(CallKind::Lock, path)?;
        let found = state.live.spot(path)?.and_then(|spot| spot.found);
        let ino = match found {
            Some(ino) => ino,
            None => state.link(CallKind::Lock, path, false)?,
        };
        state.live.file(ino).ok_or_else(is_a_directory)?;
        if !state.locked.insert(ino) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(self.handle(&mut state, ino, path, Purpose::Lock))
    }
}

impl State {
    /// Adds an entry for a new inode.
    fn link(&mut self, kind: CallKind, path: &Path, is_dir: bool) -> io::Result<Ino> {
        let Spot { dir, name, found } = self.live.spot(path)?.ok_or_else(exists)?;
        if found.is_some() {
            return Err(exists());
        }
        self.room_for_entry()?;
        let ino = self.live.next_ino();
        let added = OpKind::Link {
            place: (dir, name),
            ino,
            is_dir,
        };
        self.mutate(entry_call(kind, path), [added]);
        Ok(ino)
    }
}
