//! Arbitrary bytes as a manifest, with the checksum of each line as it is and made right.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openraft_timevault::verify::fuzz::manifest(data));
