//! The disk that random programs run on.

use serde::{Deserialize, Serialize};

/// The disk that random programs run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelDisk {
    /// Simulated, in memory.
    Simulated,
    /// A temporary directory.
    Real,
}
