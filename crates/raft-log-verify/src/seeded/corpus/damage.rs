//! The bugs of damaged files.

use super::{Bug, Part, Row, row};

/// M1 to M4.
pub(super) static ROWS: &[Row] = &[row(
    Bug::DamageSkipped,
    "M2",
    "damage-skipped",
    Part::Damage,
    &["damage-reported"],
    "a line that cannot be read is skipped",
)];
