//! Arbitrary bytes as a manifest, with the checksum of each line as it is and corrected.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| timevault::fuzz::manifest(data));
