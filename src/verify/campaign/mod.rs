//! The campaign: random programs in memory and on real files, all crash states of short programs,
//! and the seeded bugs.

mod config;
mod crash;
mod model;
mod progress;
mod report;
mod workers;

pub use config::Config;
pub use crash::CrashPhase;
pub use model::{ModelDisk, ModelPhase, run_program};
pub use progress::{NoProgress, Progress};
pub use report::{Counterexample, Floor, Phase, Report, Verdict};
