//! What the harness itself calls when it plays the core, recorded in the same way.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use openraft_timevault::verify::caller::History;
use openraft_timevault::verify::{Config, openraft_0_9};

use super::NodeConfig;
use super::log::{Disk, RecordedLog};

/// Programs that are played.
const PROGRAMS: u64 = 400;

/// The calls of programs that the harness plays as the core, a history for each directory.
pub(crate) fn played() -> Vec<History> {
    let disks = Arc::new(Mutex::new(BTreeMap::<PathBuf, Arc<Mutex<Disk>>>::new()));
    let opened = Arc::clone(&disks);
    let store = openraft_0_9::store::<NodeConfig, _, _, Infallible>("recorded", move |dir| {
        let mut disks = opened.lock().unwrap();
        let disk = disks
            .entry(dir)
            .and_modify(|disk| disk.lock().unwrap().stop())
            .or_insert_with(Disk::prompt);
        let log = RecordedLog::open(disk);
        async move { Ok(log) }
    });
    let config = Config {
        real_sequences: PROGRAMS,
        kill_rounds: 0,
        ..Config::quick()
    };
    store
        .payload(|seed| seed.seed)
        .without_power_cuts()
        .check_with(&config);
    let disks = std::mem::take(&mut *disks.lock().unwrap());
    let history = |disk: Arc<Mutex<Disk>>| std::mem::take(&mut disk.lock().unwrap().history);
    disks.into_values().map(history).collect()
}
