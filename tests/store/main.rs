//! The store as a caller sees it: opens, drops, failed writes, reads beside writes, and what a recovery makes of damage.
//! `cargo test --test store held_read` runs the tests of one file.

#[path = "../common/mod.rs"]
mod common;
mod drop_and_cancel;
mod exclusive_open;
mod held_read;
mod idle_cuts;
mod reader_atomicity;
mod recovery_damage;
mod write_failures;
