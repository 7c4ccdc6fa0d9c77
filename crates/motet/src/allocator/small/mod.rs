//! Small blocks: mimalloc's, or those of the system's allocator in a build without the feature.

#[cfg(feature = "mimalloc")]
mod mimalloc;
#[cfg(not(feature = "mimalloc"))]
mod system;

#[cfg(feature = "mimalloc")]
pub use mimalloc::*;
#[cfg(not(feature = "mimalloc"))]
pub use system::*;
