//! What the tests of the simulated disk share: situations, and disks as lines of text.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "each test uses its part, and stops at the first surprise"
)]

use std::collections::BTreeSet;
use std::path::Path;

use crash_disk::sim::{CrashView, Keep, Profile, SimFs, SimOptions, TreeEntry};
use crash_disk::{Access, File, FileSystem, SyncSite};
use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// Small blocks, so that all states of a few of them can be written down.
pub(crate) const BLOCK: usize = 4;
/// Above this many pending operations the subsets are too many to enumerate in a test.
pub(crate) const MAX_PENDING: usize = 16;

/// The profiles of a power cut.
pub(crate) const POWER_CUTS: [Profile; 4] = [
    Profile::Ext4,
    Profile::Xfs,
    Profile::Posix,
    Profile::Paranoid,
];

pub(crate) fn disk() -> SimFs {
    disk_with_blocks(BLOCK, true)
}

pub(crate) fn disk_with_blocks(block_bytes: usize, record: bool) -> SimFs {
    SimFs::with_options(SimOptions {
        block_bytes,
        record,
    })
}

/// A new file with this content, of which nothing is durable.
pub(crate) fn create(fs: &SimFs, path: &str, content: &[u8]) -> Box<dyn File> {
    let file = fs.create_new(Path::new(path)).unwrap();
    if !content.is_empty() {
        file.write_at(content, 0).unwrap();
    }
    file
}

/// A file with durable content and a durable name.
pub(crate) fn durable(fs: &SimFs, path: &str, content: &[u8]) -> Box<dyn File> {
    let file = create(fs, path, content);
    sync(&*file);
    sync_dir(fs, Path::new(path).parent().unwrap());
    file
}

pub(crate) fn rename(fs: &SimFs, from: &str, to: &str) {
    fs.rename(Path::new(from), Path::new(to)).unwrap();
}

pub(crate) fn remove(fs: &SimFs, path: &str) {
    fs.remove_file(Path::new(path)).unwrap();
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

/// Names of random scripts; `d` is a directory.
pub(crate) const NAMES: [&str; 5] = ["a", "b", "c", "d/a", "d/b"];

/// One call of a random script; names are positions in [`NAMES`].
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Write {
        name: usize,
        offset: u64,
        len: usize,
    },
    SetLen {
        name: usize,
        len: u64,
    },
    Sync {
        name: usize,
    },
    Rename {
        from: usize,
        to: usize,
    },
    Remove {
        name: usize,
    },
    SyncDir {
        root: bool,
    },
    FailSync {
        name: usize,
    },
}

impl Step {
    /// Carries out the step and writes `byte` where it writes; a rename or a removal of a missing
    /// name does nothing. `watch` is called between the creation of a file and what is done with it.
    pub(crate) fn run(&self, fs: &SimFs, byte: u8, mut watch: impl FnMut()) {
        let mut open = |name: usize| -> Box<dyn File> {
            let path = Path::new(NAMES[name]);
            let found = fs.open(path, Access::ReadWrite);
            let file = found.or_else(|_| fs.create_new(path)).unwrap();
            watch();
            file
        };
        match *self {
            Self::Write { name, offset, len } => {
                open(name).write_at(&vec![byte; len], offset).unwrap();
            }
            Self::SetLen { name, len } => open(name).set_len(len).unwrap(),
            Self::Sync { name } => sync(&*open(name)),
            Self::FailSync { name } => {
                let file = open(name);
                fs.fail_sync(1, 5);
                file.sync_data(SyncSite::here()).unwrap_err();
            }
            Self::Rename { from, to } => {
                fs.rename(Path::new(NAMES[from]), Path::new(NAMES[to])).ok();
            }
            Self::Remove { name } => {
                fs.remove_file(Path::new(NAMES[name])).ok();
            }
            Self::SyncDir { root } => sync_dir(fs, if root { "/" } else { "d" }),
        }
    }
}

/// Random cases that are the same in every run.
pub(crate) fn config(cases: u32, seed: u64) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
