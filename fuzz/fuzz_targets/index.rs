//! Arbitrary bytes as the index of a chunk, with the checksum of each line as it is and corrected.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| timevault::fuzz::index(data));
