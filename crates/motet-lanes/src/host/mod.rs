//! The host's side of a runtime: what it keeps, and the thread that submits epochs.
//!
//! One mutex guards [`state::Host`]. The conductor thread holds it between epochs, callers hold it for as long as a
//! call takes, and no thread holds it while waiting for the device. What host and kernel say to each other during an
//! epoch goes through single words of shared memory, each with one writer: the host writes tails and flags, the kernel
//! heads and statuses.

pub(crate) mod code_pool;
pub(crate) mod collect;
pub(crate) mod conductor;
pub(crate) mod epochs;
pub(crate) mod gaps;
pub(crate) mod memory;
pub(crate) mod rings;
pub(crate) mod state;
