//! What a call of the store comes to: its result, that it never returns, or a panic of the store.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use crate::halt::store_call;

/// After this long a call counts as one that never returns. It is no measure of speed: only a
/// store that hangs meets it.
const HANGS_AFTER: Duration = Duration::from_secs(30);

/// What `future` returns, or `None` when it hangs. A panic in it is the store's.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(HANGS_AFTER, of_store(future))
        .await
        .ok()
}

/// What `future` returns. A panic in it is the store's.
pub(crate) async fn of_store<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    poll_fn(|context| store_call(|| future.as_mut().poll(context))).await
}
