//! What a store's own tool for operators says of it.

/// What a tool for operators says of a store that nobody has open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// There is no such tool.
    Unknown,
    /// The tool finds no damage. What a crash leaves, and the next open mends, is no damage.
    Whole,
    /// The tool finds damage: which file, what was expected and what stands there.
    Damaged(String),
}
