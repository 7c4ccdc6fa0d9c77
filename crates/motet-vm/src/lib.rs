//! Placeholder
pub mod memory;
