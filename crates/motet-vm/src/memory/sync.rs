//! What the count protocol synchronises with: the standard library's atomics, or loom's, which explore every
//! interleaving. Build with `--cfg loom` for the second. Nothing else of the crate may name `loom`.

#[cfg(loom)]
pub(super) use loom::sync::atomic::{AtomicI32, Ordering};

#[cfg(not(loom))]
pub(super) use std::sync::atomic::{AtomicI32, Ordering};
