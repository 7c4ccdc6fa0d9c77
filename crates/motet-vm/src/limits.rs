//! What a program may use up, and what it may touch. Both are settings: nothing here runs.
//!
//! A limit that is reached ends the program with a `LimitError` that no `catch` sees and for which no `finally` runs: a
//! program that could go on after its limit would have none. Two limits are softer, because what they refuse has not
//! happened yet: the depth of calls (`DepthError`) and the size of a single value (`LimitError` of the builtin that would
//! have made it) are ordinary errors.

use std::time::Duration;

/// How much a program may use up in its whole life, in all its threads together. `None`: as much as it likes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Steps: calls, and turns of loops.
    pub steps: Option<u64>,
    /// Bytes of the values that it can reach. Looked at whenever an eighth of the limit has been allocated, so a program
    /// may hold more for a moment, but not much more.
    pub memory: Option<u64>,
    /// Time from its start, waiting included.
    pub time: Option<Duration>,
    /// Bytes that it prints.
    pub output: Option<u64>,
}

impl Limits {
    /// What the macros of a program may use up while it is compiled, unless the embedder says something else. A macro that
    /// a person wrote needs a small part of it, and a program that only wants to keep its compiler busy is over soon.
    pub const MACROS: Limits = Limits {
        steps: Some(100_000_000),
        memory: Some(256_000_000),
        time: Some(Duration::from_secs(10)),
        output: Some(1_000_000),
    };

    /// True if the program is not limited at all.
    pub fn is_none(&self) -> bool {
        *self == Limits::default()
    }
}

/// What a program is for; messages about its limits say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    #[default]
    Program,
    /// The macros of a program that is being compiled.
    Macros,
}

/// What a program may touch outside itself. Each way to the outside asks here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// Read files: modules beside the program's own file too.
    pub read_files: bool,
    /// Make, change and remove files.
    pub write_files: bool,
    /// Read standard input.
    pub standard_input: bool,
    /// Read the variables of the environment.
    pub environment: bool,
    /// Start other programs.
    pub processes: bool,
    /// Reach other machines.
    pub network: bool,
}

impl Permissions {
    /// Everything: the program is the user's own.
    pub const ALL: Permissions = Permissions {
        read_files: true,
        write_files: true,
        standard_input: true,
        environment: true,
        processes: true,
        network: true,
    };

    /// Nothing: the program computes and prints.
    pub const NONE: Permissions = Permissions {
        read_files: false,
        write_files: false,
        standard_input: false,
        environment: false,
        processes: false,
        network: false,
    };
}
