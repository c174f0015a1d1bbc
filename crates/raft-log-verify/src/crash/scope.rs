//! How much is tried of each program.

use crash_disk::sim::{CrashPoint, Level, Profile, Sampling, SimFs};

use super::{Cut, Left};

/// On which recovered disks the store is worked on: started by openraft, cut off, opened again,
/// used. Every crashed disk is opened, read whole and compared in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Aftermath {
    /// On each that differs in the names of its files, in which of them are empty, in what is
    /// pending, or that recovery came to by other calls. For large numbers of programs whose entries
    /// are alike.
    EveryShape,
    /// On each that differs in any byte, or that recovery came to by other calls.
    #[default]
    EveryDisk,
}

/// How much is tried of each program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Which of the possible states of a crash point are tried.
    pub level: Level,
    /// The disks, strongest promise first: so a failure is reported under the strongest profile
    /// that it persists under. [`Profile::Kill`] stands for the death of the process. When the power
    /// fails in or behind a recovery, that is under the last of them; where there is only
    /// [`Profile::Kill`] it does not fail.
    pub profiles: Vec<Profile>,
    /// Crashes inside the recovery, and inside the recovery after that, and so on: for each which
    /// states are tried, under the last of the profiles, beside the killed process.
    pub nested: Vec<Level>,
    /// Which recovered disks are worked on.
    pub aftermath: Aftermath,
    /// Longer programs are worked on by [`Aftermath::EveryShape`], whatever `aftermath` says.
    pub every_disk_up_to: usize,
    /// Whether a program is tried too of which an operation before the last means nothing where it
    /// stands. Where all programs are tried, the one without it is among them.
    pub idle_too: bool,
    /// Rules of which a breach in what a crash leaves is counted and passed over.
    pub passed_over: Vec<&'static str>,
    /// Draws of [`Level::L4`] where there are too many subsets.
    pub sampling: Sampling,
}

impl Default for Scope {
    /// The gate: killed processes, and power cuts under [`Profile::Posix`] up to [`Level::L2`].
    fn default() -> Self {
        Self {
            level: Level::L2,
            profiles: vec![Profile::Kill, Profile::Posix],
            nested: Vec::new(),
            aftermath: Aftermath::default(),
            every_disk_up_to: usize::MAX,
            idle_too: false,
            passed_over: Vec::new(),
            sampling: Sampling::default(),
        }
    }
}

impl Scope {
    /// The profiles in which a store has to survive: all but the paranoid one, which is
    /// reported without a promise.
    pub const PROMISED: [Profile; 4] = [Profile::Kill, Profile::Ext4, Profile::Xfs, Profile::Posix];

    /// All states of `level` under `profiles`, put in their order.
    #[must_use]
    pub fn new(level: Level, profiles: &[Profile]) -> Self {
        let mut profiles = profiles.to_vec();
        profiles.sort_unstable();
        profiles.dedup();
        Self {
            level,
            profiles,
            ..Self::default()
        }
    }

    /// The rules of a power cut in or behind a recovery.
    pub(crate) fn power(&self) -> Profile {
        self.profiles.iter().copied().max().unwrap_or(Profile::Kill)
    }

    /// Under which a trail of crashes is judged again.
    pub(crate) fn of_trail(trail: &[Cut]) -> Self {
        let cuts = trail.iter().filter_map(|cut| match cut.left {
            Left::Killed => None,
            Left::PowerCut(profile, _) => Some(profile),
        });
        let power = cuts.max().unwrap_or(Profile::Posix);
        Self::new(Level::L2, &[Profile::Kill, power])
    }

    /// The same, passing breaches of these rules over.
    pub(crate) fn passing_over(&self, rules: &[&'static str]) -> Self {
        Self {
            passed_over: rules.to_vec(),
            ..self.clone()
        }
    }

    /// The same with these profiles.
    pub(crate) fn under(&self, profiles: &[Profile]) -> Self {
        Self {
            profiles: profiles.to_vec(),
            ..self.clone()
        }
    }

    /// Which recovered disks of a program with so many operations are worked on.
    pub(crate) fn aftermath_of(&self, operations: usize) -> Aftermath {
        if operations > self.every_disk_up_to {
            Aftermath::EveryShape
        } else {
            self.aftermath
        }
    }

    /// What is tried at a point of a run.
    #[must_use]
    pub fn left_at(&self, disk: &SimFs, point: CrashPoint) -> Vec<Left> {
        let mut all = Vec::new();
        for profile in &self.profiles {
            if *profile == Profile::Kill {
                all.push(Left::Killed);
                continue;
            }
            let states = disk
                .view(point, *profile)
                .states_with(self.level, &self.sampling);
            all.extend(
                states
                    .into_iter()
                    .map(|state| Left::PowerCut(*profile, state.keep)),
            );
        }
        all
    }

    /// The same, and crashes inside recoveries.
    #[must_use]
    pub fn nested(self, levels: &[Level]) -> Self {
        Self {
            nested: levels.to_vec(),
            ..self
        }
    }
}
