//! What real nodes did to their logs, done to correct stores and to one with a bug.
#![allow(clippy::unwrap_used, reason = "a test")]

use crash_disk::sim::{Level, Profile};
use raft_log_verify::campaign::{TrafficPhase, Verdict};
use raft_log_verify::counts::count;
use raft_log_verify::crash::Scope;
use raft_log_verify::seeded::{Bug, Oddity, PlainSubject};
use raft_log_verify::subject::Variant;
use raft_log_verify::{Caller, Config, NoProgress};

#[test]
fn correct_stores_bear_it_for_every_caller() {
    for oddity in [None].into_iter().chain(Oddity::ALL.map(Some)) {
        let plain = PlainSubject {
            oddity,
            ..PlainSubject::default()
        };
        for caller in Caller::ALL {
            let subject = Variant::of(plain).for_caller(caller);
            let phase = TrafficPhase
                .run(&subject, &Config::quick(), &NoProgress)
                .unwrap();
            assert!(
                matches!(phase.verdict, Verdict::Clean),
                "{:?}",
                phase.verdict
            );
            // Reads that were overtaken by a purge or truncate are left out, and nothing else.
            let (all, skipped) = (count::OPERATIONS, count::SKIPPED);
            assert!(phase.counts.of(all) > 300, "{:?}", phase.counts);
            assert!(phase.counts.of(skipped) * 20 < phase.counts.of(all));
        }
    }
}

#[test]
fn mistakes_are_found_by_it() {
    let scope = Scope::new(Level::L1, &[Profile::Posix]);
    for (name, by_crashes) in [("purge-keeps-border", false), ("append-not-synced", true)] {
        let subject = PlainSubject::with(Bug::by_name(name).unwrap());
        let config = Config::quick();
        let phase = TrafficPhase;
        let phase = match by_crashes {
            true => phase.crash(&subject, (&config, &scope), &NoProgress),
            false => phase.run(&subject, &config, &NoProgress),
        };
        let phase = phase.unwrap();
        let found = phase.found.first();
        let found = found.unwrap_or_else(|| unreachable!("{name}: {:?}", phase.verdict));
        let info = subject.bug.and_then(Bug::info).unwrap();
        assert!(info.may_break(found.violation.rule.name), "{found}");
    }
}
