//! Arbitrary bytes as those of a chunk, with the checksum of each line as it is and corrected.
#![no_main]

use openraft_timevault::EntryFormat;
use openraft_timevault::verify::openraft_0_9::HarnessTypes;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    timevault::fuzz::scan(data);
    let entries = EntryFormat::<HarnessTypes>::new();
    timevault::fuzz::scan_log(data, &entries, fuzz_oracles::entry_key);
});
