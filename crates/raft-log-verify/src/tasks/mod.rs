//! Background work of a store, run when the harness says so.
//!
//! A store that hands its background work to [`Place::tasks`](crate::Place::tasks) has it run on the harness's
//! own thread, piece by piece, whenever the caller waits for something. The same seed then gives the same run, disk
//! call for disk call, and [`Tuning::order`](crate::Tuning::order) says which of the possible orders is tried. A store
//! with threads of its own is judged all the same; its runs differ by what its threads do.

mod handle;
mod order;
mod runtime;
mod scheduler;
mod task;

pub use handle::Tasks;
pub use runtime::Runtime;
pub use task::{Lane, Task};

pub(crate) use scheduler::{answers_once, between_calls, drain, in_task, set_order};
