//! When a call counts as one that never returns.

use std::future::Future;
use std::time::Duration;

/// After this long a call counts as one that never returns. It is no measure of speed: only a
/// store that hangs meets it.
const HANGS_AFTER: Duration = Duration::from_secs(30);

/// What `future` returns, or `None` when it hangs.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(HANGS_AFTER, future).await.ok()
}
