//! A simulated disk: what the living process sees, what is durable, and every state between them
//! that a power cut may leave.
//!
//! [`SimFs`] is a [`FileSystem`](crate::FileSystem) in memory. Beside the live state it keeps
//! the ordered list of *micro-operations* that are not durable yet. A *crash state* is the durable
//! state with a permitted subset of the pending ones. Everything is keyed by inode, never by path:
//! a renamed file that is synced through its open handle is durable.
//!
//! # What is pending, and which sync makes it durable
//!
//! | call | micro-operations | durable by |
//! |---|---|---|
//! | `write_at` | for each block it touches: the bytes in that block, and the length if that grows | `sync_data` or `sync_all` of the file |
//! | `set_len` | one change of the length; a shorter one takes the bytes past it along | `sync_data` or `sync_all` of the file |
//! | `create_new`, `create_dir`, `lock` of a new file | entry added | `sync_dir` of the directory that holds the entry |
//! | `remove_file`, `remove_dir` | entry removed | `sync_dir` of that directory |
//! | `rename` | entry moved, one operation: never both names, never none | `sync_dir` of either directory |
//! | `hard_link` | entry added for a file that has another | `sync_dir` of the directory that holds the new entry |
//! | `punch_hole` | for each block that holds something in the range: zeros | `sync_data` or `sync_all` of the file |
//!
//! A sync of a file says nothing about its name, a sync of a directory nothing about what is in
//! its files. A directory whose own entry is lost takes everything below it along.
//!
//! # What a crash may leave ([`Profile::Posix`])
//!
//! | of | permitted |
//! |---|---|
//! | data | free for each block of [`SimOptions::block_bytes`]; a block that never became durable reads as zeros inside the length |
//! | length | along its own history: a later one implies the earlier ones; without regard to data |
//! | data past the length that was kept | not there, and zeros if the file grows again |
//! | a block written several times | a later write implies the earlier ones of the same block |
//! | a block written after a cut that took it away or shortened it | implies the cut |
//! | entries | free for each name; for the same name a later operation implies the earlier ones |
//! | rename | old or new |
//! | a directory that is removed or replaced | implies what happened to the names in it: it was empty |
//! | a directory that is renamed | implies the renames of directories before it: none stands below itself |
//! | a write that was under way | any prefix of its bytes counts as issued, then the same rules |
//!
//! # The other profiles
//!
//! The tables above are those of POSIX, which is what a store should bear. [`Profile`] has the tables
//! of the others: a process kill, ext4 and XFS, whose journals keep the order of all metadata and
//! publish them with any sync, and a paranoid disk that promises less than POSIX. What is pending,
//! and with it the numbers in a [`Keep`], belongs to the profile of a [`CrashView`].
//!
//! A block that was being written back may be torn at [`SECTOR_BYTES`] under every profile but
//! [`Profile::Kill`]: [`Keep::Torn`].
//!
//! # Enumeration
//!
//! [`Level`] names the choices that are tried at a point, from nothing and everything up to all
//! subsets, or samples of them ([`Sampling`]). [`Coverage`] adds up what was possible and what was
//! judged. For a crash inside a recovery, run the recovery on the [`CrashView::disk`] of a state:
//! it records like any other, and has points and views of its own.
//!
//! # Failing calls
//!
//! [`SimFs::fail_call`] and [`SimFs::fail`] make calls fail or handle fewer bytes, by the rules of
//! [`FaultPlan`](crate::FaultPlan). A failed sync follows Linux: reported once, then its pages
//! count as clean. [`SimFs::set_space`] bounds the space.
//!
//! # Use
//!
//! One recorded run yields the crash states of all its crash points:
//!
//! ```
//! use std::path::Path;
//! use crash_disk::{FileSystem, SyncSite};
//! use crash_disk::sim::{Level, Profile, SimFs};
//!
//! let fs = SimFs::new();
//! let file = fs.create_new(Path::new("a"))?;
//! file.write_at(b"hello", 0)?;
//! file.sync_data(SyncSite::here())?;
//! // The name was never synced: at the end of the run the file may be there or not.
//! let mut found = Vec::new();
//! for point in fs.points() {
//!     let view = fs.view(point, Profile::Posix);
//!     for state in view.states(Level::L2) {
//!         found.push((point, view.disk(&state.keep).to_tree().len()));
//!     }
//! }
//! let last = fs.points().into_iter().last().unwrap();
//! assert!(found.contains(&(last, 0)) && found.contains(&(last, 1)));
//! # Ok::<(), std::io::Error>(())
//! ```

mod call;
mod content;
mod count;
mod coverage;
mod disk;
mod errno;
mod failing;
mod file;
mod history;
mod image;
mod ino;
mod journal;
mod keep;
mod kernel_calls;
mod ladder;
mod level;
mod op;
mod options;
mod order;
mod parse_error;
mod plan;
mod point;
mod profile;
mod sampling;
mod seam;
mod sim_fs;
mod state;
mod tear;
mod tree;
mod view;

pub use call::CallInfo;
pub use count::StateCount;
pub use coverage::Coverage;
pub use file::SimFile;
pub use keep::Keep;
pub use kernel_calls::SimNode;
pub use level::{CrashState, Level};
pub use op::PendingOp;
pub use options::{DEFAULT_BLOCK_BYTES, MAX_FILE_BYTES, SECTOR_BYTES, SimOptions};
pub use parse_error::ParseError;
pub use point::CrashPoint;
pub use profile::Profile;
pub use sampling::{MAX_EXHAUSTIVE, SAMPLES, Sampling};
pub use sim_fs::SimFs;
pub use tear::{Over, Rest, Tear};
pub use tree::{Tree, TreeEntry};
pub use view::CrashView;
