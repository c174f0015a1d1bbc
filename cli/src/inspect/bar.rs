//! A progress bar over the bytes of a large store.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};
use openraft_timevault::inspect::LogInspector;
use openraft_timevault::timevault::inspect::{Observer, Target};

/// Bytes of chunks from which on a bar is worth its line.
const LARGE: u64 = 64 << 20;

/// Counts the bytes that are read.
pub(super) struct ByteBar {
    bar: ProgressBar,
    /// Where the partition that is being read began.
    began: u64,
}

impl ByteBar {
    /// A bar on standard error, if that is a terminal and the store is large.
    pub(super) fn new(inspector: &LogInspector, target: &Target) -> Self {
        let sizes = target
            .partitions
            .iter()
            .map(|dir| inspector.partitions().chunk_bytes(dir));
        let total: u64 = sizes.flatten().sum();
        let bar = if total >= LARGE && io::stderr().is_terminal() {
            ProgressBar::new(total)
        } else {
            ProgressBar::hidden()
        };
        let template = "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, began: 0 }
    }

    /// The next partition.
    pub(super) fn next(&mut self) {
        self.began = self.bar.position();
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for ByteBar {
    fn begin(&mut self) {
        self.bar.set_position(self.began);
    }

    fn read(&mut self, bytes: u64) {
        self.bar.inc(bytes);
    }
}
