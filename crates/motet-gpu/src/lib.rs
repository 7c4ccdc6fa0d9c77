//! Programs on the GPU, as programs of the language start them: `lanes("sim.wasm", call: "step", count: 1000)`.
//!
//! | module | its one job |
//! |---|---|
//! | `shared` | the one device and the one station of the process |
//! | `program` | files and bytes to programs of the station |
//! | `cells` | values of the language to arguments, and results to values |
//! | `call` | the function `lanes`: its arguments, and the start of processes |
//! | `job` | what all processes of a call answer |
//! | `process` | what one process answers |
//! | `receiver` | what a method is called on, and methods that take a while |
//!
//! It knows the VM by its public face alone, and asks `motet-std` for permission. What runs and how is the business of
//! `motet_lanes::station`.

mod call;
mod cells;
mod job;
mod process;
mod program;
mod receiver;
mod shared;

use motet_vm::builtins::{ForeignType, Library};

/// All that it brings.
pub static LIBRARY: Library = Library {
    tables: &[call::NATIVES],
    methods: &[job::METHODS, process::METHODS],
    types: &[
        ForeignType { kind: &job::LANES, documentation: "Programs that run on GPU lanes.", constructor: None },
        ForeignType { kind: &process::PROCESS, documentation: "A program that runs on a GPU lane.", constructor: None },
    ],
    ..Library::EMPTY
};
