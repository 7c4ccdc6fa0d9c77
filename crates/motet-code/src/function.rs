//! Code objects: what the compiler hands to the VM. Immutable once made, shared between threads.
//!
//! A [`Function`] and a [`Module`] exist only verified: their constructors take the parts and check them, and afterwards
//! the parts can be read and not changed. That is what the interpreter's unsafe code relies on.

use crate::constant::Constant;
use crate::verify::{Needs, VerifyError, verify_function, verify_module};
use motet_source::{Source, Span};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a module is made of.
#[derive(Clone, Debug)]
pub struct ModuleParts {
    /// Takes nothing; its last instruction is `Exports`.
    pub main: Arc<Function>,
    pub source: Arc<Source>,
    /// Modules to load first; `Import` instructions point here.
    pub imports: Vec<ModuleImport>,
    pub exports: Vec<Box<str>>,
    /// For a piece of a session: which cells `main` captures, by their slots. Empty for a file.
    pub session: Box<[u32]>,
}

/// An import as written; who loads modules resolves the path.
#[derive(Clone, Debug)]
pub struct ModuleImport {
    pub path: Box<str>,
    pub span: Span,
    /// The names taken from it with their places, so that a missing one is reported before anything runs.
    pub names: Vec<(Box<str>, Span)>,
}

/// What a function is made of.
#[derive(Clone, Debug)]
pub struct FunctionParts {
    pub name: Box<str>,
    pub parameters: Parameters,
    pub flags: FunctionFlags,
    /// Size of the register window, register 0 (callee or self) included.
    pub registers: u16,
    pub code: Box<[u64]>,
    pub constants: Box<[Constant]>,
    /// Functions that `Closure` instantiates.
    pub functions: Box<[Arc<Function>]>,
    /// Where each captured value is found when `Closure` makes an instance of this function.
    pub captures: Box<[Capture]>,
    /// Names of the captured variables, for messages.
    pub capture_names: Box<[Box<str>]>,
    /// Innermost first.
    pub handlers: Box<[Handler]>,
    /// Sorted by instruction; an entry holds until the next one.
    pub spans: Box<[SpanEntry]>,
    pub span: Span,
    pub source: Arc<Source>,
}

/// Kinds of function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FunctionFlags {
    /// A call makes a generator.
    pub generator: bool,
    /// A call starts a task and gives its future.
    pub asynchronous: bool,
    /// Register 0 is self.
    pub method: bool,
    /// It is a class's constructor: while it runs, no message callback interrupts it.
    pub constructor: bool,
    /// The first captured variable that was declared mutable, whether it is ever assigned or not: such a function stays on
    /// its thread.
    pub mutable_capture: Option<u16>,
}

/// How arguments reach registers: positional parameters are registers 1, 2, …; then the rest list, if any; then the
/// keyword-only ones; then a record of the named arguments that no parameter has, if `takes_named`. Arguments that are left out arrive as `Missing`, which `JumpIfPresent` tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// Positional parameters, those with defaults included; every one may also be given by name.
    pub names: Box<[Box<str>]>,
    /// How many of them must be given.
    pub required: u16,
    /// The name of the rest parameter.
    pub rest: Option<Box<str>>,
    /// Parameters that can only be given by name.
    pub named: Box<[NamedParameter]>,
    /// Whatever else is given by name goes to the last register, as a record.
    pub takes_named: bool,
}

/// A parameter that can only be given by name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedParameter {
    pub name: Box<str>,
    pub required: bool,
}

impl Parameters {
    /// Registers that parameters occupy, from 1 on.
    pub fn count(&self) -> usize {
        self.names.len() + self.rest.is_some() as usize + self.named.len() + self.takes_named as usize
    }

