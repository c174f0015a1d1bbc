//! What a repro file needs to damage a store again.

use serde::{Deserialize, Serialize};

use crate::damage::{Damage, Ending};

/// What was damaged, and how: what a repro file needs beside the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamageCase {
    /// How the run ended.
    pub ending: Ending,
    /// The damage; none where a rule was broken before it.
    pub damage: Option<Damage>,
}
