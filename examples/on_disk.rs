//! Writes a small log, so that you can look at its files: `cargo run --example on_disk -- DIR`.
//!
//! Chunk and index sizes are drawn small, so that a few entries show everything.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Cursor;
use std::path::Path;

use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft::{BasicNode, CommittedLeaderId, Entry, EntryPayload, LogId, Membership, Vote};
use openraft_timevault::{LogStoreOptions, TimevaultLogStore};

openraft::declare_raft_types!(
    /// Types of the example.
    pub Types: D = String, R = (), NodeId = u64, Node = BasicNode
);

/// Bytes at which a chunk of the example is closed.
const CHUNK_BYTES: u64 = 600;
/// Entries in an index block of the example.
const INDEX_RECORDS: u64 = 2;

fn entry(term: u64, index: u64, payload: EntryPayload<Types>) -> Entry<Types> {
    let node = u64::from(term > 0);
    Entry {
        log_id: LogId::new(CommittedLeaderId::new(term, node), index),
        payload,
    }
}

fn membership(configs: Vec<BTreeSet<u64>>) -> EntryPayload<Types> {
    let node = |id: u64| (id, BasicNode::new(format!("127.0.0.1:2100{id}")));
    let nodes: BTreeMap<u64, BasicNode> = (1..=3).map(node).collect();
    EntryPayload::Membership(Membership::new(configs, nodes))
}

/// Writes five entries in four batches over two chunks, a vote, a committed id and a purge point.
///
/// # Errors
/// Whatever the store reports.
pub(crate) async fn write_log(dir: &Path) -> Result<(), Box<dyn Error>> {
    let mut options = LogStoreOptions::default();
    options.partition.chunk_roll.max_bytes = CHUNK_BYTES;
    options.partition.index.max_records = INDEX_RECORDS;
    let mut log = TimevaultLogStore::<Types>::open_dir(dir, options).await?;

    let two = BTreeSet::from([1, 2]);
    log.blocking_append([entry(0, 0, membership(vec![two.clone()]))])
        .await?;
    log.save_vote(&Vote::new_committed(1, 1)).await?;
    log.blocking_append([entry(1, 1, EntryPayload::Blank)])
        .await?;
    let texts = ["set x 1", "line\nbreak, \"quote\", tab\t, é, 漢"];
    let texts = texts.map(|text| EntryPayload::Normal(text.to_owned()));
    log.blocking_append((2..).zip(texts).map(|(index, text)| entry(1, index, text)))
        .await?;
    let joint = membership(vec![two, BTreeSet::from([2, 3])]);
    log.blocking_append([entry(1, 4, joint)]).await?;
    let id = |index| LogId::new(CommittedLeaderId::new(1, 1), index);
    log.save_committed(Some(id(2))).await?;
    log.purge(id(1)).await?;
    log.close().await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
#[allow(dead_code, reason = "a test takes this file as a module")]
#[allow(clippy::print_stdout, reason = "the example tells what it did")]
async fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args_os().nth(1).ok_or("usage: on_disk DIR")?;
    write_log(Path::new(&dir)).await?;
    println!("wrote a log to {}", Path::new(&dir).display());
    Ok(())
}
