//! A cluster of real Raft nodes in one process, each on a log store of its own.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::result_large_err,
    reason = "tests"
)]

mod machine;
mod node;
mod router;

use std::collections::BTreeSet;
use std::io::Cursor;

use node::{Content, KEPT, Node, open_store};
use openraft::ChangeMembers;
use router::Router;

openraft::declare_raft_types!(
    /// Values are numbers, so that it is easy to see which are missing.
    pub(crate) NodeConfig: D = u64, R = (), Node = ()
);

type Entry = openraft::Entry<NodeConfig>;
type Raft = openraft::Raft<NodeConfig>;

/// Values that are written in all.
const WRITES: u64 = 1_000;

async fn all_caught_up(nodes: &[&Node]) {
    let applied = nodes.iter().map(|node| node.applied()).max().unwrap();
    for node in nodes {
        node.caught_up(applied).await;
    }
}

/// A log that a follower could go on with: consecutive entries from the purge point to the end.
fn check_whole(content: &Content) {
    let first = content.purged.map_or(0, |id| id.index + 1);
    let last = content.last.unwrap().index;
    assert_eq!(content.entries.len() as u64, last + 1 - first);
    let index = |json: &str| serde_json::from_str::<Entry>(json).unwrap().log_id.index;
    let indexes: Vec<u64> = content.entries.iter().map(|json| index(json)).collect();
    assert_eq!(indexes, (first..=last).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_go_through_a_life_and_agree() {
    let dirs = tempfile::tempdir().unwrap();
    let dir = |id: u64| dirs.path().join(format!("node-{id}"));
    let router = Router::default();
    let one = Node::start(1, dir(1), &router).await;
    let two = Node::start(2, dir(2), &router).await;
    let three = Node::start(3, dir(3), &router).await;
    one.raft
        .initialize(BTreeSet::from([1, 2, 3]))
        .await
        .unwrap();
    one.take_the_lead().await;
    one.write(1..=400).await;
    all_caught_up(&[&one, &two, &three]).await;

    // Another leader.
    one.raft.runtime_config().heartbeat(false);
    two.take_the_lead().await;
    one.follows(2).await;
    three.follows(2).await;
    two.write(401..=500).await;
    all_caught_up(&[&one, &two, &three]).await;

    // Snapshot and purge, everywhere.
    for node in [&one, &two, &three] {
        node.snapshot_and_purge().await;
    }
    two.write(501..=550).await;
    all_caught_up(&[&one, &two, &three]).await;

    // One node is stopped, misses writes, and is reopened from its directory.
    let stopped = three.stop().await;
    let old_instance = stopped.machine.clone();
    assert!(stopped.acknowledged.purged.is_some());
    assert!(stopped.acknowledged.entries.len() as u64 >= KEPT);
    check_whole(&stopped.acknowledged);
    two.write(551..=650).await;
    let three = stopped.reopen().await;
    two.write(651..=700).await;
    all_caught_up(&[&two, &three]).await;
    assert_eq!(three.machine.installed(), 0, "caught up from its log");

    // One node is removed and wiped, and comes back under a new id.
    let removed = ChangeMembers::RemoveVoters(BTreeSet::from([1]));
    two.raft.change_membership(removed, false).await.unwrap();
    let wiped = one.stop().await;
    let removed_instance = wiped.machine.clone();
    drop(open_store(&wiped.dir).await.close().await);
    std::fs::remove_dir_all(&wiped.dir).unwrap();
    two.write(701..=800).await;
    two.snapshot_and_purge().await;
    let four = Node::start(4, wiped.dir, &router).await;
    two.raft.add_learner(4, (), true).await.unwrap();
    let added = ChangeMembers::AddVoterIds(BTreeSet::from([4]));
    two.raft.change_membership(added, false).await.unwrap();
    two.write(801..=WRITES).await;
    all_caught_up(&[&two, &three, &four]).await;
    assert!(four.machine.installed() >= 1, "brought up by a snapshot");
    assert!((four.machine.applied_here() as u64) < WRITES);

    // Everybody agrees, and nobody applied anything twice.
    let all: Vec<u64> = (1..=WRITES).collect();
    for node in [&two, &three, &four] {
        assert_eq!(node.machine.values(), all, "node {}", node.id);
    }
    let (two, three, four) = (two.stop().await, three.stop().await, four.stop().await);
    let machines = [&two.machine, &three.machine, &four.machine];
    for machine in machines
        .into_iter()
        .chain([&old_instance, &removed_instance])
    {
        assert_eq!(machine.violations(), [""; 0]);
    }
    for stopped in [two, three, four] {
        let content = Content::of(&mut open_store(&stopped.dir).await).await;
        assert_eq!(content, stopped.acknowledged);
        check_whole(&content);
    }
}
