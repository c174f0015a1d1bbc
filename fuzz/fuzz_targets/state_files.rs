//! Arbitrary bytes as the files of vote, purge point and committed id.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openraft_timevault::verify::fuzz::state_files(data));
