//! Shards of a campaign, joined, come to what the whole comes to: every count, every verdict, every finding.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

use std::path::{Path, PathBuf};

use raft_log_verify::campaign::{JoinError, SHARD_FILE, Shard, Share};
use raft_log_verify::reports::{lines, write};
use raft_log_verify::seeded::{Bug, PlainSubject};
use raft_log_verify::subject::Subject;
use raft_log_verify::{Config, NoProgress, Report, check};
use tempfile::TempDir;

fn config() -> Config {
    Config {
        sequences: 20,
        real_sequences: 3,
        random_crashes: 1,
        nested_length: 1,
        purge_window: true,
        ..Config::quick()
    }
}

fn run(subject: &impl Subject, config: &Config) -> Report {
    check(subject, config, &NoProgress)
}

/// Runs the shards, each with its files in a folder of its own.
fn shards(subject: &impl Subject, config: &Config, of: u64) -> (TempDir, Vec<PathBuf>) {
    let dir = TempDir::new().unwrap();
    let shard = |number: u64| {
        let share = Share::Shard(Shard::new(number, of).unwrap());
        let config = Config {
            share,
            ..config.clone()
        };
        let folder = dir.path().join(number.to_string());
        write(&folder, &run(subject, &config)).unwrap();
        folder
    };
    let folders = (1..=of).map(shard).collect();
    (dir, folders)
}

fn joined(subject: &impl Subject, config: &Config, folders: &[PathBuf]) -> Report {
    let config = config.clone().joined(&subject.name(), folders).unwrap();
    run(subject, &config)
}

#[test]
fn three_shards_equal_the_whole() {
    let subject = PlainSubject::default();
    let whole = run(&subject, &config());
    assert!(whole.is_clean(), "{whole}");
    let (_dir, mut folders) = shards(&subject, &config(), 3);
    folders.reverse();
    let joined = joined(&subject, &config(), &folders);
    assert_eq!(lines(&joined), lines(&whole));
    assert_eq!(joined.to_string(), whole.to_string());
}

#[test]
fn findings_of_shards_are_those_of_the_whole() {
    let subject = PlainSubject::with(Bug::VoteNotSynced);
    let config = Config {
        sequences: 0,
        ..config()
    };
    let whole = run(&subject, &config);
    assert!(whole.findings().count() > 1, "{whole}");
    let (_dir, folders) = shards(&subject, &config, 2);
    let joined = joined(&subject, &config, &folders);
    assert_eq!(lines(&joined), lines(&whole));
}

/// Programs that are too short for the floors: each shard is silent about it, the whole is not.
#[test]
fn how_much_is_enough_only_the_whole_says() {
    let subject = PlainSubject::default();
    let config = Config {
        floors: true,
        sequences: 200,
        length: (1, 2),
        crash_length: 0,
        random_crashes: 0,
        fault_length: 0,
        ..config()
    };
    let whole = run(&subject, &config);
    assert!(!whole.is_clean(), "{whole}");
    let (_dir, folders) = shards(&subject, &config, 2);
    let joined = joined(&subject, &config, &folders);
    assert_eq!(lines(&joined), lines(&whole));
}

fn refused(config: &Config, name: &str, folders: &[PathBuf]) -> JoinError {
    config.clone().joined(name, folders).unwrap_err()
}

#[test]
fn what_does_not_belong_together_is_not_joined() {
    let subject = PlainSubject::default();
    let small = Config {
        sequences: 2,
        real_sequences: 0,
        crash_length: 0,
        random_crashes: 0,
        fault_length: 0,
        damage_stores: 0,
        ..config()
    };
    let (dir, folders) = shards(&subject, &small, 2);
    let name = subject.name();
    let one = &folders[..1];

    let missing = refused(&small, &name, one);
    assert_eq!(missing.to_string(), "shards are missing: 2/2");
    let twice = refused(&small, &name, &[one, one].concat());
    assert!(matches!(twice, JoinError::Twice { .. }), "{twice}");
    let other_seed = Config {
        seed: 2,
        ..small.clone()
    };
    for (config, name, what) in [
        (&other_seed, name.as_str(), "campaign"),
        (&small, "another", "subject"),
    ] {
        let error = refused(config, name, &folders);
        let JoinError::Differs { what: differs, .. } = &error else {
            unreachable!("{error}");
        };
        assert_eq!(*differs, what);
    }

    let empty = dir.path().join("empty");
    let unread = refused(&small, &name, &[empty]);
    assert!(matches!(unread, JoinError::Read { .. }), "{unread}");
    for (content, text) in [
        (r#"{"version":99}"#, "version 99"),
        ("{", "EOF"),
        (r#"{"version":1}"#, "missing field"),
    ] {
        malformed(&small, (&name, &folders[0]), (content, text));
    }
}

fn malformed(config: &Config, (name, folder): (&str, &Path), (content, text): (&str, &str)) {
    std::fs::write(folder.join(SHARD_FILE), content).unwrap();
    let error = refused(config, name, &[folder.to_path_buf()]).to_string();
    assert!(
        error.contains(text) && error.contains(SHARD_FILE),
        "{error}"
    );
}
