//! OpenRaft log storage on timevault partitions.

pub use openraft;
pub use timevault;