    /// How a function of this name is called, for documentation: `area(w, h = …)`, in `.gene` `(area w h = …)`.
    pub fn signature(&self, name: &str, gene: bool) -> String {
        let positional = self.names.iter().enumerate().map(|(at, name)| {
            let has_default = at >= self.required as usize;
            if has_default { format!("{name} = …") } else { name.to_string() }
        });
        let rest = self.rest.iter().map(|rest| if gene { format!("{rest}...") } else { format!("...{rest}") });
        let named = self.named.iter().map(|named| match (gene, named.required) {
            (true, true) => format!("^{}", named.name),
            (true, false) => format!("^{} = …", named.name),
            (false, true) => format!("{}:", named.name),
            (false, false) => format!("{}: …", named.name),
        });
        let parts: Vec<String> = positional.chain(rest).chain(named).collect();
        let name = if name.is_empty() { "fn" } else { name };
        match (gene, parts.is_empty()) {
            (true, true) => format!("({name})"),
            (true, false) => format!("({name} {})", parts.join(" ")),
            (false, _) => format!("{name}({})", parts.join(", ")),
        }
    }

    /// True if exactly `names.len()` positional arguments can be left where they are.
    pub fn is_simple(&self) -> bool {
        self.required as usize == self.names.len() && self.rest.is_none() && self.named.is_empty() && !self.takes_named
    }
}

/// Where a captured value comes from, seen from the function that makes the closure. A variable that is assigned after
/// its capture lives in a cell, and the cell is what is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    Register(u16),
    /// One of the maker's own captured values.
    Captured(u16),
}

/// Errors thrown by instructions `start..end` go on at `target`, with the error in register `error`.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub error: u16,
    /// It is a `catch`, behind which the program goes on. Else it is a `finally`, which throws the error again.
    pub catches: bool,
    /// Registers whose values `target` still uses, sorted; the unwinder drops what all others own.
    pub keep: Box<[u16]>,
}

/// From this instruction on, the source place is this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanEntry {
    pub instruction: u32,
    pub span: Span,
}

/// A verified function. It reads like its parts.
#[derive(Debug)]
pub struct Function {
    id: u32,
    parts: FunctionParts,
    needs: Needs,
}

/// A verified module. It reads like its parts.
#[derive(Debug)]
pub struct Module {
    parts: ModuleParts,
}

impl Function {
    /// Verifies the parts and makes a function of them.
    pub fn new(parts: FunctionParts) -> Result<Function, VerifyError> {
        let needs = verify_function(&parts)?;
        Ok(Function { id: next_id(), parts, needs })
    }

    /// Unique in the process; isolates index their tables of loaded code with it.
    #[inline]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What the function relies on in those who run it.
    #[inline]
    pub fn needs(&self) -> &Needs {
        &self.needs
    }
}

impl FunctionParts {
    /// The source place of an instruction.
    pub fn span_at(&self, instruction: usize) -> Span {
        match self.spans.partition_point(|entry| entry.instruction as usize <= instruction) {
            0 => self.span,
            after => self.spans[after - 1].span,
        }
    }
}

impl Deref for Function {
    type Target = FunctionParts;

    #[inline]
    fn deref(&self) -> &FunctionParts {
        &self.parts
    }
}

impl Module {
    /// Verifies the parts and makes a module of them.
    pub fn new(parts: ModuleParts) -> Result<Module, VerifyError> {
        verify_module(&parts)?;
        Ok(Module { parts })
    }
}

impl Deref for Module {
    type Target = ModuleParts;

    #[inline]
    fn deref(&self) -> &ModuleParts {
        &self.parts
    }
}

impl Drop for Function {
    /// Frees the functions inside without recursion: each of a program's functions may use the one before it.
    fn drop(&mut self) {
        let mut pending = Vec::new();
        take_inner(&mut self.parts, &mut pending);
        while let Some(inner) = pending.pop() {
            if let Some(mut inner) = Arc::into_inner(inner) {
                take_inner(&mut inner.parts, &mut pending);
            }
        }
    }
}

/// Moves the functions inside a function's parts out.
fn take_inner(parts: &mut FunctionParts, pending: &mut Vec<Arc<Function>>) {
    pending.extend(std::mem::take(&mut parts.functions));
    for constant in &mut parts.constants {
        if matches!(constant, Constant::Function(_))
            && let Constant::Function(inner) = std::mem::replace(constant, Constant::Int(0))
        {
            pending.push(inner);
        }
    }
}

/// A number for a new function.
fn next_id() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    // A number that is given twice would let one function run as the other.
    assert!(id < u32::MAX - (1 << 16), "a process can make four billion functions");
    id
}
