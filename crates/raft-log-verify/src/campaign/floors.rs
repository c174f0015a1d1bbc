//! The least that must have happened in a phase of random programs.

use super::{Config, Floor, ModelDisk, Verdict};
use crate::counts::{Counts, count};
use crate::subject::{Caller, Subject};

/// Programs that the floors are named for; with fewer they are lowered in proportion.
const NAMED_FOR: u64 = 10_000;

/// Below this many programs chance decides, and floors are not judged.
const LEAST_PROGRAMS: u64 = 200;

/// Floors of every subject.
const FOR_ALL: &[Floor] = &[
    Floor {
        name: count::OPERATIONS,
        least: 30 * NAMED_FOR,
    },
    Floor {
        name: count::ENTRIES,
        least: 100_000,
    },
    Floor {
        name: count::REOPENS,
        least: 5_000,
    },
    Floor {
        name: count::DROPS,
        least: 5_000,
    },
    Floor {
        name: count::PURGES_BEYOND,
        least: 5_000,
    },
    Floor {
        name: count::STALE_SUFFIXES,
        least: 1_000,
    },
];

/// Floors of the strict caller.
const FOR_STRICT: &[Floor] = &[
    Floor {
        name: count::REFUSALS,
        least: 5_000,
    },
    Floor {
        name: count::OVERLAPS,
        least: 5_000,
    },
    Floor {
        name: count::BELOW_PURGE,
        least: 2_000,
    },
    Floor {
        name: count::CANCELLED,
        least: 1_000,
    },
];

/// Floors of stores with segments.
const FOR_SEGMENTS: &[Floor] = &[
    Floor {
        name: count::ROLLS,
        least: 5_000,
    },
    Floor {
        name: count::TRUNCATES_OVER,
        least: 3_000,
    },
    Floor {
        name: count::PURGES_OVER,
        least: 3_000,
    },
];

/// Floors of the simulated disk.
const FOR_SIMULATED: &[Floor] = &[
    Floor {
        name: count::CRASHES,
        least: 5_000,
    },
    Floor {
        name: count::FAULTS,
        least: 1_000,
    },
    Floor {
        name: count::FAILED_WRITES,
        least: 1_000,
    },
    Floor {
        name: count::TORN_TAILS,
        least: 50,
    },
];

/// Clean, if enough happened.
pub(super) fn judge<S: Subject>(
    (disk, sequences): (ModelDisk, u64),
    subject: &S,
    config: &Config,
    counts: &Counts,
) -> Verdict {
    if !config.floors || sequences < LEAST_PROGRAMS {
        return Verdict::Clean;
    }
    let capabilities = subject.capabilities();
    let strict = capabilities.caller == Caller::Strict;
    let simulated = disk == ModelDisk::Simulated && capabilities.file_system;
    let groups = [
        (true, FOR_ALL),
        (strict, FOR_STRICT),
        (capabilities.segments, FOR_SEGMENTS),
        (simulated, FOR_SIMULATED),
    ];
    let floors = groups
        .into_iter()
        .filter(|(applies, _)| *applies)
        .flat_map(|(_, group)| group);
    let lowered = floors.map(|floor| Floor {
        least: floor.least * sequences / NAMED_FOR,
        ..*floor
    });
    Verdict::of_floors(lowered.map(|floor| (floor, counts.of(floor.name))))
}
