//! Links, pipes, files in the place of directories, and names that steer a terminal.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::stores::{Stored, checked, expect};

#[test]
fn a_partition_behind_a_link_is_looked_at() {
    for level in 0..3 {
        let stored = Stored::healthy();
        let linked = stored.place(level);
        let away = stored.root().join("elsewhere");
        fs::rename(&linked, &away).unwrap();
        symlink(&away, &linked).unwrap();
        let (human, code, kinds, document) = checked(&stored);
        assert_eq!((code, kinds.len()), (0, 0), "{human}");
        assert_eq!(document["partitions"].as_array().unwrap().len(), 1);
        assert!(human.contains("12 records"), "{human}");
    }
}

#[test]
fn a_directory_in_the_place_of_a_chunk_is_told_once() {
    for name in ["0000000000000004.chunk", "0000000000000008.chunk"] {
        let stored = Stored::healthy();
        let chunk = stored.file("chunks").join(name);
        let stored = stored.without(&chunk);
        fs::create_dir(&chunk).unwrap();
        expect(&stored, 1, "damage", &["not-a-file"]);
    }
}

/// Its length is that of the file, not of the link.
#[test]
fn a_file_behind_a_link_is_looked_at() {
    for name in ["0000000000000004.chunk", "0000000000000004.index"] {
        let stored = Stored::healthy();
        let linked = stored.file("chunks").join(name);
        let away = stored.root().join("elsewhere");
        fs::rename(&linked, &away).unwrap();
        symlink(&away, &linked).unwrap();
        expect(&stored, 0, "healthy", &[]);
        stored.exits(0, &["dump", "DIR", "--entry", "5"]);
        stored.exits(0, &["repair", "--yes", "DIR"]);
    }
}

#[test]
fn the_command_that_repair_names_is_one_for_a_shell() {
    let stored = Stored::healthy();
    let index = stored.middle("index");
    let stored = stored.without(&index);
    let spaced = tempfile::tempdir().unwrap();
    let link = spaced.path().join("two words; and 'more'");
    symlink(stored.root(), &link).unwrap();
    let printed = stored.exits(1, &["repair", link.to_str().unwrap()]);
    let command = printed.trim_end().lines().last().unwrap();
    let command = command.replace("openraft-timevault repair", "repair");
    let command = format!(
        "{} {}",
        env!("CARGO_BIN_EXE_openraft-timevault"),
        command.trim()
    );
    let output = Command::new("sh").arg("-c").arg(&command).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
    assert!(index.is_file());
}

#[test]
fn a_file_or_a_dead_link_in_the_place_of_a_directory_is_named() {
    for level in 0..3 {
        for link in [true, false] {
            let stored = Stored::healthy();
            let place = stored.place(level);
            fs::remove_dir_all(&place).unwrap();
            match link {
                true => symlink("/nowhere", &place).unwrap(),
                false => fs::write(&place, b"a file").unwrap(),
            }
            let name = place.file_name().unwrap().to_str().unwrap();
            let human = expect(&stored, 1, "damage", &["not-a-directory"]);
            assert!(human.contains(name), "{human}");
        }
    }
}

#[test]
fn a_pipe_among_the_files_is_found_and_never_opened() {
    for name in [
        "metadata.json",
        "manifest.jsonl",
        "raft_vote.json",
        "raft_purge.json",
        "raft_committed.json",
        "chunks/0000000000000004.chunk",
        "chunks/0000000000000004.index",
        "chunks/0000000000000008.chunk",
    ] {
        let stored = Stored::healthy();
        let path = stored.file(name);
        let _there = fs::remove_file(&path);
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        for args in [
            &["check", "DIR"][..],
            &["check", "DIR", "--format", "json"],
            &["dump", "DIR"],
            &["dump", "DIR", "--range", ".."],
            &["repair", "--yes", "DIR"],
        ] {
            let mut command = stored.command(args);
            command.stdout(std::process::Stdio::piped());
            command.stderr(std::process::Stdio::piped());
            let mut child = command.spawn().unwrap();
            let begin = Instant::now();
            while child.try_wait().unwrap().is_none() {
                if begin.elapsed() > Duration::from_secs(20) {
                    child.kill().unwrap();
                    panic!("{args:?} hangs at {name}");
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            let output = child.wait_with_output().unwrap();
            let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            let code = output.status.code().unwrap();
            let no_loss = name == "raft_committed.json" || args.len() == 2 && args[0] == "dump";
            assert!(code == 1 || no_loss, "{args:?} {name}: {code} {printed}");
            if args[0] == "check" {
                assert_eq!(code, 1, "{name}: {printed}");
                assert!(printed.contains("not-a-file"), "{name}: {printed}");
            }
        }
    }
}

#[test]
fn names_that_steer_a_terminal_are_shown_harmless() {
    let stored = Stored::healthy()
        .with("chunks/\u{1b}[31mred", b"x")
        .with("\u{1b}]0;title\u{7}.tmp", b"x");
    for args in [&["check", "DIR"][..], &["repair", "DIR"], &["dump", "DIR"]] {
        let printed = stored.exits(0, args);
        assert!(!printed.contains('\u{1b}'), "{printed:?}");
    }
    let (printed, _) = stored.run(&["check", "DIR"]);
    assert!(printed.contains(r"chunks/\u{1b}[31mred"), "{printed}");
}
