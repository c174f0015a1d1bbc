//! The engine's fuzz targets: one function per target, from bytes to a property that must hold.
//!
//! A function returns when everything that must hold did. It panics when something did not: that
//! is what a fuzzer takes for a finding, and a test for a failure.
//!
//! Compiled for the engine's own tests and, with `--cfg fuzzing`, for cargo-fuzz; never for users.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a finding shows"
)]

mod index;
mod log_format;
mod manifest;
mod oracle;
mod record;
mod scan;
mod unknown;

pub use index::index;
pub use manifest::manifest;
pub use record::record;
pub use scan::{scan, scan_log};

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "files of the source tree")]
mod tests {
    use std::path::Path;

    type Target = (&'static str, fn(&[u8]));

    #[test]
    fn every_seed_of_every_target_holds() {
        let targets: [Target; 4] = [
            ("index", super::index),
            ("manifest", super::manifest),
            ("record", super::record),
            ("scan", super::scan),
        ];
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
        for (target, function) in targets {
            let seeds: Vec<_> = std::fs::read_dir(root.join(target)).unwrap().collect();
            assert!(!seeds.is_empty(), "{target} has no seeds");
            for seed in seeds {
                let path = seed.unwrap().path();
                println!("{}", path.display());
                function(&std::fs::read(path).unwrap());
            }
        }
    }
}
