//! A program of operations, failures and power cuts, grown from arbitrary bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_oracles::log_store_ops(data));
