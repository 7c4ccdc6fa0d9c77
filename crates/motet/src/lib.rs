//! Motet as a library: loading programs from files and text, and showing what went wrong with them.

pub mod loader;
mod macros;
pub mod report;
