//! The synchronization primitives of the crate. A build for the model checker takes that checker's own,
//! and can plant a race to see that the models find it.

#[cfg(shuttle)]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};
#[cfg(not(shuttle))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};

/// Takes the lock, also after a panic of its holder: every change under a lock of this crate is a few
/// assignments, so a panic leaves nothing half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A static that threads share; in the model checker each run has one of its own.
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
