//! The primitives by which threads meet, named in one place: a build for the model checker takes its own, and
//! can plant a race to see that it is found.

#[cfg(shuttle)]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};
#[cfg(not(shuttle))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};

/// A static that threads meet at; in the model checker each run has one of its own.
macro_rules! meeting_point {
    ($(#[$doc:meta])* $name:ident: $type:ty = $value:expr) => {
        $(#[$doc])*
        #[cfg(not(shuttle))]
        static $name: $type = $value;
        #[cfg(shuttle)]
        shuttle::lazy_static! {
            $(#[$doc])*
            static ref $name: $type = $value;
        }
    };
}
pub(crate) use meeting_point;

/// Whether the race of this name is planted, which it is in the model checker only.
#[cfg(not(shuttle))]
pub(crate) const fn planted(_race: &str) -> bool {
    false
}

#[cfg(shuttle)]
pub(crate) use crate::model_check::planted;
