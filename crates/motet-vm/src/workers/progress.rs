//! Telling a listener how far a parallel call is. How it is shown is the embedder's business: the VM knows no
//! terminals.

/// Makes a display for each parallel call that asks for one.
pub trait Progress: Send + Sync {
    /// A call begins that has so many items.
    fn begin(&self, total: u64) -> Box<dyn Meter>;
}

/// The display of one call; dropped when the call ends.
pub trait Meter: Send + Sync {
    /// So many items are done now. Called from any of the threads that work on them.
    fn set(&self, done: u64);
}
