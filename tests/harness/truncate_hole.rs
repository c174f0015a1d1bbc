//! A truncate that is cut short inside a chunk.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use crash_disk::sim::{Level, Profile};
use openraft_timevault::verify::crash::{Judged, Scope, explore};
use openraft_timevault::verify::log::EntryContent;
use openraft_timevault::verify::op::{Lead, Op, Program, Spot, StartState};
use openraft_timevault::verify::tasks::Runtime;
use openraft_timevault::verify::{Tuning, timevault};

fn program(start: StartState, cut: Op) -> Program {
    let blank = |lead| Op::Append {
        entries: vec![EntryContent::Blank],
        lead,
    };
    Program {
        tuning: Tuning::FILLED,
        start,
        ops: vec![blank(Lead::Same), cut],
    }
}

/// The story: a file system that cuts a file may first zero the rest of the block in which it will
/// end, and only then make it shorter. Where the chunk had further blocks, a power cut in between
/// left a hole before intact records, which was taken for damage: the log could not be opened again.
/// Disks whose blocks were larger than the small chunks of a harness never showed it.
#[test]
fn a_hole_before_what_a_truncate_cuts_off_is_no_damage() {
    let runtime = Runtime::new().unwrap();
    let cuts = [
        Op::Truncate {
            at: Spot::Part(128),
        },
        Op::Truncate { at: Spot::Last },
        Op::AppendOver {
            at: Spot::Part(128),
            entries: vec![EntryContent::Blank],
            lead: Lead::Later(1),
        },
    ];
    let mut points = 0;
    for profile in [Profile::Ext4, Profile::Posix, Profile::Xfs] {
        let scope = Scope::new(Level::L2, &[Profile::Kill, profile]);
        for start in StartState::ALL {
            for cut in &cuts {
                let program = program(start, cut.clone());
                let subject = timevault();
                let judged = Judged::new();
                let explored = explore(&runtime, &subject, &program, &scope, &judged);
                let explored = explored
                    .unwrap_or_else(|failure| panic!("{profile}, {}: {failure}", start.name()));
                points += explored.coverage[&profile].points;
            }
        }
    }
    assert!(points > 100, "{points} crash points");
}

/// The story: a process was killed between the index of a truncate, which was written but not durable,
/// and the cut of the chunk. The next open read the line that announces the cut, cut the chunk, and a
/// power cut in that open kept the cut and lost the line: the old index reached beyond its chunk. Found by
/// the crashes in recoveries, once there was such a line.
#[test]
fn an_open_makes_the_line_of_a_cut_durable_before_it_cuts() {
    let runtime = Runtime::new().unwrap();
    let program = Program {
        tuning: Tuning::SMALL,
        start: StartState::TruncatedOverSegment,
        ops: Vec::new(),
    };
    let scope = Scope::new(Level::L2, &[Profile::Kill, Profile::Posix]).nested(&[Level::L2]);
    let (subject, judged) = (timevault(), Judged::new());
    let explored = explore(&runtime, &subject, &program, &scope, &judged);
    let explored = explored.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(explored.coverage[&Profile::Posix].points > 5);
}
