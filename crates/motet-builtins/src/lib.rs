//! The builtins of the language that need nothing of the machine but the natives' toolkit (`motet_vm::builtins`): what
//! computes with the values it is given. Threads, tasks, signals, types and errors are the machine's own.
//!
//! It knows the VM by its public face alone: natives, values, [`motet_vm::Context`]. It knows nothing of isolates, tasks or
//! the interpreter, and touches nothing outside the program but its output and the clock.
//!
//! A native is declared where it is implemented, in the table at the end of its file.

mod assertions;
mod bits;
mod convert;
mod debugging;
mod difference;
mod enums;
mod equality;
mod familiar;
mod folding;
mod format;
mod general;
mod grouping;
mod help;
mod in_place;
mod lists;
mod mapping;
mod math;
mod numbers;
mod output;
mod patterns;
mod random;
mod records;
mod sequences;
mod sets;
mod sorting;
mod statistics;
mod test_blocks;
mod testing;
mod text;

use motet_vm::builtins::{ForeignType, Library};

/// All that it brings.
pub static LIBRARY: Library = Library {
    tables: &[
        assertions::NATIVES,
        bits::NATIVES,
        convert::NATIVES,
        debugging::NATIVES,
        enums::NATIVES,
        equality::NATIVES,
        folding::NATIVES,
        format::NATIVES,
        general::NATIVES,
        grouping::NATIVES,
        help::NATIVES,
        in_place::NATIVES,
        lists::NATIVES,
        mapping::NATIVES,
        math::NATIVES,
        output::NATIVES,
        patterns::NATIVES,
        random::NATIVES,
        records::NATIVES,
        sequences::NATIVES,
        sets::NATIVES,
        sorting::NATIVES,
        statistics::NATIVES,
        test_blocks::NATIVES,
        testing::NATIVES,
        text::NATIVES,
    ],
    types: &[ForeignType {
        kind: &random::RANDOM,
        documentation: "Sources of random numbers.",
        constructor: Some("rng"),
    }],
    constants: math::CONSTANTS,
    aliases: familiar::ALIASES,
    familiar: familiar::FAMILIAR,
    elsewhere: familiar::ELSEWHERE,
    ..Library::EMPTY
};
