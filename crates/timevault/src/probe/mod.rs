//! The engine's own readers and writers of each file, for tests that give them bytes which no
//! correct run wrote.

mod index;
mod line;
mod manifest;
mod scan;

pub use index::{IndexBlock, ParsedIndex, index_line, parse_index};
pub use line::{encode_line, open_line};
pub use manifest::{ManifestLine, read_manifest, write_manifest};
pub use scan::{Scanned, find_batch_start, keep_below, scan};
