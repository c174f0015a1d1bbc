//! Entries of every kind grown from the bytes: written and read, or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_oracles::decode_structured(data));
