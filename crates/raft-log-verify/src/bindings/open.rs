//! How a store is opened and closed.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::log::LogError;
use crate::subject::{Place, SuiteRun, Tuning};

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, LogError>> + Send>>;

/// How a store is opened.
pub(super) type Open<L> = Arc<dyn Fn(Place, Tuning) -> Boxed<L> + Send + Sync>;

/// How it is closed.
pub(super) type Close<L> = Arc<dyn Fn(L) -> Boxed<()> + Send + Sync>;

/// Starts the suite of an API on stores that are opened like this.
pub(super) type StartSuite<L> = fn(Open<L>) -> SuiteRun;
