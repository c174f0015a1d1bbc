//! What ends a piece of work before its end: a panic of the store, or a failure of the machine or of the harness
//! itself. The second is never the store's, and never wears a rule.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What ended a piece of work before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The store panicked inside a call, with this text.
    StorePanicked(String),
    /// The machine refused what is needed, or the harness panicked.
    HarnessBroken(String),
}

/// The payload of a panic of the store on its way up.
struct StorePanic(String);

/// Does work that only panics where the harness is broken or the store has panicked inside [`store_call`].
///
/// # Errors
/// It panicked.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Halt> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| match payload.downcast::<StorePanic>() {
        Ok(panic) => Halt::StorePanicked(panic.0),
        Err(other) => Halt::HarnessBroken(text(&*other)),
    })
}

/// Does what is the store's own code: a panic in it is the store's.
pub(crate) fn store_call<T>(call: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(done) => done,
        // One that comes from deeper inside is known already.
        Err(payload) if payload.is::<StorePanic>() => resume_unwind(payload),
        Err(payload) => resume_unwind(Box::new(StorePanic(text(&*payload)))),
    }
}

/// Gives up: the machine refuses what is needed.
#[expect(clippy::panic, reason = "whoever drives the work catches it")]
pub(crate) fn give_up(what: &str, error: &dyn std::error::Error) -> ! {
    panic!("{what}: {error}")
}

/// Goes on with what has broken the harness deeper inside.
pub(crate) fn again(text: String) -> ! {
    resume_unwind(Box::new(text))
}

/// The text of a panic.
fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a text").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_store_is_told_from_one_of_the_harness() {
        let store = caught(|| store_call(|| store_call(|| panic!("in the store"))));
        assert_eq!(
            store,
            Err::<(), _>(Halt::StorePanicked("in the store".into()))
        );
        let error = std::io::Error::other("no memory");
        let harness = caught(|| give_up("there is no disk", &error));
        let text = "there is no disk: no memory".to_owned();
        assert_eq!(harness, Err::<(), _>(Halt::HarnessBroken(text)));
        assert_eq!(caught(|| store_call(|| 7)), Ok(7));
    }
}
