//! A partition's directory made from the bytes: opened, read, appended to, opened again.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_oracles::open_partition(data));
