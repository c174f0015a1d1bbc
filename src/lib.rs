//! OpenRaft log storage on timevault partitions.

mod log_store;

pub use log_store::*;
pub use openraft;
pub use timevault;

#[cfg(feature = "verify")]
pub mod verify;
