//! What really happened in a campaign, counted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Names of the counts that more than one place adds to or asks for.
pub mod count {
    /// Operations performed.
    pub const OPERATIONS: &str = "operations";
    /// Operations that meant nothing in the state they met.
    pub const SKIPPED: &str = "operations without meaning";
    /// Sequences run.
    pub const SEQUENCES: &str = "sequences";
    /// Entries appended.
    pub const ENTRIES: &str = "entries appended";
    /// Appends that closed a segment and began the next.
    pub const ROLLS: &str = "rolls";
    /// Truncates that removed a whole segment.
    pub const TRUNCATES_OVER: &str = "truncates over segments";
    /// Purges that removed a whole segment.
    pub const PURGES_OVER: &str = "purges over segments";
    /// Writes that were refused, as they have to be.
    pub const REFUSALS: &str = "refusals";
    /// Opens that found half a record at the end.
    pub const TORN_TAILS: &str = "torn tails";
    /// Opens after a clean close.
    pub const REOPENS: &str = "clean reopens";
    /// Opens after a drop without close.
    pub const DROPS: &str = "drops without close";
    /// Opens after a power cut.
    pub const CRASHES: &str = "power cuts";
    /// Faults that struck.
    pub const FAULTS: &str = "faults that struck";
    /// Writes that failed because of one.
    pub const FAILED_WRITES: &str = "writes failed by a fault";
    /// Opens that were refused because of one.
    pub const FAILED_OPENS: &str = "opens failed by a fault";
    /// Appends after a failed write that were refused.
    pub const LATER_REFUSED: &str = "later appends refused";
    /// Appends after a fault that were acknowledged, and so have to be durable.
    pub const LATER_DONE: &str = "later appends acknowledged";
    /// Calls that the dry run made and the run with the fault did not.
    pub const NOT_MET: &str = "calls not met again";
    /// Opens on the healthy disk after a fault.
    pub const MENDED: &str = "reopened on the healthy disk";
    /// Disks after a fault and a power cut, opened and judged.
    pub const CUTS_JUDGED: &str = "power cuts judged";
    /// Operations begun on a disk with a bound of space.
    pub const BOUNDED: &str = "operations with bounded space";
    /// Those for which the space sufficed.
    pub const FITTED: &str = "operations that found room";
    /// Opens on a disk that was still full.
    pub const FULL_OPENS: &str = "opens on a full disk";
    /// Full disks after which the log was exactly as before the operation.
    pub const UNCHANGED: &str = "logs unchanged by a full disk";
    /// Full disks after which some of the append that failed was there.
    pub const FULL_APPENDS: &str = "full disk: part of an append";
    /// Full disks after which the truncate that failed was done.
    pub const FULL_TRUNCATES: &str = "full disk: truncate done";
    /// Full disks after which the purge that failed was done.
    pub const FULL_PURGES: &str = "full disk: purge done";
    /// Children killed.
    pub const KILLED: &str = "processes killed";
    /// Those that had issued a write which was not acknowledged.
    pub const KILLED_IN_WRITE: &str = "killed inside a write";
    /// Those that were opening the store.
    pub const KILLED_IN_OPEN: &str = "killed inside an open";
    /// Those that were closing it.
    pub const KILLED_IN_CLOSE: &str = "killed inside a close";
    /// Those that did neither.
    pub const KILLED_IDLE: &str = "killed between";
    /// Copies of a child's directory that were made while it stood still, opened and judged.
    pub const STOOD: &str = "copies of a standing process judged";
    /// Of these, copies that broke a rule which the directory itself kept when the process was gone.
    pub const STOOD_ONLY: &str = "copies that only seemed broken";
    /// Opens of children that returned and were compared.
    pub const CHILD_OPENS: &str = "opens reported and compared";
    /// Writes that children reported as acknowledged.
    pub const CHILD_WRITES: &str = "writes reported as done";
    /// Futures dropped before they were ready.
    pub const CANCELLED: &str = "futures dropped half-way";
    /// Reads that were under way while a write was performed.
    pub const READS_ACROSS: &str = "reads across writes";
    /// Appends that returned before their callback fired.
    pub const IN_FLIGHT: &str = "appends in flight";
    /// Votes, truncates and purges made while appends were in flight.
    pub const BEHIND: &str = "writes behind appends in flight";
    /// Second opens that were refused.
    pub const SECOND_OPENS: &str = "second opens refused";
    /// Points at which the power was cut.
    pub const CRASH_POINTS: &str = "crash points";
    /// Crash states that the levels name.
    pub const CRASH_STATES: &str = "crash states possible";
    /// Different ones, opened and judged.
    pub const CRASH_JUDGED: &str = "crash states judged";
    /// States left by a killed process, opened and judged.
    pub const KILLS_JUDGED: &str = "process kills judged";
    /// Calls that failed while an open recovered from a crash.
    pub const RECOVERY_FAULTS: &str = "calls failed in a recovery";
    /// Damaged stores that were opened.
    pub const DAMAGES: &str = "damages";
    /// Of these, refused at open with an error that names file and place.
    pub const DAMAGE_AT_OPEN: &str = "damages reported at open";
    /// Of these, reported by a read with an error that names file and place.
    pub const DAMAGE_AT_READ: &str = "damages reported by a read";
    /// Of these, nothing acknowledged was different.
    pub const DAMAGE_HARMLESS: &str = "damages without effect";
    /// Of these, taken for a torn tail.
    pub const DAMAGE_TORN_TAIL: &str = "damages like a torn tail";
    /// Of these, files put back as a whole, which no other file tells.
    pub const DAMAGE_ROLLED_BACK: &str = "older files, not told";
    /// Stores that were damaged.
    pub const DAMAGED_STORES: &str = "damaged stores";
    /// Entries in the smallest of the large ones.
    pub const DAMAGED_ENTRIES: &str = "entries in a large one";
    /// Segments in the smallest of the large ones.
    pub const DAMAGED_SEGMENTS: &str = "segments in a large one";
    /// Bugs switched on.
    pub const BUGS: &str = "bugs seeded";
    /// Bugs found by a rule that is about them.
    pub const BUGS_FOUND: &str = "bugs found";
    /// Programs of the exhaustive part.
    pub const PROGRAMS: &str = "programs";
    /// Programs of which no crash was judged: the store asked its mounted disk for what that does not know.
    pub const UNKNOWN_CALLS: &str = "programs with calls that the mounted disk does not know";
    /// Syncs that were left out on purpose.
    pub const LEFT_OUT: &str = "syncs left out on purpose";
    /// Of these, those of which the loss was seen.
    pub const LOSSES_SEEN: &str = "losses seen with a sync left out";
    /// Those with an operation that means nothing where it stands, so that a shorter one comes to
    /// the same.
    pub const EQUAL_PROGRAMS: &str = "programs equal to a shorter one";
    /// Purges that are clean on the paranoid disk, which promises nothing.
    pub const PARANOID_CLEAN: &str = "purges clean when paranoid";
    /// Purges that are not.
    pub const PARANOID_BROKEN: &str = "purges broken when paranoid";
    /// Crashes inside recoveries, judged.
    pub const NESTED_JUDGED: &str = "crashes in recovery judged";
    /// Different recovered disks on which the store was used, cut off and reopened.
    pub const AFTERMATHS: &str = "recovered disks worked on";
    /// Shapes of recovered disks of which at least one was.
    pub const SHAPES: &str = "shapes of disks worked on";
    /// Crashed disks in which the store's own tool looked for damage.
    pub const LOOKS: &str = "crashed disks checked";
    /// Shapes of crashed disks of which it looked into at least one.
    pub const SHAPE_LOOKS: &str = "shapes of disks checked";
    /// Different ways of a recovery, each closed and each written behind, with power cuts.
    pub const WAYS: &str = "ways of recovery";
    /// Purges past the last entry.
    pub const PURGES_BEYOND: &str = "purges beyond the end";
    /// Purges that took an older suffix away.
    pub const STALE_SUFFIXES: &str = "stale suffixes cut";
    /// Appends over held entries.
    pub const OVERLAPS: &str = "overlapping appends";
    /// Appends that reached below the purge point.
    pub const BELOW_PURGE: &str = "appends below the purge point";
}

/// Named counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts(BTreeMap<Cow<'static, str>, u64>);

impl Counts {
    /// Adds one.
    pub fn one(&mut self, name: &'static str) {
        self.add(name, 1);
    }

    /// Adds `by`.
    pub fn add(&mut self, name: &'static str, by: u64) {
        *self.0.entry(Cow::Borrowed(name)).or_default() += by;
    }

    /// The count of that name; 0 when nothing was counted.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (name, by) in &other.0 {
            *self.0.entry(name.clone()).or_default() += by;
        }
    }

    /// All counts by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (name.as_ref(), *count))
    }
}
