//! A place in the source that asks for a sync.

use std::fmt;

use crash_disk::SyncSite;

/// What a sync is asked for. One place may sync both: a file that replaces another, and then the
/// directory that holds its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Synced {
    /// The bytes and the length of a file.
    File,
    /// The entries of a directory.
    Directory,
}

impl fmt::Display for Synced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Directory => "directory",
        })
    }
}

/// A place in the source, and what it syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site {
    /// The place.
    pub site: SyncSite,
    /// What it syncs.
    pub of: Synced,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.site, self.of)
    }
}

/// Brings sites into the order of the source; of a place that replaces a file, the file first.
pub fn sort_sites(sites: &mut [Site]) {
    sites.sort_by_key(|site| {
        (
            site.site.file(),
            site.site.line(),
            site.of == Synced::Directory,
        )
    });
}
