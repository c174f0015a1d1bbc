//! Comparing the blocks of an index with the records of its chunk.

use crate::assertion::Broken;
use crate::index::Block;

/// Compares the blocks of an index with the records of its chunk, one record after the other.
pub(crate) struct BlockCheck {
    blocks: std::vec::IntoIter<Block>,
    current: Option<Block>,
    /// Whether the next record is the first of the current block.
    at_start: bool,
    dense: bool,
}

impl BlockCheck {
    /// For records from the first one of the chunk on. With `dense` keys a block must begin with
    /// exactly its `block_min_key`, because readers count from it; otherwise `block_min_key` may be too low.
    pub(crate) fn new(blocks: Vec<Block>, dense: bool) -> Self {
        let mut blocks = blocks.into_iter();
        Self {
            current: blocks.next(),
            blocks,
            at_start: true,
            dense,
        }
    }

    /// The next record, which ends at this offset. After an error the rest of the index is not
    /// compared.
    ///
    /// # Errors
    /// Expected and found.
    pub(crate) fn record(&mut self, key: u64, end: u64) -> Result<(), Broken> {
        let Some(block) = self.current else {
            return Ok(());
        };
        let starts_wrong = match self.dense {
            true => key != block.min_key,
            false => key < block.min_key,
        };
        if self.at_start && starts_wrong {
            self.current = None;
            let expected = format!("a block at {} that begins with key {key}", block.offset);
            return Err((expected, format!("key {}", block.min_key)));
        }
        self.at_start = end == block.end();
        if end > block.end() || (self.at_start && key != block.max_key) {
            self.current = None;
            let expected = format!("a block that ends at {end} with key {key}");
            let found = format!(
                "one that ends at {} with key {}",
                block.end(),
                block.max_key
            );
            return Err((expected, found));
        }
        if self.at_start {
            self.current = self.blocks.next();
        }
        Ok(())
    }

    /// Compares no further record: behind a damaged line the blocks cannot be judged.
    pub(crate) fn stop(&mut self) {
        self.current = None;
    }
}
