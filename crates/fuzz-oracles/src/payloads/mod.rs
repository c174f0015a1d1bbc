//! Target `payloads`: values of types of every shape that serde derives, stored and read.

mod any;
mod fold;
mod grow;

use std::io::Cursor;
use std::sync::Arc;

use crash_disk::sim::SimFs;
use openraft::storage::RaftLogStorageExt;
use openraft::{CommittedLeaderId, Entry, EntryPayload, LogId, TokioRuntime};
use openraft_timevault::{LogStoreError, LogStoreOptions, TimevaultLogStore, can_store};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use timevault::StoreOptions;
use tokio::runtime::Runtime;

use self::any::Any;
use self::fold::Way;
use crate::source::Source;

openraft::declare_raft_types!(
    /// Entries whose payload is of any shape.
    PayloadTypes:
        D            = Any,
        R            = (),
        NodeId       = u64,
        Node         = (),
        Entry        = Entry<PayloadTypes>,
        SnapshotData = Cursor<Vec<u8>>,
        AsyncRuntime = TokioRuntime,
);

type Log = TimevaultLogStore<PayloadTypes>;

/// Root of the store on the simulated disk.
const ROOT: &str = "/fuzz";

/// Grows a payload from the bytes (tagged, untagged, flattened, with skipped fields, maps with keys of
/// every kind, 128-bit integers, raw JSON, floats, options of options, in each other), appends it
/// between two blank entries and opens the log again.
///
/// It is refused by the append, with nothing changed, or read back: as what serde_json makes of it
/// without a store, and, where that can be told of the value alone, as the value with the folds that
/// are documented. What comes back like that is not refused. Asked beforehand, the answer is the same.
///
/// # Panics
/// When one of these does not hold.
pub fn payloads(data: &[u8]) {
    Trial::grow(data).run();
}

/// An input for each kind of payload.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    const BYTES: usize = 64;
    let kinds = 0..grow::KINDS;
    let input = |kind: u8| {
        let mut bytes = vec![0; BYTES];
        ChaCha8Rng::seed_from_u64(kind.into()).fill_bytes(&mut bytes);
        bytes.insert(0, kind);
        bytes
    };
    kinds.map(input).collect()
}

/// What became of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Outcome {
    Refused,
    /// As it was.
    Same,
    /// With its documented folds.
    Folded,
    /// Taken for the first kind that fits.
    AsSerdeReads,
}

struct Trial {
    runtime: Runtime,
    grown: Any,
}

impl Trial {
    fn grow(data: &[u8]) -> Self {
        let grown = grow::payload(&mut Source::new(data));
        match tokio::runtime::Builder::new_current_thread().build() {
            Ok(runtime) => Self { runtime, grown },
            Err(error) => panic!("no runtime: {error}"),
        }
    }

    fn run(&self) -> Outcome {
        let fs = SimFs::new_unrecorded();
        let mut log = self.open(&fs);
        self.append(&mut log, [blank(0)])
            .unwrap_or_else(|e| panic!("a blank entry: {e}"));
        let refused = self.append(&mut log, [blank(1), self.entry(2)]).err();
        let asked = can_store::<PayloadTypes>(&self.grown).err();
        assert_eq!(
            asked.is_some(),
            refused.is_some(),
            "asked: {asked:?}, told: {refused:?}"
        );
        let by_serde = self.by_serde_json();
        let expected = self.grown.folded(Way::Direct);
        if let Some(reason) = &refused {
            let comes_back = by_serde.is_some() && by_serde == expected;
            assert!(!comes_back, "refused {:?}: {reason}", self.grown);
            self.append(&mut log, [blank(1)])
                .unwrap_or_else(|e| panic!("behind a refusal: {e}"));
        }
        let before = self.read(&log);
        self.runtime
            .block_on(log.close())
            .unwrap_or_else(|e| panic!("the close: {e}"));
        let read = self.read(&self.open(&fs));
        assert!(read == before, "{before:?} is {read:?} after a reopen");
        if refused.is_some() {
            assert_eq!(read, (2, None), "something was written");
            return Outcome::Refused;
        }
        assert_eq!(read.0, 3, "entries");
        assert!(
            read.1 == by_serde,
            "{:?} is read as {:?}",
            self.grown,
            read.1
        );
        let Some(expected) = expected else {
            return Outcome::AsSerdeReads;
        };
        let same = read.1.as_ref() == Some(&expected);
        assert!(same, "{:?} is read as {:?}", self.grown, read.1);
        if expected == self.grown {
            Outcome::Same
        } else {
            Outcome::Folded
        }
    }

    fn open(&self, fs: &SimFs) -> Log {
        let store = StoreOptions {
            fs: Arc::new(fs.clone()),
            ..StoreOptions::default()
        };
        let opened = Log::open_dir_with(ROOT, store, LogStoreOptions::default());
        match self.runtime.block_on(opened) {
            Ok(log) => log,
            Err(error) => panic!("no longer opens: {error}"),
        }
    }

    fn append<const N: usize>(
        &self,
        log: &mut Log,
        entries: [Entry<PayloadTypes>; N],
    ) -> Result<(), String> {
        let appended = self.runtime.block_on(log.blocking_append(entries));
        appended.map_err(|error| error.to_string())
    }

    fn entry(&self, index: u64) -> Entry<PayloadTypes> {
        Entry {
            payload: EntryPayload::Normal(self.grown.clone()),
            ..blank(index)
        }
    }

    /// How many entries there are, and what the one with data holds.
    fn read(&self, log: &Log) -> (usize, Option<Any>) {
        let mut entries = match log.reader().entries(..) {
            Ok(entries) => entries,
            Err(LogStoreError::NotThisType { index, reason }) => {
                panic!(
                    "acknowledged {:?}, and {index} can't be read: {reason}",
                    self.grown
                )
            }
            Err(error) => panic!("a read of {:?}: {error}", self.grown),
        };
        let count = entries.len();
        let data = entries.pop().and_then(|last| match last.payload {
            EntryPayload::Normal(data) => Some(data),
            _ => None,
        });
        (count, data)
    }

    /// What comes back through serde_json alone, in an entry.
    fn by_serde_json(&self) -> Option<Any> {
        let json = serde_json::to_vec(&self.entry(2)).ok()?;
        let entry: Entry<PayloadTypes> = serde_json::from_slice(&json).ok()?;
        // A record is one line.
        let one_line = memchr::memchr2(b'\n', b'\r', &json).is_none();
        match entry.payload {
            EntryPayload::Normal(data) if one_line => Some(data),
            _ => None,
        }
    }
}

fn blank(index: u64) -> Entry<PayloadTypes> {
    Entry {
        log_id: LogId::new(CommittedLeaderId::new(1, 1), index),
        payload: EntryPayload::Blank,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Were nearly all refused, or none, the target would say little.
    #[test]
    fn every_outcome_is_met() {
        const PAYLOADS: u64 = 2_000;
        let mut met: HashMap<Outcome, u64> = HashMap::new();
        for seed in 0..PAYLOADS {
            let mut bytes = [0; 96];
            ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
            *met.entry(Trial::grow(&bytes).run()).or_default() += 1;
        }
        println!("{met:?}");
        for outcome in [
            Outcome::Refused,
            Outcome::Same,
            Outcome::Folded,
            Outcome::AsSerdeReads,
        ] {
            assert!(
                met.get(&outcome).is_some_and(|count| *count >= 20),
                "{met:?}"
            );
        }
    }
}
