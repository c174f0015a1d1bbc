//! Which records make a block of an index: the one rule for writing, recovering and scanning blocks.

use crate::config::PartitionConfig;
use crate::index::Block;

/// Bytes of a block with more than one record, at most. A read of one record reads its block, so this bounds what it
/// reads beside the record; 128 records of common size are less. The format does not know it: blocks may end anywhere.
pub const MAX_BLOCK_BYTES: u64 = 32 << 10;

/// When a block is closed, as the partition's settings tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockRule(PartitionConfig);

/// A block that records are still added to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GrowingBlock {
    pub(crate) block: Block,
    /// Records in it.
    pub(crate) records: u64,
}

impl BlockRule {
    pub(crate) fn new(config: &PartitionConfig) -> Self {
        Self(*config)
    }

    /// Blocks of so many records, whatever their keys.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of_records(max_records: u64) -> Self {
        let mut config = PartitionConfig {
            key_is_timestamp: false,
            ..PartitionConfig::default()
        };
        config.index.max_records = max_records;
        Self(config)
    }

    /// Adds the record of `len` bytes at `offset` to the block that grows, and gives `close` the blocks
    /// that end with it: the one before, if the record is over its hours or its bytes, and its own, if it is full.
    pub(crate) fn add(
        self,
        growing: &mut Option<GrowingBlock>,
        key: u64,
        (offset, len): (u64, u64),
        mut close: impl FnMut(Block),
    ) {
        let Self(config) = self;
        let limits = config.index;
        let over = |tail: &mut GrowingBlock| {
            tail.block.len.saturating_add(len) > MAX_BLOCK_BYTES
                || config.spans_hours(tail.block.min_key, key, limits.max_hours)
        };
        if let Some(before) = growing.take_if(over) {
            close(before.block);
        }
        let tail = growing.get_or_insert(GrowingBlock {
            block: Block {
                min_key: key,
                max_key: key,
                offset,
                len: 0,
            },
            records: 0,
        });
        tail.block.max_key = key;
        tail.block.len += len;
        tail.records += 1;
        if let Some(full) = growing.take_if(|tail| tail.records >= limits.max_records) {
            close(full.block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths of the blocks of records of these lengths, and of the one that still grows.
    fn blocks(lengths: &[u64]) -> (Vec<u64>, Option<u64>) {
        let rule = BlockRule::of_records(3);
        let (mut growing, mut closed, mut offset) = (None, Vec::new(), 0);
        for (key, &len) in lengths.iter().enumerate() {
            rule.add(&mut growing, key as u64, (offset, len), |block| {
                closed.push(block.len);
            });
            offset = offset.saturating_add(len);
        }
        (closed, growing.map(|tail| tail.block.len))
    }

    #[test]
    fn a_block_ends_with_its_last_record_or_before_the_bytes_are_too_many() {
        let half = MAX_BLOCK_BYTES / 2;
        assert_eq!(blocks(&[1, 1, 1, 1]), (vec![3], Some(1)));
        assert_eq!(blocks(&[half, half]), (vec![], Some(MAX_BLOCK_BYTES)));
        assert_eq!(blocks(&[half, half + 1]), (vec![half], Some(half + 1)));
        let large = 40 * MAX_BLOCK_BYTES;
        assert_eq!(blocks(&[1, large, 1]), (vec![1, large], Some(1)));
        assert_eq!(blocks(&[u64::MAX, 1]), (vec![u64::MAX], Some(1)));
    }
}
