//! The bugs of damaged files.

use timevault::SeededBug;

use super::{Known, Part};
use crate::verify::seeded::Bug;

/// M1 to M4.
pub(super) static ROWS: &[Known] = &[
    Known::timevault(
        SeededBug::ManifestLineSkipped,
        "M1",
        "manifest-line-skipped",
        Part::Damage,
        &["damage-reported"],
        "a manifest line that cannot be read is skipped, and with it its chunk",
    ),
    Known::plain(
        Bug::DamageSkipped,
        "M2",
        "damage-skipped",
        Part::Damage,
        &["damage-reported"],
        "a line that cannot be read is skipped",
    ),
    Known::timevault(
        SeededBug::UnnamedChunksDeleted,
        "M3",
        "unnamed-chunks-deleted",
        Part::Damage,
        &["damage-reported"],
        "open deletes the chunks of lost manifest lines",
    ),
    Known::timevault(
        SeededBug::DamageCutAsTail,
        "M4",
        "damage-cut-as-tail",
        Part::Damage,
        &["damage-reported"],
        "damage before the last batch is cut off like a torn tail",
    ),
];
