//! Switches that break one rule each on purpose in what the log store adds to the engine.
//!
//! A build without the feature `verify` has none.

/// One deliberate fault in the log store.
#[cfg(feature = "verify")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum LogStoreBug {
    /// The partition purge that the purge file announces is not redone at open.
    RepurgeSkipped,
    /// The cut of a stale suffix above a purge is not redone at open.
    StaleCutSkipped,
    /// Purged entries are removed before the purge file tells of them.
    PurgedBeforeRecord,
    /// A truncate or purge that has nothing to do is answered at once, while appends issued before it are not
    /// durable.
    IdleCutOvertakes,
    /// An append does not decode what it has encoded.
    NotReadBack,
}

/// What is switched on: nothing, in a build without the feature.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seeded {
    #[cfg(feature = "verify")]
    pub(crate) bug: Option<LogStoreBug>,
}

impl Seeded {
    /// Nothing.
    pub(crate) const NONE: Self = Self {
        #[cfg(feature = "verify")]
        bug: None,
    };

    /// Never.
    #[cfg(not(feature = "verify"))]
    pub(crate) const fn is_on(self) -> bool {
        false
    }
}

/// Whether this fault is switched on.
#[cfg(feature = "verify")]
macro_rules! seeded {
    ($seeded:expr, $bug:ident) => {
        $seeded.bug == Some($crate::log_store::seeded::LogStoreBug::$bug)
    };
}

#[cfg(not(feature = "verify"))]
macro_rules! seeded {
    ($seeded:expr, $bug:ident) => {
        $seeded.is_on()
    };
}

pub(crate) use seeded;
