//! The format a second time, written from its description and sharing no code with the engine: what it
//! accepts, and only that, the engine must accept.
//!
//! The crate `fuzz-oracles` compiles these files too: it judges whole directories with them. So nothing in
//! here names another module of the engine.

mod chunk;
mod index;
mod manifest;
pub(crate) mod repair;
pub(crate) mod sealed;

pub(crate) use chunk::{ChunkFormat, Found, batch_start, shown_index, whole_object};
pub(crate) use index::{IndexBlock, good_prefix};
pub(crate) use manifest::{ManifestLine, lines as manifest_lines};
pub(crate) use sealed::unseal;
