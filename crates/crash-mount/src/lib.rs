//! A simulated disk behind the kernel.
//!
//! A [`Mount`] is a directory that any program can work in: databases, stores that map their files into memory,
//! libraries that know nothing of a seam. A process of its own serves it from a
//! [`SimFs`](crash_disk::sim::SimFs) and writes down every call that changes the disk. The calls are [replayed](replay)
//! into a disk that records, and of that every state is known that a power cut may leave at any moment.
//!
//! The server is a process of its own, because a program that waits for the kernel to write its mapped pages cannot
//! at the same time be the one who takes them. It is the program itself, started a second time: the first thing that
//! it does has to be [`serve_if_asked`].
//!
//! Linux only; needs `/dev/fuse`, and root or `fusermount3`.
#![cfg(target_os = "linux")]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod call_log;
mod disk_call;
mod fuse;
mod mount;
mod nodes;
mod replayer;
mod served_fs;
mod server;
mod unseen;

pub use call_log::{CallLog, LogError};
pub use disk_call::DiskCall;
pub use mount::Mount;
pub use replayer::{ReplayError, Replayer, replay};
pub use server::serve_if_asked;
pub use unseen::UnseenSyncs;
