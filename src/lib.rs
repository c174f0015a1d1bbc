//! OpenRaft log storage on timevault partitions.
#![doc = ""]
#![doc = include_str!("../README.md")]

pub mod inspect;
mod log_store;

pub use log_store::*;
pub use openraft;
pub use timevault;

#[cfg(feature = "verify")]
pub mod verify;
