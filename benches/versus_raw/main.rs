//! Our log store beside *raw*, the least that a durable log of JSON lines can do, in turn in one run.
//!
//! ```sh
//! cargo bench --bench versus_raw                    # everything, about ten minutes
//! cargo bench --bench versus_raw -- --quick         # fewer repetitions, about two minutes
//! cargo bench --bench versus_raw -- append vote     # lines with one of these words in their names
//! cargo bench --bench versus_raw -- --help
//! ```
//!
//! What is measured and how to read it: `docs/performance.md`. The workspace in `peers` runs the same lines
//! with other stores beside these two.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark stops where something is wrong, and raw uses files directly"
)]
#![allow(clippy::result_large_err, reason = "openraft's own error type")]
#![allow(
    unreachable_pub,
    reason = "the modules are shared with the workspace in `peers`"
)]

mod suite;

fn main() {
    suite::run(
        &[suite::raw::subject(), suite::ours::subject()],
        &suite::cluster::stores(),
    );
}
