//! An open file of the seam.

use std::fmt;
use std::io;

use super::SyncSite;

/// An open file. Reads and writes name their position, so one handle serves many threads.
pub trait File: fmt::Debug + Send + Sync + 'static {
    /// Reads up to `buf.len()` bytes at `offset` (bytes from the start). Fewer, also 0, means that
    /// the end was near or that the call was cut short.
    ///
    /// # Errors
    /// Whatever the system reports.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes up to `buf.len()` bytes at `offset` and says how many it wrote. A gap before
    /// `offset` reads as zeros.
    ///
    /// # Errors
    /// Whatever the system reports; how much was written is then unknown.
    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize>;

    /// Length in bytes, as the living process sees it.
    ///
    /// # Errors
    /// Whatever the system reports.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file has no bytes.
    ///
    /// # Errors
    /// As [`len`](Self::len).
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts the file to `len` bytes, or extends it with zeros.
    ///
    /// # Errors
    /// Whatever the system reports.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Makes the file's bytes and length durable (`fdatasync`).
    ///
    /// # Errors
    /// Whatever the system reports. After an error nothing written since the last success is
    /// known to be durable, and a later success does not change that: the kernel may have dropped
    /// the pages.
    fn sync_data(&self, site: SyncSite) -> io::Result<()>;

    /// Makes bytes, length and all other metadata of the file durable (`fsync`).
    ///
    /// # Errors
    /// As [`sync_data`](Self::sync_data).
    fn sync_all(&self, site: SyncSite) -> io::Result<()>;
}
