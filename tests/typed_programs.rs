//! Random programs with other type configs than the harness's own: node ids that are texts and UUIDs, an
//! entry type of one's own. Which one a program runs with is drawn with it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod configs;

use std::io::Cursor;

use configs::{Name, NodeUuid, OwnEntryConfig};
use openraft_timevault::verify::campaign::{ModelDisk, run_program};
use openraft_timevault::verify::op::{Program, SequenceMix, program_strategy};
use openraft_timevault::verify::tasks::Runtime;
use openraft_timevault::verify::{
    Capabilities, Payload, Subject as _, Timevault, timevault, typed,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

openraft::declare_raft_types!(NamedPayload: D = Payload, R = (), NodeId = Name, Node = ());
openraft::declare_raft_types!(UuidPayload: D = Payload, R = (), NodeId = NodeUuid, Node = ());

/// The type config of a program.
#[derive(Debug, Clone, Copy)]
enum Types {
    Named,
    Uuids,
    OwnEntries,
}

fn programs(capabilities: Capabilities) -> BoxedStrategy<Program> {
    program_strategy(SequenceMix {
        capabilities,
        simulated: true,
        big: true,
        length: (1, 30),
    })
}

/// The store with types of its own; the payload has to be said where it is not the harness's.
fn own_entries() -> Timevault<OwnEntryConfig> {
    typed("own entries")
        .payload(|seed| Payload::grow(seed).text)
        .refuses_unstorable(false)
}

fn typed_programs() -> impl Strategy<Value = (Types, Program)> {
    let all = timevault().capabilities();
    let own = own_entries().capabilities();
    prop_oneof![
        programs(all).prop_map(|program| (Types::Named, program)),
        programs(all).prop_map(|program| (Types::Uuids, program)),
        programs(own).prop_map(|program| (Types::OwnEntries, program)),
    ]
}

fn run(types: Types, program: &Program) -> Result<(), String> {
    let runtime = Runtime::new().unwrap();
    let disk = ModelDisk::Simulated;
    let run = match types {
        Types::Named => run_program(&runtime, &typed::<NamedPayload>("named"), disk, program),
        Types::Uuids => run_program(&runtime, &typed::<UuidPayload>("uuids"), disk, program),
        Types::OwnEntries => run_program(&runtime, &own_entries(), disk, program),
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
