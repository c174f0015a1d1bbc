//! The simulated disk behind the seam: what the living process calls.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::SimFs;
use super::call::Detail;
use super::content::Content;
use super::errno::{EINVAL, ENOTEMPTY, error, exists, is_a_directory, not_a_directory, not_found};
use super::file::Purpose;
use super::image::{Spot, text};
use super::ino::Ino;
use super::op::{OpKind, Place};
use super::state::{Doing, State};
use crate::{Access, CallKind, DirEntry, File, FileSystem, FsId, SyncSite};

/// A call that adds, removes or moves an entry.
pub(super) fn entry_call(kind: CallKind, path: &Path) -> Doing {
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
        Ok(Box::new(self.handle(&mut state, ino, path, purpose)))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let mut state = self.state();
        state.admit_at(CallKind::CreateNew, path)?;
        let ino = state.link(CallKind::CreateNew, path, false)?;
        Ok(Box::new(self.handle(&mut state, ino, path, Purpose::Write)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.admit_at(CallKind::Rename, from)?;
        // Both directories are looked up before either name, as Linux does it.
        let source = state.live.spot(from)?.ok_or(io::ErrorKind::Unsupported)?;
        let target = state.live.spot(to)?.ok_or_else(is_a_directory)?;
        let ino = source.found.ok_or_else(not_found)?;
        let is_dir = state.live.dir(ino).is_some();
        let stands_above = |path: &Path, what: Option<Ino>| {
            let mut above = path.ancestors().skip(1);
            what.is_some() && above.any(|above| state.live.find(above).ok() == what)
        };
        if stands_above(to, source.found) {
            return Err(error(EINVAL));
        }
        if stands_above(from, target.found) {
            return Err(error(ENOTEMPTY));
        }
        let emptied = match target.found.filter(|replaced| *replaced != ino) {
            Some(replaced) => state.live.replaceable(replaced, is_dir)?,
            None => None,
        };
        let to_path = text(to);
        let moved = OpKind::Rename {
            from: (source.dir, source.name),
            to: (target.dir, target.name),
            ino,
            to_path: Arc::clone(&to_path),
            is_dir,
            over: target.found.is_some(),
            emptied,
        };
        let doing = Doing {
            kind: CallKind::Rename,
            path: text(from),
            detail: Detail::To(to_path),
        };
        // Renamed to a name that it has, a file stays as it is, with all its names.
        state.mutate(doing, (target.found != Some(ino)).then_some(moved));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.admit_at(CallKind::Remove, path)?;
        let Spot { dir, name, found } = state.live.spot(path)?.ok_or_else(is_a_directory)?;
        let ino = found.ok_or_else(not_found)?;
        state.live.file(ino).ok_or_else(is_a_directory)?;
        let doing = entry_call(CallKind::Remove, path);
        let removed = OpKind::Unlink {
            place: (dir, name),
            emptied: None,
        };
        state.mutate(doing, [removed]);
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
        Ok(Box::new(self.handle(&mut state, ino, path, Purpose::Lock)))
    }
}

impl State {
    /// Where an entry may be added.
    pub(super) fn free_place(&self, path: &Path) -> io::Result<Place> {
        match self.live.spot(path)? {
            Some(Spot {
                dir,
                name,
                found: None,
            }) => Ok((dir, name)),
            _ => Err(exists()),
        }
    }

    /// Adds an entry for a new inode.
    fn link(&mut self, kind: CallKind, path: &Path, is_dir: bool) -> io::Result<Ino> {
        let place = self.free_place(path)?;
        self.room_for_entry()?;
        let ino = self.live.next_ino();
        let added = OpKind::Link { place, ino, is_dir };
        self.mutate(entry_call(kind, path), [added]);
        Ok(ino)
    }
}
