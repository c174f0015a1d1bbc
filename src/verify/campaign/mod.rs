//! The campaign: random programs in memory and on real files, all crash states of short programs,
//! and the seeded bugs.

mod audit;
mod config;
mod correct;
mod crash;
mod damage;
mod fault;
mod floors;
mod hunt;
mod kill;
mod matrix;
mod model;
mod programs;
mod progress;
mod purge_window;
mod random_crash;
mod recovery_faults;
mod replay;
mod report;
mod seeded;
mod setting;
mod tests_macro;
mod whole;
mod workers;

pub use audit::{Audited, audit, sync_sites};
pub use config::Config;
pub use correct::CorrectStore;
pub use crash::CrashPhase;
pub use damage::{DamageCase, DamagePhase};
pub use fault::{FaultPhase, Trouble};
pub use hunt::{Detection, Effort, hunt};
pub use kill::KillPhase;
pub use matrix::{CorrectRow, Matrix, Row};
pub use model::{ModelDisk, ModelPhase, run_program};
pub use progress::{NoProgress, Progress};
pub use purge_window::PurgeWindowPhase;
pub use random_crash::RandomCrashPhase;
pub use recovery_faults::RecoveryPhase;
pub use replay::{Fault, REPRO_VERSION, Repro, replay};
pub use report::{Counterexample, Floor, Phase, Report, Verdict};
pub use seeded::hunt_all;
pub use setting::Setting;
pub use whole::check;
