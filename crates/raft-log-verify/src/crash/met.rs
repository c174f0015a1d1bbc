//! How a crashed disk was met.

use crash_disk::sim::{Level, Profile};
use serde::{Deserialize, Serialize};

use crate::text_form;

/// How a disk was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Met {
    /// A power cut under this profile, tried first by this level.
    PowerCut(
        #[serde(with = "text_form")] Profile,
        #[serde(with = "text_form")] Level,
    ),
    /// A killed process.
    Kill,
    /// A crash inside a recovery.
    Nested,
}
