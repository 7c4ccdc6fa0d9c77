//! The native modules of the library: a file for each, with its natives, and beside it its source in Motet if it has any.

pub(crate) mod archives;
pub(crate) mod cli;
pub(crate) mod files;
pub(crate) mod logging;
pub(crate) mod path;
pub(crate) mod result;
