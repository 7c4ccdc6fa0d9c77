//! Settings of a VM: an immutable snapshot that calls start with.

use crate::limits::{Limits, Permissions};
use crate::trace::Trace;
use std::sync::Arc;

/// See the module.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Calls that may be in progress at once in a task.
    pub depth_limit: usize,
    /// Threads at once, the main thread included.
    pub thread_limit: usize,
    /// Messages that a thread's mailbox holds.
    pub mailbox_capacity: usize,
    /// What a program may use up.
    pub limits: Limits,
    /// What a program may touch.
    pub permissions: Permissions,
    /// Where a timeline of the program is written, if one is wanted.
    pub trace: Option<Arc<Trace>>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            depth_limit: 100_000,
            thread_limit: 64,
            mailbox_capacity: 1000,
            limits: Limits::default(),
            permissions: Permissions::ALL,
            trace: None,
        }
    }
}
