//! Random programs with other type configs than the harness's own: node ids that are texts and UUIDs, an
//! entry type of one's own. Which one a program runs with is drawn with it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod configs;

use std::io::Cursor;

use configs::{Name, NodeUuid, OwnEntryConfig};
use openraft_timevault::TimevaultLogStore;
use openraft_timevault::verify::campaign::{ModelDisk, run_program};
use openraft_timevault::verify::op::{Program, SequenceMix, program_strategy};
use openraft_timevault::verify::{
    Capabilities, OpenError, Payload, PayloadSeed, Place, Subject, TimevaultSubject, Tuning,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tokio::runtime::Builder;

openraft::declare_raft_types!(NamedPayload: D = Payload, R = (), NodeId = Name, Node = ());
openraft::declare_raft_types!(UuidPayload: D = Payload, R = (), NodeId = NodeUuid, Node = ());

/// The store with a type config.
macro_rules! subject {
    ($name:ident: $config:ty, $unstorable:literal, |$seed:ident| $payload:expr) => {
        #[derive(Clone)]
        struct $name;

        impl Subject for $name {
            type Config = $config;
            type Store = TimevaultLogStore<$config>;

            fn name(&self) -> String {
                stringify!($name).to_owned()
            }

            fn capabilities(&self) -> Capabilities {
                TimevaultSubject::default().capabilities()
            }

            async fn open(&self, place: &Place, tuning: Tuning) -> Result<Self::Store, OpenError> {
                TimevaultSubject::default().open_as(place, tuning).await
            }

            async fn close(&self, store: Self::Store) -> Result<(), OpenError> {
                Ok(store.close().await?)
            }

            fn node_id(&self, seed: u64) -> <$config as openraft::RaftTypeConfig>::NodeId {
                seed.into()
            }

            fn node(&self, _seed: u64) {}

            fn payload(&self, $seed: PayloadSeed) -> <$config as openraft::RaftTypeConfig>::D {
                $payload
            }

            fn unstorable(&self) -> bool {
                $unstorable
            }

            fn segments(&self, place: &Place) -> std::io::Result<Option<u64>> {
                TimevaultSubject::default().segments(place)
            }
        }
    };
}

subject!(Named: NamedPayload, true, |seed| Payload::grow(seed));
subject!(Uuids: UuidPayload, true, |seed| Payload::grow(seed));
subject!(OwnEntries: OwnEntryConfig, false, |seed| Payload::grow(seed).text);

/// The type config of a program.
#[derive(Debug, Clone, Copy)]
enum Types {
    Named,
    Uuids,
    OwnEntries,
}

fn programs(unstorable: bool) -> BoxedStrategy<Program> {
    program_strategy(SequenceMix {
        capabilities: TimevaultSubject::default().capabilities(),
        simulated: true,
        unstorable,
        big: true,
        length: (1, 30),
    })
}

fn typed_programs() -> impl Strategy<Value = (Types, Program)> {
    prop_oneof![
        programs(true).prop_map(|program| (Types::Named, program)),
        programs(true).prop_map(|program| (Types::Uuids, program)),
        programs(false).prop_map(|program| (Types::OwnEntries, program)),
    ]
}

fn run(types: Types, program: &Program) -> Result<(), String> {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let disk = ModelDisk::Simulated;
    let run = match types {
        Types::Named => run_program(&runtime, &Named, disk, program),
        Types::Uuids => run_program(&runtime, &Uuids, disk, program),
        Types::OwnEntries => run_program(&runtime, &OwnEntries, disk, program),
    };
    run.map(drop)
        .map_err(|failure| format!("{types:?}: {failure}"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_contract_is_kept_with_every_type_config((types, program) in typed_programs()) {
        let run = run(types, &program);
        prop_assert!(run.is_ok(), "{}", run.unwrap_err());
    }
}
