//! The sync audit: leaving out the sync of an append is found at once. The whole audit is
//! `cargo run --release -- audit`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use openraft_timevault::verify::audit::{PlainProgram, Synced, plain_audit, plain_sites};
use openraft_timevault::verify::campaign::{Config, audit, sync_sites};
use openraft_timevault::verify::timevault;

#[test]
fn an_append_without_its_sync_is_found() {
    let subject = timevault();
    let site = sync_sites(&subject).unwrap().into_iter().find(|site| {
        site.of == Synced::File && site.site.file() == "crates/timevault/src/partition/append.rs"
    });
    let audited = audit(&subject, &Config::default(), (site.unwrap(), 1)).unwrap();
    let found = audited.found.unwrap();
    println!("{}", found.violation);
    assert!(found.program.ops.len() <= 1);
    let rules = ["append-durability", "write-order"];
    assert!(rules.contains(&found.violation.rule.name));
}

/// Syncs that no Raft log needs: each is found in a program on a plain partition.
#[test]
fn what_only_a_plain_partition_needs_is_found_there() {
    let in_log = sync_sites(&timevault()).unwrap();
    let all = plain_sites().unwrap();
    let only_plain: Vec<_> = all.iter().filter(|site| !in_log.contains(site)).collect();
    assert!(only_plain.len() >= 4, "{only_plain:?}");
    for site in &only_plain {
        let failure = plain_audit(**site).unwrap_or_else(|| panic!("{site} is not found"));
        println!("{site}: {}: {}", failure.program, failure.violation);
    }
    for program in PlainProgram::ALL {
        let finds = |site| plain_audit(site).is_some_and(|failure| failure.program == program);
        assert!(all.iter().copied().any(finds), "{program} finds nothing");
    }
}
