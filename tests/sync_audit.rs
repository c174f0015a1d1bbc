//! The sync audit: leaving out the sync of an append is found at once, and the document names every
//! place that asks for a sync. The whole audit is `cargo run --release -- audit`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use openraft_timevault::verify::TimevaultSubject;
use openraft_timevault::verify::audit::{Site, Synced};
use openraft_timevault::verify::campaign::{Config, audit, sync_sites};

const DOCUMENT: &str = include_str!("../docs/sync-audit.md");

/// Least syncs that the programs of one operation come to.
const LEAST_SITES: usize = 30;

#[test]
fn the_document_names_every_site() {
    let sites = sync_sites(&TimevaultSubject::default()).unwrap();
    assert!(sites.len() >= LEAST_SITES, "only {}", sites.len());
    let rows = |file: &str, of: Synced| {
        DOCUMENT
            .lines()
            .filter(|line| line.starts_with(&format!("| `{file}` | ")))
            .filter(|line| line.split(" | ").nth(2) == Some(&of.to_string()))
            .count()
    };
    for site in &sites {
        let alike = |other: &&Site| other.site.file() == site.site.file() && other.of == site.of;
        let there = sites.iter().filter(alike).count();
        assert_eq!(
            rows(site.site.file(), site.of),
            there,
            "docs/sync-audit.md is older than {site}: write it anew"
        );
    }
}

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
