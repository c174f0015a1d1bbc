//! A whole campaign.

use super::{
    Config, ControlPhase, CrashPhase, DamagePhase, FaultPhase, KillPhase, ModelDisk, ModelPhase,
    Phase, Progress, PurgeWindowPhase, RandomCrashPhase, RecoveryPhase, Report, TrafficPhase,
    Trouble, Verdict,
};
use crate::counts::Counts;
use crate::crash::{Aftermath, Scope};
use crate::damage;
use crate::halt::{self, Halt};
use crate::rules::{self, Rule};
use crate::subject::{Caller, DamageKind, Subject, Tuning};

/// Whether a process can be killed so that it does nothing more.
const KILLS: bool = cfg!(unix);

/// What [`Subject::created_before`] leaves out.
const CREATION: &str = "a power cut during the creation of the store";

/// Longest programs that are tried with filled files as well.
const FILLED_UP_TO: usize = 2;

/// Judges a store: random programs in memory and on real files, every crash state of short
/// programs and of random long ones, crashes inside recoveries, interrupted purges, failing recoveries, failing calls, full
/// disks, killed processes, damage. A rule that is found broken is passed over from then on, so that the others are judged
/// too, unless the config says to end there. Where the machine refuses threads, memory or temporary directories, the report
/// says so, and the next phase is tried.
pub fn check<S: Subject>(subject: &S, config: &Config, progress: &dyn Progress) -> Report {
    let mut report = Report {
        subject: subject.name(),
        seed: config.seed,
        shard: config.share.shard(),
        config: config.fingerprint(),
        phases: Vec::new(),
        not_judged: not_judged(subject, config),
        known: config.known.clone(),
        ended_early: false,
    };
    let mut config = config.clone();
    config.end_at_first_finding &= config.share.shard().is_none();
    for part in parts(subject, &config) {
        let run = halt::caught(|| part.run(subject, &config, progress));
        let broken = |why| Phase::new(part.name(), Verdict::HarnessBroken(why), Counts::default());
        let phase = match run {
            Ok(Ok(phase)) => phase,
            Ok(Err(error)) => broken(format!("the machine refuses what is needed: {error}")),
            Err(Halt::StorePanicked(text)) => broken(format!(
                "the store panicked where nothing was judged: {text}"
            )),
            Err(Halt::HarnessBroken(text)) => broken(text),
        };
        let found = phase.found.iter().map(|found| found.violation.rule.name);
        config.passed_over.extend(found);
        let stopped = matches!(phase.verdict, Verdict::Stopped);
        let broken = matches!(phase.verdict, Verdict::Broken);
        let ends = config.end_at_first_finding && broken;
        report.phases.push(phase);
        report.ended_early |= ends;
        if stopped || ends {
            break;
        }
    }
    report
}

/// A part of a campaign.
enum Part {
    Model(ModelPhase),
    Traffic(TrafficPhase),
    Control(ControlPhase),
    Crash(CrashPhase),
    TrafficCrash(TrafficPhase, Scope),
    RandomCrash(RandomCrashPhase),
    PurgeWindow(PurgeWindowPhase),
    Fault(FaultPhase),
    Kill(KillPhase),
    Recovery(RecoveryPhase),
    Damage(DamagePhase),
}

impl Part {
    fn name(&self) -> &'static str {
        match self {
            Self::Model(phase) => phase.name,
            Self::Traffic(_) => TrafficPhase::NAME,
            Self::Control(_) => ControlPhase::NAME,
            Self::TrafficCrash(..) => TrafficPhase::CRASHES,
            Self::Crash(phase) => phase.name(),
            Self::RandomCrash(_) => RandomCrashPhase::NAME,
            Self::PurgeWindow(_) => PurgeWindowPhase::NAME,
            Self::Fault(phase) => phase.name(),
            Self::Kill(_) => KillPhase::NAME,
            Self::Recovery(_) => RecoveryPhase::NAME,
            Self::Damage(_) => damage::PHASE,
        }
    }

    fn run<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        match self {
            Self::Model(phase) => phase.run(subject, config, progress),
            Self::Traffic(phase) => phase.run(subject, config, progress),
            Self::Control(phase) => phase.run(subject, config, progress),
            Self::TrafficCrash(phase, scope) => phase.crash(subject, (config, scope), progress),
            Self::Crash(phase) => phase.run(subject, config, progress),
            Self::RandomCrash(phase) => phase.run(subject, config, progress),
            Self::PurgeWindow(phase) => phase.run(subject, config, progress),
            Self::Fault(phase) => phase.run(subject, config, progress),
            Self::Kill(phase) => phase.run(subject, config, progress),
            Self::Recovery(phase) => phase.run(subject, config, progress),
            Self::Damage(phase) => phase.run(subject, config, progress),
        }
    }
}

