//! Arbitrary bytes as a whole stored line, with its checksum as it is and corrected.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timevault::fuzz::record(data);
    fuzz_oracles::record(data);
});
