//! The verbs `check`, `dump` and `repair` on stores of every kind, one file for each kind of trouble.

mod dump;
mod leftovers;
mod losses;
mod odd_files;
#[path = "../stores/mod.rs"]
mod stores;
mod unchecked;
mod verbs;