/// The parts that can be judged with what the subject offers, and that the config asks for.
fn parts<S: Subject>(subject: &S, config: &Config) -> Vec<Part> {
    let capabilities = subject.capabilities();
    let mounted = subject.disk_server().is_some();
    let simulated = capabilities.file_system;
    let strict = capabilities.caller == Caller::Strict;
    let in_memory = ModelPhase {
        name: "in memory",
        disk: ModelDisk::Simulated,
        sequences: config.sequences,
        big: true,
    };
    let on_real_files = ModelPhase {
        name: "on real files",
        disk: ModelDisk::Real,
        sequences: config.real_sequences,
        big: true,
    };
    let fault = |trouble| FaultPhase {
        length: config.fault_length,
        trouble,
    };
    let faults = simulated && config.fault_length > 0;
    let kill = config.kill_child.clone().map(|child| KillPhase {
        child,
        rounds: config.kill_rounds,
    });
    let kill = kill.filter(|phase| KILLS && phase.rounds > 0);
    let before = [
        (simulated && config.sequences > 0, Part::Model(in_memory)),
        (config.real_sequences > 0, Part::Model(on_real_files)),
        (
            (simulated && config.sequences > 0) || config.real_sequences > 0,
            Part::Traffic(TrafficPhase),
        ),
        (
            mounted && config.crash_length > 0,
            Part::Control(ControlPhase),
        ),
    ];
    let crashes = crashes(config).map(|(asked, part)| {
        let judged = match mounted {
            true => on_mounted_disks(&part),
            false => simulated,
        };
        (judged && asked, part)
    });
    let behind = [
        (faults, Part::Fault(fault(Trouble::FailingCalls))),
        (faults, Part::Fault(fault(Trouble::FullDisk))),
        (
            simulated && config.crash_length > 0,
            Part::Recovery(RecoveryPhase {
                small_only: config.crash_length < FILLED_UP_TO,
            }),
        ),
    ];
    let parts = before.into_iter().chain(crashes).chain(behind);
    let asked = parts.filter(|(asked, _)| *asked);
    let kill = kill.map(Part::Kill);
    let damage = (simulated && strict).then_some(Part::Damage(DamagePhase));
    asked
        .map(|(_, part)| part)
        .chain(kill)
        .chain(damage)
        .collect()
}

/// Whether a part is judged on mounted disks too. They show no crash inside a recovery, and have blocks of one size.
fn on_mounted_disks(part: &Part) -> bool {
    match part {
        Part::Crash(phase) => phase.scope.nested.is_empty() && phase.tuning == Tuning::SMALL,
        Part::RandomCrash(_) | Part::TrafficCrash(..) => true,
        _ => false,
    }
}

/// The parts of crashed disks, and whether the config asks for them.
fn crashes(config: &Config) -> [(bool, Part); 6] {
    let scope = || config.crash_scope.clone();
    let every_disk = || Scope {
        every_disk_up_to: usize::MAX,
        ..scope()
    };
    let each_shape = |scope: Scope| Scope {
        aftermath: Aftermath::EveryShape,
        ..scope
    };
    let short = CrashPhase::new(config.crash_length, scope());
    let filled = CrashPhase {
        tuning: Tuning::FILLED,
        ..CrashPhase::new(config.crash_length.min(FILLED_UP_TO), each_shape(scope()))
    };
    let random = RandomCrashPhase {
        programs: config.random_crashes,
        scope: every_disk(),
    };
    let traffic = Part::TrafficCrash(TrafficPhase, every_disk());
    let nested_scope = each_shape(scope().nested(&config.nested));
    let nested = CrashPhase::new(config.nested_length, nested_scope);
    let nests = !config.nested.is_empty() && config.nested_length > 0;
    [
        (config.crash_length > 0, Part::Crash(short)),
        (config.crash_length > 0, Part::Crash(filled)),
        (config.random_crashes > 0, Part::RandomCrash(random)),
        (config.random_crashes > 0, traffic),
        (nests, Part::Crash(nested)),
        (config.purge_window, Part::PurgeWindow(PurgeWindowPhase)),
    ]
}

/// Rules that can be judged only where the power is cut.
const NEED_A_DISK: [&Rule; 10] = [
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

/// Rules that can be judged only where a call can fail, or files are known well enough to be damaged.
const NEED_THE_SEAM: [&Rule; 2] = [&rules::error_latch::RULE, &rules::damage_reported::RULE];

/// The rules and phases that cannot be judged with what the subject offers.
fn not_judged<S: Subject>(subject: &S, config: &Config) -> Vec<(&'static str, &'static str)> {
    let capabilities = subject.capabilities();
    let mut rules: Vec<_> = rules::ALL
        .iter()
        .filter(|rule| rule.judged_from > capabilities.caller)
        .map(|rule| (rule.name, "the caller does not need it"))
        .collect();
    if !capabilities.file_system {
        let (needs_disk, why): (&[&Rule], _) = match subject.disk_server() {
            Some(_) => (
                &NEED_THE_SEAM,
                "the store does no input and output through the seam",
            ),
            None => (&NEED_A_DISK, "no power is cut"),
        };
        let told: Vec<_> = rules.iter().map(|(name, _)| *name).collect();
        let more = needs_disk.iter().filter(|rule| !told.contains(&rule.name));
        rules.extend(more.map(|rule| (rule.name, why)));
    }
    if capabilities.file_system && capabilities.caller == Caller::Strict {
        let overlooked = DamageKind::ALL
            .into_iter()
            .filter(|kind| !subject.hints().notices(*kind));
        let why = "the store does not promise to notice such damage";
        rules.extend(overlooked.map(|kind| (kind.name(), why)));
    }
    if subject.created_before() {
        rules.push((CREATION, "the author says that it is durable before"));
    }
    let exclusive = &rules::exclusive_open::RULE;
    if !capabilities.exclusive && exclusive.judged_from <= capabilities.caller {
        rules.push((exclusive.name, "the store does not promise it"));
    }
    if !KILLS {
        rules.push((KillPhase::NAME, "this system has no SIGKILL"));
    } else if config.kill_child.is_none() {
        let why = "it is not known how this test is started again: name a test that serves (served_by), or \
                   Config::kill_child";
        rules.push((KillPhase::NAME, why));
    }
    rules
}
