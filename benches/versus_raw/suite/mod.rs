//! The lines of the benchmark, and what runs them.
//!
//! A [`Subject`](log::Subject) is a log that is measured. A [`Group`](group::Group) measures some lines
//! together, once for each repetition and subject. The [`runner`] takes the subjects in turn, so that what
//! else the machine does meets all of them.

pub mod append;
pub mod args;
pub mod callback;
pub mod cluster;
pub mod group;
pub mod life;
pub mod log;
pub mod machine;
pub mod memory;
pub mod ours;
pub mod plots;
pub mod raw;
pub mod report;
pub mod runner;
pub mod shared;

use args::{Args, Task};

/// Runs what the command line asks for.
pub fn run(subjects: &[log::Subject], stores: &[cluster::Store]) {
    match Args::of_process() {
        Task::Help => println!("{}", args::HELP),
        Task::Child(arguments) => memory::child(&arguments, subjects),
        Task::Plots { json, dir } => plots::draw(&report::Report::load(&json), &dir),
        Task::Markdown(json) => report::Report::load(&json).print_markdown(),
        Task::Measure(args) => {
            let mut groups = append::groups();
            groups.extend(life::groups());
            groups.extend(shared::groups());
            groups.extend(memory::groups());
            groups.extend(cluster::groups(stores));
            groups.retain(|group| args.wants(group));
            if args.list {
                let lines = groups.iter().flat_map(|group| &group.lines);
                lines.for_each(|line| println!("{}", line.name));
                return;
            }
            runner::measure(&groups, subjects, &args);
        }
    }
}
