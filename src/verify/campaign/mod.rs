//! The campaign: random programs in memory and on real files, all crash states of short programs,
//! and the seeded bugs.

mod config;
mod crash;
mod damage;
mod floors;
mod model;
mod progress;
mod replay;
mod report;
mod seeded;
mod tests_macro;
mod whole;
mod workers;

pub use config::Config;
pub use crash::CrashPhase;
pub use damage::{DamageCase, DamagePhase};
pub use model::{ModelDisk, ModelPhase, run_program};
pub use progress::{NoProgress, Progress};
pub use replay::{REPRO_VERSION, Repro, replay};
pub use report::{Counterexample, Floor, Phase, Report, Verdict};
pub use seeded::{Detection, hunt, hunt_all};
pub use whole::check;
