//! What a campaign found, as files.

mod outcomes;

pub use outcomes::lines;
