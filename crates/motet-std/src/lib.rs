//! What the standard library offers beside the builtins of the VM: ways to what lies outside the program. Files, standard
//! input and other programs; each suspends the task that uses it, never its isolate (T-24).
//!
//! | module | its one job |
//! |---|---|
//! | `runtime` | the one runtime that all operations of the process run on |
//! | `files` | whole files and folders, by their paths |
//! | `environment` | the process: its variables and its end |
//! | `handles` | files that stay open |
//! | `input` | standard input, line by line |
//! | `processes` | other programs |
//! | `modules` | what programs find under a name of its own, such as `path`: a file for each module |
//! | `access` | asking for permission; errors of the system as errors of the language |
//!
//! It knows the VM by its public face alone: natives, values, and the door that operations go through
//! (`motet_vm::operation`). It knows nothing of isolates, tasks or the interpreter.

mod access;
mod environment;
mod files;
mod handles;
mod input;
mod modules;
mod processes;
mod runtime;

pub use runtime::settle;

use motet_vm::builtins::{ForeignType, Library};

/// All that it brings.
pub static LIBRARY: Library = Library {
    tables: &[environment::NATIVES, files::NATIVES, handles::NATIVES, input::NATIVES, processes::NATIVES],
    modules: &[&modules::path::MODULE, &modules::result::MODULE],
    types: &[ForeignType { kind: &handles::FILE, documentation: "Open files.", constructor: None }],
    ..Library::EMPTY
};
