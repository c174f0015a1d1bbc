//! A payload of any shape, grown from the bytes, stored and read.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_oracles::payloads(data));
