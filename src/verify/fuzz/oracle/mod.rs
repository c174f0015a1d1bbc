//! The format a second time, written from its description and sharing no code with the engine: what it
//! accepts, and only that, the engine must accept.

mod chunk;
mod index;
mod manifest;
mod partition;
mod sealed;

pub(super) use chunk::{ChunkFormat, Found, batch_start, whole_object};
pub(super) use index::good_prefix;
pub(super) use manifest::lines as manifest_lines;
pub(super) use partition::{Expected, expected};
pub(super) use sealed::{crc32c, ends_sealed, object, unseal, was_sealed};
