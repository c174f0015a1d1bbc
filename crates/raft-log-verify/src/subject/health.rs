//! What a store's own tool for operators says of it.

/// What a tool for operators says of a store that nobody has open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// There is no such tool.
    Unknown,
    /// It finds no damage. What a crash may leave, and the next open mends, is none.
    Whole,
    /// It finds damage: which file, what was expected and what stands there.
    Damaged(String),
}
