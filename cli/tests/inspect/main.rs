//! The verbs `check`, `dump` and `repair` on stores of every kind, one file for each kind of trouble.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests look at files from outside"
)]

mod dump;
mod leftovers;
mod losses;
mod odd_files;
#[path = "../stores/mod.rs"]
mod stores;
mod unchecked;
mod verbs;
