//! Which records make a block of an index: the one rule for writing, recovering and scanning blocks.

use crate::config::PartitionConfig;
use crate::index::Block;

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
    /// that end with it: the one before, if the record is over its hours, and its own, if it is full.
    pub(crate) fn add(
        self,
        growing: &mut Option<GrowingBlock>,
        key: u64,
        (offset, len): (u64, u64),
        mut close: impl FnMut(Block),
    ) {
        let Self(config) = self;
        let limits = config.index;
        let over =
            |tail: &mut GrowingBlock| config.spans_hours(tail.block.min_key, key, limits.max_hours);
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
