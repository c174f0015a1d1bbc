//! A whole campaign.

use timevault::sim_fs::Level;

use super::{
    Config, CrashPhase, DamagePhase, FaultPhase, KillPhase, ModelDisk, ModelPhase, Progress,
    Report, Trouble, Verdict,
};
use crate::verify::rules;
use crate::verify::subject::{Caller, Subject};

/// Whether a process can be killed so that it does nothing more.
const KILLS: bool = cfg!(unix);

/// Judges a store: random programs in memory and on real files, then every crash state of short
/// programs, every failing call of them, full disks, and killed processes. Ends with the first phase that is not clean.
///
/// # Errors
/// The machine refuses threads, memory or temporary directories. A store that breaks a rule is no
/// error: the report says so.
pub fn check<S: Subject>(
    subject: &S,
    config: &Config,
    progress: &dyn Progress,
) -> std::io::Result<Report> {
    let capabilities = subject.capabilities();
    let mut report = Report {
        subject: subject.name(),
        seed: config.seed,
        phases: Vec::new(),
        not_judged: not_judged(subject),
    };
    let models = [
        (
            capabilities.file_system,
            "in memory",
            ModelDisk::Simulated,
            config.sequences,
        ),
        (
            true,
            "on real files",
            ModelDisk::Real,
            config.real_sequences,
        ),
    ];
    for (possible, name, disk, sequences) in models {
        if possible && sequences > 0 {
            let phase = ModelPhase {
                name,
                disk,
                sequences,
            }
            .run(subject, config, progress)?;
            let clean = matches!(phase.verdict, Verdict::Clean);
            report.phases.push(phase);
            if !clean {
                return Ok(report);
            }
        }
    }
    if capabilities.file_system && config.crash_length > 0 {
        let phase = CrashPhase {
            length: config.crash_length,
            level: Level::L2,
        };
        report.phases.push(phase.run(subject, config, progress)?);
    }
    for trouble in [Trouble::FailingCalls, Trouble::FullDisk] {
        if capabilities.file_system && config.fault_length > 0 && report.is_clean() {
            let phase = FaultPhase {
                length: config.fault_length,
                trouble,
            };
            report.phases.push(phase.run(subject, config, progress)?);
        }
    }
    match &config.kill_child {
        Some(child) if KILLS && config.kill_rounds > 0 && report.is_clean() => {
            let phase = KillPhase {
                child,
                rounds: config.kill_rounds,
            };
            report.phases.push(phase.run(subject, config, progress)?);
        }
        Some(_) if KILLS => {}
        Some(_) => report
            .not_judged
            .push((KillPhase::NAME, "this system has no SIGKILL")),
        None => report
            .not_judged
            .push((KillPhase::NAME, "no child process is named")),
    }
    let judged = capabilities.file_system && capabilities.caller == Caller::Strict;
    if judged && report.is_clean() {
        report
            .phases
            .push(DamagePhase.run(subject, config, progress)?);
    }
    Ok(report)
}

/// The rules that cannot be judged with what the subject offers.
fn not_judged<S: Subject>(subject: &S) -> Vec<(&'static str, &'static str)> {
    let capabilities = subject.capabilities();
    let mut rules: Vec<_> = rules::ALL
        .iter()
        .filter(|rule| rule.judged_from > capabilities.caller)
        .map(|rule| (rule.name, "the store does not promise it"))
        .collect();
    if !capabilities.file_system {
        let needs_disk = [
            &rules::write_order::RULE,
            &rules::append_durability::RULE,
            &rules::vote_durability::RULE,
            &rules::error_latch::RULE,
            &rules::open_after_crash::RULE,
            &rules::recovery_idempotent::RULE,
            &rules::sticky_recovery::RULE,
            &rules::usable_after_recovery::RULE,
            &rules::no_phantom::RULE,
            &rules::damage_reported::RULE,
        ];
        rules.extend(needs_disk.map(|rule| (rule.name, "needs open(fs, dir)")));
    }
    if !capabilities.exclusive {
        rules.push((
            rules::exclusive_open::RULE.name,
            "the store does not promise it",
        ));
    }
    rules
}
