//! The reference log: what a log store must hold, kept in memory and written for obviousness.

mod image;
mod journal;
mod stored;
mod write;

pub use image::LogImage;
pub(crate) use image::state_hash;
pub use journal::{Fate, Issued, Journal};
pub use stored::Stored;
pub use write::Write;
