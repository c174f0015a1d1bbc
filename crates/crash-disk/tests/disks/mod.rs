//! What the tests of the simulated disk share: situations, and disks as lines of text.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses its part, and stops at the first surprise"
)]

use std::collections::BTreeSet;
use std::path::Path;

use crash_disk::sim::{CrashView, Keep, Profile, SimFs, SimOptions, TreeEntry};
use crash_disk::{File, FileSystem, SyncSite};

/// Small blocks, so that all states of a few of them can be written down.
pub(crate) const BLOCK: usize = 4;
/// Above this many pending operations the subsets are too many to enumerate in a test.
pub(crate) const MAX_PENDING: usize = 16;

pub(crate) fn disk() -> SimFs {
    SimFs::with_options(SimOptions {
        block_bytes: BLOCK,
        record: true,
    })
}

/// A file with durable content and a durable name.
pub(crate) fn durable(fs: &SimFs, path: &str, content: &[u8]) -> Box<dyn File> {
    let file = fs.create_new(Path::new(path)).unwrap();
    file.write_at(content, 0).unwrap();
    file.sync_data(SyncSite::here()).unwrap();
    sync_dir(fs, Path::new(path).parent().unwrap());
    file
}

pub(crate) fn sync_dir(fs: &SimFs, path: impl AsRef<Path>) {
    fs.sync_dir(path.as_ref(), SyncSite::here()).unwrap();
}

pub(crate) fn sync(file: &dyn File) {
    file.sync_data(SyncSite::here()).unwrap();
}

/// A disk in one line: `name=content` for files, `name/` for directories; a zero shows as `0`,
/// garbage as `#`.
pub(crate) fn line(fs: &SimFs) -> String {
    let show = |bytes: Vec<u8>| -> String {
        bytes
            .iter()
            .map(|&byte| match byte {
                0 => '0',
                0xdb => '#',
                byte => char::from(byte),
            })
            .collect()
    };
    let entries = fs.to_tree().into_iter().map(|(path, entry)| match entry {
        TreeEntry::Dir => format!("{}/", path.display()),
        TreeEntry::File(bytes) => format!("{}={}", path.display(), show(bytes)),
    });
    entries.collect::<Vec<_>>().join(" ")
}

/// Every disk that a crash may leave here, over all subsets of what is pending.
pub(crate) fn all_disks(view: &CrashView) -> BTreeSet<String> {
    let pending = view.pending_len();
    assert!(pending <= MAX_PENDING, "{pending} operations are pending");
    let subsets = (0..1_u32 << pending).map(|bits| {
        let keep = Keep::Subset((0..pending).map(|op| bits & 1 << op != 0).collect());
        line(&view.disk(&keep))
    });
    subsets.collect()
}

pub(crate) fn assert_disks(fs: &SimFs, permitted: &[&str]) {
    assert_disks_of(fs, Profile::Posix, permitted);
}

/// All disks that a crash may leave now are those, and those only.
pub(crate) fn assert_disks_of(fs: &SimFs, profile: Profile, permitted: &[&str]) {
    let permitted: BTreeSet<String> = permitted.iter().map(|&line| line.to_owned()).collect();
    let view = fs.view_now(profile);
    assert_eq!(
        all_disks(&view),
        permitted,
        "{profile}, pending: {:#?}",
        view.pending()
    );
}
