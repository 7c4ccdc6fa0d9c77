//! What is compiled: functions of modules that were linked, and the tables, memories and globals that they share.

use motet_middle::{Module, Signature, Type};

/// A module in a program, with what its numbers mean there.
#[derive(Clone, Debug)]
pub struct Part<'m> {
    /// The module.
    pub module: &'m Module,
    /// Numbers of its functions in the program.
    pub functions: &'m [u32],
    /// Numbers of its signatures.
    pub signatures: &'m [u32],
    /// Numbers of its tables.
    pub tables: &'m [u32],
    /// Numbers of its memories; the first one is what it reads and writes.
    pub memories: &'m [u32],
    /// Numbers of its globals.
    pub globals: &'m [u32],
}

/// What a function of a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nothing that can be called.
    None,
    /// A function of a part, by its number there.
    Defined {
        /// The part.
        part: usize,
        /// The function in the part's module.
        function: u32,
    },
    /// A service of the host's.
    Host {
        /// The service.
        service: u32,
    },
}

/// A function of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramFunction {
    /// What it is.
    pub origin: Origin,
    /// The number of its signature in the program.
    pub signature: u32,
}

/// A program.
#[derive(Clone, Debug, Default)]
pub struct Program<'m> {
    /// The modules.
    pub parts: Vec<Part<'m>>,
    /// All functions.
    pub functions: Vec<ProgramFunction>,
    /// All signatures.
    pub signatures: Vec<Signature>,
    /// For each table, the elements that it has room for.
    pub tables: Vec<u32>,
    /// For each memory, the pages that it has at the start.
    pub memories: Vec<u32>,
    /// The types of globals.
    pub globals: Vec<Type>,
    /// The functions that the host calls.
    pub entries: Vec<u32>,
}

impl Program<'_> {
    /// A function's signature.
    pub fn signature_of(&self, function: u32) -> &Signature {
        &self.signatures[self.functions[function as usize].signature as usize]
    }

    /// A function's name for messages.
    pub fn name_of(&self, function: u32) -> String {
        match self.functions.get(function as usize).map(|function| function.origin) {
            Some(Origin::Defined { part, function }) => self.parts[part].module.name_of(function),
            Some(Origin::Host { .. }) => "the host".to_owned(),
            Some(Origin::None) | None => format!("function {function}"),
        }
    }

    /// The value of a reference to a function.
    pub fn reference(&self, function: u32) -> u32 {
        let of = self.functions[function as usize];
        let code = match of.origin {
            Origin::Host { .. } => HOST_FUNCTION | function,
            _ => function,
        };
        of.signature << 16 | (code + 1)
    }
}

/// What is set in the number of a function that the host carries out.
pub const HOST_FUNCTION: u32 = 0x8000;
/// The first of the numbers that stand for operations which the host carries out: see [`crate::Compiled::services`].
pub const HOST_OPERATION: u32 = 0x1_0000;
/// Functions that a program may have, and signatures likewise.
pub(crate) const MOST_FUNCTIONS: usize = 0x7FF0;

/// Where the words of an instance's state lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateLayout {
    /// For each global, its first word.
    pub globals: Vec<u32>,
    /// For each memory, the word that says where it begins, counted in words from the instance's first; its pages stand
    /// behind.
    pub memories: Vec<u32>,
    /// For each table, the word that says how many elements it has; they stand behind.
    pub tables: Vec<u32>,
    /// All words.
    pub words: u32,
}

impl StateLayout {
    /// The layout of a program's state.
    pub(crate) fn of(program: &Program<'_>) -> StateLayout {
        let mut layout = StateLayout { words: crate::STATE_WORDS, ..StateLayout::default() };
        let mut take = |words: u32| {
            let at = layout.words;
            layout.words += words;
            at
        };
        layout.globals = program.globals.iter().map(|&of| take(width(of))).collect();
        layout.memories = program.memories.iter().map(|_| take(2)).collect();
        layout.tables = program.tables.iter().map(|&capacity| take(1 + capacity)).collect();
        // An access to an empty table reads this word.
        layout.words += 1;
        layout
    }
}

/// Words that a value of this type takes.
pub fn width(of: Type) -> u32 {
    match of {
        Type::I64 | Type::F64 => 2,
        Type::I32 | Type::F32 | Type::Function | Type::Foreign => 1,
    }
}
