//! Settings of a VM: an immutable snapshot that calls start with.

/// See the module.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Calls that may be in progress at once in a task.
    pub depth_limit: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { depth_limit: 100_000 }
    }
}
