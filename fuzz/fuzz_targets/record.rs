//! Arbitrary bytes as a whole stored line, with its checksum as it is and made right.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openraft_timevault::verify::fuzz::record(data));
