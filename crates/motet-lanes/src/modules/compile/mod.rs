//! Functions of the middle form to instructions of the module kernel.
//!
//! A value on the stack has a *home*: the register behind the locals that its height names. What is only a copy of a local
//! or a constant does not go there until it must, so that most operations read locals and constants where they are. At the
//! borders of blocks all values are at home.
//!
//! A function with more values than registers keeps the higher ones in far cells, and moves them through spare registers.
//!
//! | module | its one job |
//! |---|---|
//! | `values` | the stack: homes, copies, registers, far cells, and writing instructions |
//! | `blocks` | blocks, branches, returns |
//! | `operations` | what each operation becomes |

mod blocks;
mod operations;
mod values;

use motet_middle::{Function, Module, Operation, Signature};
use std::fmt;

/// Registers that a function may have.
pub(crate) const MOST_REGISTERS: u32 = 200;
/// Registers of a function with far values, without the spare ones.
const NEAR_REGISTERS: u32 = 150;
/// The first spare register: four for operands.
const SPARE: u32 = NEAR_REGISTERS;
/// The spare registers in which arguments and results of calls lie if their homes are far.
const SPARE_CALL: u32 = SPARE + 4;
/// Far values that a function may have.
pub(crate) const MOST_FAR: u32 = 4_000;

/// Where a module's parts lie in the process: see [`super::link`].
pub(crate) struct Places<'p> {
    pub functions: &'p [u32],
    /// For each signature of the module, its number among those of the whole program.
    pub signatures: &'p [u32],
    /// The cells in which tables, data and elements are listed, and those of globals.
    pub tables: &'p [u32],
    pub data: &'p [u32],
    pub elements: &'p [u32],
    pub globals: &'p [u32],
    /// The cell in which the memory is listed; 0 without one.
    pub memory: u32,
}

/// A compiled function.
pub(crate) struct Compiled {
    pub code: Vec<[u32; 2]>,
    /// For each operation, its first instruction and its place in the source.
    pub places: Vec<(u32, u32)>,
    pub registers: u32,
    pub far: u32,
}

/// Why a function cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    pub what: String,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.what)
    }
}

/// What is known of a value on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Home,
    Local(u32),
    Constant(u64),
}

struct Frame {
    /// Where branches go that go back.
    start: Option<u32>,
    /// Jumps that go behind the end.
    to_end: Vec<usize>,
    /// The jump of an `If` that goes to its other half.
    to_else: Option<usize>,
    /// Values below the block.
    height: usize,
    parameters: usize,
    results: usize,
}

struct Compiler<'c> {
    module: &'c Module,
    places_of: &'c Places<'c>,
    locals: u32,
    /// Whether high values are far.
    is_big: bool,
    code: Vec<[u32; 2]>,
    places: Vec<(u32, u32)>,
    stack: Vec<Value>,
    frames: Vec<Frame>,
    highest: u32,
    /// The last instruction, if it does nothing but write this home, and no jump goes behind it.
    last_home: Option<(usize, u32)>,
    /// Spare registers in use by the present operation.
    spares: u32,
    /// A call has more arguments or results than spare registers.
    calls_too_wide: bool,
}

/// Compiles a function for the interpreter kernel.
pub(crate) fn compile(
    module: &Module,
    places_of: &Places<'_>,
    signature: &Signature,
    function: &Function,
) -> Result<Compiled, TooLarge> {
    let most = NEAR_REGISTERS as usize;
    if signature.parameters.len() > most || signature.results.len() > most {
        return Err(TooLarge { what: format!("it has more than {most} parameters or results") });
    }
    let first = Compiler::new(module, places_of, signature, function, false).run(signature, function)?;
    if first.registers <= MOST_REGISTERS {
        return Ok(first);
    }
    let mut second = Compiler::new(module, places_of, signature, function, true).run(signature, function)?;
    second.far = second.registers.saturating_sub(NEAR_REGISTERS);
    if second.far > MOST_FAR {
        let values = second.registers;
        return Err(TooLarge { what: format!("it has {values} locals and intermediate values at once") });
    }
    second.registers = MOST_REGISTERS;
    Ok(second)
}

const SPARE_CALL_ROOM: usize = (MOST_REGISTERS - SPARE_CALL) as usize;

impl<'c> Compiler<'c> {
    fn new(
        module: &'c Module,
        places_of: &'c Places<'c>,
        signature: &Signature,
        function: &Function,
        is_big: bool,
    ) -> Compiler<'c> {
        let locals = (signature.parameters.len() + function.locals.len()) as u32;
        Compiler {
            module,
            places_of,
            locals,
            is_big,
            code: Vec::new(),
            places: Vec::new(),
            stack: Vec::new(),
            frames: Vec::new(),
            highest: locals,
            last_home: None,
            spares: 0,
            calls_too_wide: false,
        }
    }

    fn run(mut self, signature: &Signature, function: &Function) -> Result<Compiled, TooLarge> {
        for local in signature.parameters.len() as u32..self.locals {
            self.constant_to(local, 0);
        }
        self.frames.push(Frame {
            start: None,
            to_end: Vec::new(),
            to_else: None,
            height: 0,
            parameters: 0,
            results: signature.results.len(),
        });
        let mut reachable = true;
        for (operation, &place) in function.body.iter().zip(&function.places) {
            self.places.push((self.code.len() as u32, place));
            self.spares = 0;
            match operation {
                Operation::End => self.end(reachable),
                Operation::Else => self.other_half(reachable),
                other => self.operation(other),
            }
            reachable = !operation.ends_its_block();
        }
        if self.calls_too_wide {
            let what = format!("it calls with more than {SPARE_CALL_ROOM} arguments or results beside many values");
            return Err(TooLarge { what });
        }
        Ok(Compiled { code: self.code, places: self.places, registers: self.highest.max(1), far: 0 })
    }
}
