//! A piece of a store's work.

/// A piece of a store's work. It may wait for the disk; it runs to its end before another begins.
pub type Task = Box<dyn FnOnce() + Send>;

/// What a task does, and so what it may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Writes what was issued. Waits for nothing but the disk.
    Write,
    /// Opens a store. May wait for tasks of the other lane, so these run first.
    Open,
}
