//! A file system that leaves out some syncs, and notes the places in the source that ask for one.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crash_disk::{Access, DirEntry, File, FileSystem, FsId, SyncSite};

use super::site::{Site, Synced};

/// Places that asked for a sync, in the order in which they first did.
pub type Heard = Arc<Mutex<Vec<Site>>>;

/// A file system that answers some syncs with Ok and does nothing.
#[derive(Debug, Clone)]
pub struct SkipFs {
    /// Where all else goes.
    pub inner: Arc<dyn FileSystem>,
    /// What is left out.
    pub skip: Skip,
}

/// Which syncs are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Skipped {
    /// None.
    #[default]
    Nothing,
    /// Those of one place.
    Site(Site),
    /// Those of the places that have this name.
    Named(&'static str),
}

impl Skipped {
    fn has(self, site: Site) -> bool {
        match self {
            Self::Nothing => false,
            Self::Site(skipped) => skipped == site,
            Self::Named(name) => site.site.name() == Some(name),
        }
    }
}

/// What is left out.
#[derive(Debug, Clone, Default)]
pub struct Skip {
    /// The syncs that do nothing.
    pub what: Skipped,
    /// The places that asked.
    pub heard: Heard,
}

impl Skip {
    /// Whether this sync is left out.
    fn skips(&self, site: SyncSite, of: Synced) -> bool {
        let site = Site { site, of };
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if !heard.contains(&site) {
            heard.push(site);
        }
        self.what.has(site)
    }
}

impl SkipFs {
    fn wrap(&self, inner: Box<dyn File>) -> Box<dyn File> {
        let skip = self.skip.clone();
        Box::new(SkipFile { inner, skip })
    }
}

#[derive(Debug)]
struct SkipFile {
    inner: Box<dyn File>,
    skip: Skip,
}

impl FileSystem for SkipFs {
    fn id(&self) -> FsId {
        self.inner.id()
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(self.inner.open(path, access)?))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(self.inner.create_new(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.inner.remove_file(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.inner.read_dir(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.create_dir(path)
    }

    fn sync_dir(&self, path: &Path, site: SyncSite) -> io::Result<()> {
        if self.skip.skips(site, Synced::Directory) {
            return Ok(());
        }
        self.inner.sync_dir(path, site)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn File>> {
        Ok(self.wrap(self.inner.lock(path)?))
    }
}

impl File for SkipFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inner.read_at(buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        self.inner.write_at(buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.inner.set_len(len)
    }

    fn sync_data(&self, site: SyncSite) -> io::Result<()> {
        if self.skip.skips(site, Synced::File) {
            return Ok(());
        }
        self.inner.sync_data(site)
    }

    fn sync_all(&self, site: SyncSite) -> io::Result<()> {
        if self.skip.skips(site, Synced::File) {
            return Ok(());
        }
        self.inner.sync_all(site)
    }
}
