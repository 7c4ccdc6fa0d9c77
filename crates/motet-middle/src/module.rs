//! A module: functions and what they use.

use crate::{Operation, Type};

/// What a function takes and gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Types of the parameters.
    pub parameters: Box<[Type]>,
    /// Types of the results.
    pub results: Box<[Type]>,
}

/// Something that a module takes from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Where from.
    pub module: String,
    /// Its name there.
    pub name: String,
}

/// A function with a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Types of the locals behind the parameters. They begin as 0 or null.
    pub locals: Vec<Type>,
    /// The body. Its last operation is `End`.
    pub body: Vec<Operation>,
    /// Where each operation stands in its source.
    pub places: Vec<u32>,
}

/// Where a function comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionKind {
    /// From elsewhere.
    Imported(Import),
    /// From here.
    Defined(Function),
}

/// A table of references.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Set if it comes from elsewhere.
    pub import: Option<Import>,
    /// What stands in it.
    pub element: Type,
    /// How many there are at the start.
    pub minimum: u32,
    /// How many there may be.
    pub maximum: Option<u32>,
}

/// A memory, in pages of 64 KiB.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// Set if it comes from elsewhere.
    pub import: Option<Import>,
    /// Pages at the start.
    pub minimum: u32,
    /// How many there may be.
    pub maximum: Option<u32>,
}

impl Memory {
    /// Bytes of a page.
    pub const PAGE: u32 = 65_536;
}

/// A value that is known before the program runs, or as soon as its imports are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constant {
    /// Bits.
    Value(Type, u64),
    /// What an imported global holds.
    Global(u32),
    /// A function of the module.
    Function(u32),
    /// A reference to nothing.
    Null(Type),
}

/// A variable of the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Global {
    /// Set if it comes from elsewhere.
    pub import: Option<Import>,
    /// Its type.
    pub of: Type,
    /// Whether it may be written.
    pub mutable: bool,
    /// What it holds at the start; none if it comes from elsewhere.
    pub initial: Option<Constant>,
}

/// What happens with data or elements at the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Placement {
    /// They are written to this memory or table at this place, and are empty afterwards.
    Active(u32, Constant),
    /// They wait until the program uses them.
    Passive,
    /// They are empty: they only say that references to them exist.
    Declared,
}

/// Bytes for a memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// What happens at the start.
    pub placement: Placement,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// References for a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Elements {
    /// What happens at the start.
    pub placement: Placement,
    /// The type of the references.
    pub of: Type,
    /// The references.
    pub items: Vec<Constant>,
}

/// What an export names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
}

/// Something that a module shows under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
    /// Which one of its kind.
    pub index: u32,
}

/// A module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Signatures of functions and blocks.
    pub signatures: Vec<Signature>,
    /// Functions with the numbers of their signatures, those from elsewhere first.
    pub functions: Vec<(u32, FunctionKind)>,
    /// Names of functions, where the source tells them.
    pub names: Vec<Option<String>>,
    /// Tables, those from elsewhere first.
    pub tables: Vec<Table>,
    /// Memories, those from elsewhere first.
    pub memories: Vec<Memory>,
    /// Globals, those from elsewhere first.
    pub globals: Vec<Global>,
    /// What the module shows.
    pub exports: Vec<Export>,
    /// Data.
    pub data: Vec<Data>,
    /// Elements.
    pub elements: Vec<Elements>,
    /// The function that runs first.
    pub start: Option<u32>,
}

impl Module {
    /// The signature of a function.
    pub fn signature_of(&self, function: u32) -> &Signature {
        &self.signatures[self.functions[function as usize].0 as usize]
    }

    /// What is exported under this name.
    pub fn export(&self, name: &str) -> Option<&Export> {
        self.exports.iter().find(|export| export.name == name)
    }

    /// A function's name for messages: the source's, an export's, or its number.
    pub fn name_of(&self, function: u32) -> String {
        let named = self.names.get(function as usize).cloned().flatten();
        let exported = || {
            let of = |export: &&Export| export.kind == ItemKind::Function && export.index == function;
            self.exports.iter().find(of).map(|export| export.name.clone())
        };
        named.or_else(exported).unwrap_or_else(|| format!("function {function}"))
    }
}
