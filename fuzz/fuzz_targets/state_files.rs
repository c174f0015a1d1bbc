//! Arbitrary bytes as the files of vote, purge point and committed id.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_oracles::state_files(data));
