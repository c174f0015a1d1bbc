//! OpenRaft log storage on timevault partitions.

pub use openraft;
pub use timevault;

#[cfg(feature = "verify")]
pub mod verify;
