//! Calls that fail on purpose.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Call, CallKind, Hook, Verdict};

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

impl Fault {
    /// Input/output error.
    pub const EIO: Self = Self::Errno(5);
    /// No space left on the device.
    pub const ENOSPC: Self = Self::Errno(28);

    fn verdict(self) -> Verdict {
        match self {
            Self::Errno(code) => Verdict::Fail(io::Error::from_raw_os_error(code)),
            Self::Interrupted => Verdict::Fail(io::ErrorKind::Interrupted.into()),
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
    /// How.
    pub fault: Fault,
}

impl FaultRule {
    fn concerns(&self, call: &Call<'_>) -> bool {
        let suffix = self.path_suffix.as_deref();
        self.kind == call.kind
            && suffix.is_none_or(|suffix| call.path.to_string_lossy().ends_with(suffix))
    }
}

/// Makes the calls of its rules fail.
///
/// A failing call does not reach the file system behind. To fail a sync the way Linux does, with
/// its pages counted as clean, use `SimFs::fail_sync`.
#[derive(Debug)]
pub struct FaultPlan {
    /// Each rule with the calls it has met.
    rules: Mutex<Vec<(FaultRule, u64)>>,
    fired: AtomicU64,
}

impl FaultPlan {
    /// A plan. Where several rules meet a call, the first that is due decides.
    #[must_use]
    pub fn new(rules: Vec<FaultRule>) -> Arc<Self> {
        let rules = Mutex::new(rules.into_iter().map(|rule| (rule, 0)).collect());
        Arc::new(Self {
            rules,
            fired: AtomicU64::new(0),
        })
    }

    /// How many calls were made to fail or cut short.
    #[must_use]
    pub fn fired(&self) -> u64 {
        self.fired.load(Ordering::Relaxed)
    }
}

impl Hook for FaultPlan {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fault = None;
        for (rule, met) in rules.iter_mut().filter(|(rule, _)| rule.concerns(call)) {
            *met += 1;
            if *met == rule.nth || (rule.repeat && *met > rule.nth) {
                fault = fault.or(Some(rule.fault));
            }
        }
        let Some(fault) = fault else {
            return Verdict::Proceed;
        };
        self.fired.fetch_add(1, Ordering::Relaxed);
        fault.verdict()
    }
}
