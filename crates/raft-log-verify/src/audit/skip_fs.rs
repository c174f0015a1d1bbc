//! A file system that leaves out the syncs of one place in the source, and notes all places.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crash_disk::{Access, DirEntry, File, FileSystem, FsId, SyncSite};

use super::site::{Site, Synced};

/// Places that asked for a sync, in the order in which they first did.
pub type Heard = Arc<Mutex<Vec<Site>>>;

/// A file system that answers the syncs of one place with Ok and does nothing.
#[derive(Debug, Clone)]
pub struct SkipFs {
    /// Where all else goes.
    pub inner: Arc<dyn FileSystem>,
    /// What is left out.
    pub skip: Skip,
}

/// What is left out.
#[derive(Debug, Clone)]
pub struct Skip {
    /// The place whose syncs do nothing.
    pub site: Option<Site>,
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
        self.site == Some(site)
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
