//! Calls that fail on purpose.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Call, CallKind, Hook, Verdict};

/// Error number of a call that a signal interrupted.
const EINTR: i32 = 4;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// With this error number of the system.
    Errno(i32),
    /// Interrupted by a signal, nothing done.
    Interrupted,
    /// A read or write handles only this many bytes.
    Short(usize),
}

impl From<i32> for Fault {
    fn from(errno: i32) -> Self {
        Self::Errno(errno)
    }
}

impl Fault {
    /// Input/output error.
    pub const EIO: Self = Self::Errno(5);
    /// No space left on the device.
    pub const ENOSPC: Self = Self::Errno(28);

    fn verdict(self) -> Verdict {
        match self {
            Self::Errno(code) => Verdict::Fail(io::Error::from_raw_os_error(code)),
            Self::Interrupted => Verdict::Fail(io::Error::from_raw_os_error(EINTR)),
            Self::Short(bytes) => Verdict::Short(bytes),
        }
    }
}

/// Which call fails, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    /// The kind of call.
    pub kind: CallKind,
    /// Only calls on paths that end like this; `None` for all.
    pub path_suffix: Option<String>,
    /// Which of these calls, counted from 1.
    pub nth: u64,
    /// Whether all later ones fail as well.
    pub repeat: bool,
    /// How they fail.
    pub fault: Fault,
}

impl FaultRule {
    /// The `nth` call of a kind (1 is the next) fails, on whatever path, and no later one.
    #[must_use]
    pub fn new(kind: CallKind, nth: u64, fault: Fault) -> Self {
        Self {
            kind,
            path_suffix: None,
            nth,
            repeat: false,
            fault,
        }
    }
}

/// The rules that are to make calls fail, each with the calls it has met.
#[derive(Debug, Default)]
pub(crate) struct FaultList {
    rules: Vec<Due>,
    fired: u64,
}

#[derive(Debug)]
struct Due {
    rule: FaultRule,
    /// The kinds of calls that the rule counts together.
    kinds: Vec<CallKind>,
    met: u64,
}

impl FaultList {
    /// Adds a rule; it counts the calls from now on.
    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.add_for(vec![rule.kind], rule);
    }

    /// Adds a rule that counts the calls of all these kinds together.
    pub(crate) fn add_for(&mut self, kinds: Vec<CallKind>, rule: FaultRule) {
        let met = 0;
        self.rules.push(Due { rule, kinds, met });
    }

    /// Counts a call for all rules. Where several are due, the first decides.
    pub(crate) fn meet(&mut self, kind: CallKind, path: &str) -> Verdict {
        let mut fault = None;
        self.rules.retain_mut(|due| {
            let nth = due.rule.nth.max(1);
            if due.concerns(kind, path) {
                due.met += 1;
                if due.met >= nth {
                    fault = fault.or(Some(due.rule.fault));
                }
            }
            due.rule.repeat || due.met < nth
        });
        self.fired += u64::from(fault.is_some());
        fault.map_or(Verdict::Proceed, Fault::verdict)
    }

    /// Whether no call will be made to fail.
    #[cfg(feature = "sim")]
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// How many calls were made to fail or cut short.
    pub(crate) fn fired(&self) -> u64 {
        self.fired
    }

    /// Forgets all rules.
    #[cfg(feature = "sim")]
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }
}

impl Due {
    fn concerns(&self, kind: CallKind, path: &str) -> bool {
        let suffix = self.rule.path_suffix.as_deref();
        self.kinds.contains(&kind) && suffix.is_none_or(|suffix| path.ends_with(suffix))
    }
}

/// Makes the calls of its rules fail.
///
/// A failing call does not reach the file system behind. The simulated disk can make its own calls
/// fail by the same rules, and fails a sync the way Linux does, with its pages counted as clean:
/// see `SimFs::fail`.
#[derive(Debug)]
pub struct FaultPlan(Mutex<FaultList>);

impl FaultPlan {
    /// A plan. Where several rules meet a call, the first that is due decides.
    #[must_use]
    pub fn new(rules: Vec<FaultRule>) -> Arc<Self> {
        let mut list = FaultList::default();
        rules.into_iter().for_each(|rule| list.add(rule));
        Arc::new(Self(Mutex::new(list)))
    }

    /// How many calls were made to fail or cut short.
    #[must_use]
    pub fn fired(&self) -> u64 {
        self.list().fired()
    }

    fn list(&self) -> MutexGuard<'_, FaultList> {
        // A rule is changed in one step, so a panic elsewhere has not broken it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hook for FaultPlan {
    fn before(&self, call: &Call<'_>) -> Verdict {
        self.list().meet(call.kind, &call.path.to_string_lossy())
    }
}
