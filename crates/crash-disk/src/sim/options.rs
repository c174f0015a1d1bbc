//! How a simulated disk is set up.

/// Bytes of a block where nothing else is asked for: the page size of Linux.
pub const DEFAULT_BLOCK_BYTES: usize = 4096;

/// Bytes that a disk writes as one whatever happens: a block may be torn at multiples of this.
pub const SECTOR_BYTES: usize = 512;

/// Largest length of a file; a longer one is refused with `FileTooLarge`.
pub const MAX_FILE_BYTES: u64 = 1 << 36;

/// Settings of a [`SimFs`](super::SimFs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimOptions {
    /// Bytes that the disk writes back as one, at least 1. Data is pending per block.
    pub block_bytes: usize,
    /// Whether the whole history of calls is kept, so that one run yields the crash states of all
    /// its points. Without it only the present moment can crash.
    pub record: bool,
}

impl Default for SimOptions {
    fn default() -> Self {
        Self {
            block_bytes: DEFAULT_BLOCK_BYTES,
            record: true,
        }
    }
}
