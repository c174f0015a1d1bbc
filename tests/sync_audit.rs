//! The sync audit: leaving out the sync of an append is found at once. The whole audit is
//! `cargo run --release -- audit`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use openraft_timevault::verify::TimevaultSubject;
use openraft_timevault::verify::audit::Synced;
use openraft_timevault::verify::campaign::{Config, audit, sync_sites};

#[test]
fn an_append_without_its_sync_is_found() {
    let subject = TimevaultSubject::default();
    let site = sync_sites(&subject).unwrap().into_iter().find(|site| {
        site.of == Synced::File && site.site.file() == "timevault/src/partition/append.rs"
    });
    let audited = audit(&subject, &Config::default(), (site.unwrap(), 1)).unwrap();
    let found = audited.found.unwrap();
    println!("{}", found.violation);
    assert!(found.program.ops.len() <= 1);
    let rules = ["append-durability", "write-order"];
    assert!(rules.contains(&found.violation.rule.name));
}
