//! End to end: three Raft nodes in one process, each on a log store of its own, and clients that write.

mod machine;
mod memory_log;
mod network;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openraft::storage::RaftLogStorage;
use openraft::{Config, Raft, SnapshotPolicy};
use openraft_timevault::{LogStoreOptions, TimevaultLogStore};
use tokio::runtime::Builder;

use super::group::{Group, Kind, Line, Samples, Times, per_second};
use super::log::{Types, text};
use machine::Machine;
use memory_log::MemoryLog;
use network::Network;

const NODES: u64 = 3;
const CLIENTS: [usize; 3] = [1, 16, 64];
/// Long enough for an election.
const PATIENCE: Duration = Duration::from_secs(20);
/// Writes of each client before the clock runs.
const WARM_UP: usize = 5;

/// A log store that clusters are made on.
#[derive(Clone, Copy)]
pub struct Store {
    pub name: &'static str,
    /// Makes a cluster in a directory and measures it; the flag asks to be short.
    pub run: fn(&Path, bool) -> Samples,
}

/// The stores of this package. The first one is what the others are compared with.
pub fn stores() -> Vec<Store> {
    let memory =
        |dir: &Path, quick| measure(dir, quick, |_| std::future::ready(MemoryLog::default()));
    let ours = |dir: &Path, quick| {
        measure(dir, quick, |dir| async move {
            let opening = TimevaultLogStore::<Types>::open_dir(dir, LogStoreOptions::default());
            opening.await.unwrap()
        })
    };
    vec![
        Store {
            name: "memory",
            run: memory,
        },
        Store {
            name: "ours",
            run: ours,
        },
    ]
}

/// The group of clusters.
pub fn groups(stores: &[Store]) -> Vec<Group> {
    let names = |clients| names(clients);
    let lines = CLIENTS.into_iter().map(names).flat_map(|[rate, p50, p99]| {
        [
            Line::rate(rate, "writes/s"),
            Line::time(p50, "us"),
            Line::time(p99, "us"),
        ]
    });
    let stores = stores.to_vec();
    let names = stores.iter().map(|store| store.name).collect();
    let run = move |name: &'static str, dir: &Path, quick| {
        let store = stores.iter().find(|store| store.name == name).unwrap();
        (store.run)(dir, quick)
    };
    vec![Group {
        lines: lines.collect(),
        kind: Kind::Others(names, Box::new(run)),
        often: 1,
    }]
}

fn names(clients: usize) -> [String; 3] {
    ["", ", p50", ", p99"].map(|part| format!("cluster of three, clients: {clients}{part}"))
}

/// Measures a cluster on the stores that `open` makes, each in a directory.
pub fn measure<S, F>(dir: &Path, quick: bool, open: impl Fn(std::path::PathBuf) -> F) -> Samples
where
    S: RaftLogStorage<Types>,
    F: Future<Output = S>,
{
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let network = Network::default();
        let mut nodes = Vec::new();
        for id in 1..=NODES {
            let log = open(dir.join(format!("node-{id}"))).await;
            let node = Raft::new(id, config(), network.clone(), log, Machine::default()).await;
            let node = node.unwrap();
            network.connect(id, &node);
            nodes.push(node);
        }
        nodes[0]
            .initialize((1..=NODES).collect::<BTreeSet<_>>())
            .await
            .unwrap();
        let wait = nodes[0].wait(Some(PATIENCE));
        let led = wait.metrics(|metrics| metrics.current_leader.is_some(), "a leader");
        let leader = led.await.unwrap().current_leader.unwrap();
        let leader = nodes[(leader - 1) as usize].clone();
        let mut samples = Samples::default();
        for clients in CLIENTS {
            write(&leader, clients, quick, &mut samples).await;
        }
        for node in nodes {
            node.shutdown().await.unwrap();
        }
        samples
    })
}

fn config() -> Arc<Config> {
    let config = Config {
        heartbeat_interval: 500,
        election_timeout_min: 1_500,
        election_timeout_max: 3_000,
        snapshot_policy: SnapshotPolicy::Never,
        ..Config::default()
    };
    Arc::new(config.validate().unwrap())
}

async fn write(leader: &Raft<Types>, clients: usize, quick: bool, samples: &mut Samples) {
    let measured = Duration::from_millis(if quick { 400 } else { 800 });
    let text = text(128);
    let client = |_| {
        let (leader, text) = (leader.clone(), text.clone());
        tokio::spawn(async move {
            for _ in 0..WARM_UP {
                leader.client_write(text.clone()).await.unwrap();
            }
            let (began, mut times, mut count) = (Instant::now(), Times::new(), 0);
            while began.elapsed() < measured {
                let call = Instant::now();
                leader.client_write(text.clone()).await.unwrap();
                times.add(call.elapsed());
                count += 1;
            }
            (per_second(count, began.elapsed()), times)
        })
    };
    let clients_at_work: Vec<_> = (0..clients).map(client).collect();
    let (mut rate, mut times) = (0.0, Times::new());
    for client in clients_at_work {
        let (own, own_times) = client.await.unwrap();
        rate += own;
        times.merge(&own_times);
    }
    let [rate_name, p50, p99] = names(clients);
    samples.put(rate_name, rate);
    samples.put(p50, times.quantile_us(0.5));
    samples.put(p99, times.quantile_us(0.99));
}
