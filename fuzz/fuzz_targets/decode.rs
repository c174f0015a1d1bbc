//! Arbitrary bytes as the object of a stored entry: never a panic, never another entry.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_oracles::decode(data));
