//! Where stores stand on the disks of programs.

use std::path::{Path, PathBuf};

/// The store's directory on a simulated disk.
pub(super) const SIM_DIR: &str = "/store";

/// What the names of temporary directories begin with.
pub(super) const PREFIX: &str = "raft-log-verify-";

/// The store's directory, where the root of a simulated disk is this directory of a real one.
pub(crate) fn store_dir(root: &Path) -> PathBuf {
    root.join(SIM_DIR.trim_start_matches('/'))
}
