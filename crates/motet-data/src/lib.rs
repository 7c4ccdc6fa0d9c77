//! Data that programs exchange with others: what turns texts of common forms into values and back.
//!
//! | module | its one job |
//! |---|---|
//! | `json` | JSON, and lines of it |
//! | `place` | places in texts, and the errors that name them |
//! | `input` | what a parser is given: text, or bytes of text |
//!
//! Parsers are given texts that anyone may have written: what is malformed is an error of the language that names the place.
//! They keep the rules for long natives (`motet-vm/src/isolate/work.rs`), and nothing here recurses over what it reads.
//!
//! It knows the VM by its public face alone, as `motet-builtins` does, and touches nothing outside the program.

mod input;
mod json;
mod place;

use motet_vm::builtins::Library;

/// All that it brings.
pub static LIBRARY: Library = Library { modules: &[&json::MODULE], ..Library::EMPTY };
