//! Our store and the plain write-ahead log under the harness: one program, so that the harness is compiled for each of
//! them once. `cargo test --test harness damage` runs the tests of one file.

mod contract_rules;
mod damage;
mod exhaustive_crash;
mod failing_calls;
mod index_block_borders;
mod killed_processes;
mod purge_window;
mod random_programs;
mod same_seed;
mod sync_audit;
mod truncate_hole;
