//! What the standard library offers beside the builtins of the VM: ways to what lies outside the program. Files, standard
//! input and other programs; each suspends the task that uses it, never its isolate (T-24).
//!
//! | module | its one job |
//! |---|---|
//! | `runtime` | the one runtime that all operations of the process run on |
//! | `files` | whole files and folders, by their paths |
//! | `whole` | all bytes of a file, on several cores if they are many |
//! | `environment` | the process: its variables and its end |
//! | `handles` | files that stay open |
//! | `input` | standard input, line by line |
//! | `processes` | other programs |
//! | `streams` | streams of bytes: pipes, connections |
//! | `modules` | what programs find under a name of its own, such as `path`: a file for each module |
//! | `access` | asking for permission; errors of the system as errors of the language |
//! | `arguments` | limits of time, and other arguments that several parts take |
//!
//! It knows the VM by its public face alone: natives, values, and the door that operations go through
//! (`motet_vm::operation`). It knows nothing of isolates, tasks or the interpreter. Crates that lead to other parts of the
//! outside, such as the network, use its runtime, its streams and its questions for permission.

pub mod access;
pub mod arguments;
mod environment;
mod files;
mod handles;
mod input;
mod modules;
mod processes;
pub mod runtime;
pub mod streams;
mod whole;

pub use files::{content, record};
pub use runtime::settle;

use motet_vm::builtins::{ForeignType, Library};

/// All that it brings.
pub static LIBRARY: Library = Library {
    tables: &[environment::NATIVES, files::NATIVES, handles::NATIVES, input::NATIVES, processes::NATIVES],
    modules: &[
        &modules::archives::MODULE,
        &modules::cli::MODULE,
        &modules::files::MODULE,
        &modules::logging::MODULE,
        &modules::path::MODULE,
        &modules::result::MODULE,
        &processes::MODULE,
        &streams::MODULE,
    ],
    fields: &[processes::FIELDS],
    // `log` is the logarithm here.
    elsewhere: &[
        (
            "add",
            "archives",
            "`archives.create(path, folder)` makes an archive of a folder, `archives.pack({\"a.txt\": text})` one in memory",
        ),
        ("debug", "Function", "the log is written by `logging.debug(text)`"),
        ("error", "Function", "the log is written by `logging.error(text)`"),
        ("extractall", "archives", "`archives.extract(path, folder)` writes what is in an archive into a folder"),
        ("info", "Function", "the log is written by `logging.info(text)`"),
        ("infolist", "archives", "`archives.list(path)` says what is in an archive"),
        ("namelist", "archives", "`archives.list(path)` says what is in an archive"),
        (
            "open",
            "archives",
            "`archives.list(path)` says what is in an archive, `archives.extract(path, folder)` takes it out",
        ),
        ("read", "archives", "`archives.unpack(read_bytes(path))` is a record of what is in an archive"),
        ("warn", "Function", "the log is written by `logging.warn(text)`"),
        ("warning", "Function", "the log is written by `logging.warn(text)`"),
    ],
    types: &[
        ForeignType { kind: &handles::FILE, documentation: "Open files.", constructor: None },
        ForeignType {
            kind: &processes::PROCESS,
            documentation: "Other programs that were started.",
            constructor: None,
        },
        ForeignType { kind: &streams::STREAM, documentation: "Streams of bytes.", constructor: None },
        ForeignType { kind: &modules::files::WATCH, documentation: "Watches of files.", constructor: None },
        ForeignType { kind: &modules::logging::LOGGER, documentation: "Loggers.", constructor: None },
    ],
    ..Library::EMPTY
};
