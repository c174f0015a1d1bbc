//! A store or a reader of an API as the harness calls it.

use std::sync::Arc;

use super::values::{Types, Values};

/// An open store or a reader of a store, with the values of its types. Each API says how it is called.
#[derive(Debug)]
pub struct Bound<T: Types, S> {
    pub(super) store: S,
    pub(super) values: Arc<Values<T>>,
}
