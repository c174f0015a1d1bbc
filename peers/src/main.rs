//! The benchmark of the project with other people's stores beside ours.
#![allow(clippy::result_large_err, reason = "openraft's own error type")]

mod crew;
mod fjall_3;
mod raft_engine_0_4;
mod raft_log_0_4;
mod raft_log_store;
mod redb_4;
#[path = "../../benches/versus_raw/suite/mod.rs"]
mod suite;

use suite::cluster;

fn main() {
    let subjects = [
        suite::raw::subject(),
        suite::ours::subject(),
        raft_engine_0_4::subject(),
        raft_log_0_4::subject(),
        redb_4::subject(),
        fjall_3::subject(),
    ];
    let mut stores = cluster::stores();
    stores.push(raft_log_store::store());
    suite::run(&subjects, &stores);
}
