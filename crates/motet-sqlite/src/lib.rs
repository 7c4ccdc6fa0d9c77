//! Databases in a file: SQLite, which is part of the program.
//!
//! | module | its one job |
//! |---|---|
//! | `natives` | what programs call |
//! | `connection` | a thread for each connection, which takes jobs in turn and is interrupted when a task is cancelled |
//! | `cursor` | rows that are read as they are asked for |
//! | `cell` | values of the language to those of a database, and back |
//!
//! It knows the VM by its public face alone, and asks `motet-std` for permission.

mod cell;
mod connection;
mod cursor;
mod hints;
mod natives;

use motet_vm::builtins::{ForeignType, Library};

/// All that it brings.
pub static LIBRARY: Library = Library {
    modules: &[&natives::MODULE],
    types: &[ForeignType { kind: &natives::DATABASE, documentation: "Connections to databases.", constructor: None }],
    elsewhere: hints::ELSEWHERE,
    ..Library::EMPTY
};
