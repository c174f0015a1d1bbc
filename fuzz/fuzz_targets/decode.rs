//! Arbitrary bytes as a stored line of a Raft log: never a panic, never a wrong entry.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    openraft_timevault::verify::fuzz_decode(data);
});
