//! Functions of the middle form to instructions of the module kernel.
//!
//! A value on the stack has a *home*: the register behind the locals that its height names. What is only a copy of a local
//! or a constant does not go there until it must, so that most operations read locals and constants where they are. At the
//! borders of blocks all values are at home.
//!
//! A function with more values than registers keeps the higher ones in far cells, and moves them through spare registers.

use super::instructions::{IMMEDIATE, Opcode, encode};
use super::lower::{Plan, plan};
use motet_middle::{Function, Load, Module, Operation, Signature, Type};
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

    // --- Registers. ---

    fn home(&mut self, height: usize) -> u32 {
        let home = self.locals + height as u32;
        self.highest = self.highest.max(home + 1);
        home
    }

    fn is_far(&self, value: u32) -> bool {
        self.is_big && value >= NEAR_REGISTERS
    }

    fn spare(&mut self) -> u8 {
        let spare = SPARE + self.spares % 4;
        self.spares += 1;
        spare as u8
    }

    /// The register that holds a value, after bringing it there if it is far.
    fn read(&mut self, value: u32) -> u8 {
        if !self.is_far(value) {
            return value as u8;
        }
        let spare = self.spare();
        self.emit(Opcode::FarGet, spare, 0, 0, value - NEAR_REGISTERS);
        spare
    }

    /// Lets `write` write a value, and takes it where it belongs if that is far.
    fn write(&mut self, value: u32, write: impl FnOnce(&mut Self, u8)) {
        if !self.is_far(value) {
            write(self, value as u8);
            return;
        }
        let spare = self.spare();
        write(self, spare);
        self.emit(Opcode::FarSet, 0, spare, 0, value - NEAR_REGISTERS);
    }

    fn emit(&mut self, opcode: Opcode, destination: u8, first: u8, second: u8, immediate: u32) {
        self.last_home = None;
        self.code.push(encode(opcode, destination, first, second, immediate));
    }

    fn jump(&mut self, opcode: Opcode, condition: u8) -> usize {
        self.emit(opcode, 0, condition, 0, 0);
        self.code.len() - 1
    }

    fn patch(&mut self, jump: usize) {
        self.code[jump][1] = self.code.len() as u32;
        self.last_home = None;
    }

    // --- Values. ---

    fn push(&mut self, value: Value) {
        let height = self.stack.len();
        self.home(height);
        self.stack.push(value);
    }

    fn pop(&mut self) -> (Value, usize) {
        let value = self.stack.pop().expect("validation counted the operands");
        (value, self.stack.len())
    }

    fn constant_to(&mut self, value: u32, bits: u64) {
        let (low, high) = (bits as u32, (bits >> 32) as u32);
        self.write(value, |this, register| {
            if high == 0 {
                this.emit(Opcode::Constant, register, 0, 0, low);
            } else if low == 0 {
                this.emit(Opcode::ConstantHigh, register, 0, 0, high);
            } else {
                this.emit(Opcode::Constant, register, 0, 0, low);
                this.emit(Opcode::OrHigh, register, register, 0, high);
            }
        });
    }

    fn move_to(&mut self, goal: u32, value: Value, height: usize) {
        match value {
            Value::Constant(bits) => self.constant_to(goal, bits),
            Value::Home | Value::Local(_) => {
                let from = self.source(value, height);
                if from != goal {
                    let register = self.read(from);
                    self.write(goal, |this, goal| this.emit(Opcode::Move, goal, register, 0, 0));
                }
            }
        }
    }

    /// The local or home that holds a value which is not a constant.
    fn source(&mut self, value: Value, height: usize) -> u32 {
        match value {
            Value::Local(local) => local,
            Value::Home | Value::Constant(_) => self.home(height),
        }
    }

    /// The register that holds a popped value; a constant goes home first.
    fn operand(&mut self, value: Value, height: usize) -> u8 {
        if let Value::Constant(bits) = value {
            let home = self.home(height);
            if self.is_far(home) {
                let spare = self.spare();
                self.move_to_spare(u32::from(spare), value, height);
                return spare;
            }
            self.constant_to(home, bits);
            return home as u8;
        }
        let source = self.source(value, height);
        self.read(source)
    }

    /// Brings the value at this height home.
    fn settle(&mut self, height: usize) {
        let value = self.stack[height];
        if value != Value::Home {
            let home = self.home(height);
            self.spares = 0;
            self.move_to(home, value, height);
            self.stack[height] = Value::Home;
        }
    }

    fn settle_from(&mut self, height: usize) {
        for height in height..self.stack.len() {
            self.settle(height);
        }
    }

    /// Copies of a local go home before it changes.
    fn settle_copies(&mut self, local: u32) -> bool {
        let copies: Vec<usize> =
            (0..self.stack.len()).filter(|&height| self.stack[height] == Value::Local(local)).collect();
        for &height in &copies {
            self.settle(height);
        }
        !copies.is_empty()
    }

    /// Writes the result of an instruction to the home on top of the stack.
    fn result(&mut self, opcode: Opcode, first: u8, second: u8, immediate: u32) {
        let height = self.stack.len();
        let home = self.home(height);
        self.write(home, |this, register| this.emit(opcode, register, first, second, immediate));
        self.stack.push(Value::Home);
        if !self.is_far(home) {
            self.last_home = Some((self.code.len() - 1, home));
        }
    }

    fn set_local(&mut self, local: u32, keeps: bool) {
        let last_home = self.last_home;
        let (value, height) = self.pop();
        let home = self.home(height);
        let had_copies = self.settle_copies(local);
        match last_home {
            // The instruction writes the local instead of the home.
            Some((index, written)) if value == Value::Home && written == home && !had_copies && !self.is_far(local) => {
                let [mut fields, immediate] = self.code[index];
                fields = fields & !0xFF00 | local << 8;
                self.code[index] = [fields, immediate];
                self.last_home = None;
            }
            _ => {
                self.spares = 0;
                if value != Value::Local(local) {
                    self.move_to(local, value, height);
                }
            }
        }
        if keeps {
            self.push(Value::Local(local));
        }
    }

    // --- Structure. ---

    fn enter(&mut self, signature: u32, to_else: Option<usize>, is_loop: bool) {
        let signature = &self.module.signatures[signature as usize];
        let (parameters, results) = (signature.parameters.len(), signature.results.len());
        self.last_home = None;
        self.frames.push(Frame {
            start: is_loop.then_some(self.code.len() as u32),
            to_end: Vec::new(),
            to_else,
            height: self.stack.len() - parameters,
            parameters,
            results,
        });
    }

    fn end(&mut self, reachable: bool) {
        let frame = self.frames.pop().expect("blocks end as often as they begin");
        if self.frames.is_empty() {
            if reachable {
                self.leave(frame.results);
            }
            return;
        }
        if reachable {
            self.settle_from(frame.height);
        }
        for jump in frame.to_end.iter().copied().chain(frame.to_else) {
            self.patch(jump);
        }
        self.last_home = None;
        self.stack.truncate(frame.height);
        for _ in 0..frame.results {
            self.push(Value::Home);
        }
    }

    fn other_half(&mut self, reachable: bool) {
        let height = self.frames.last().expect("an else stands in a condition").height;
        if reachable {
            self.settle_from(height);
            let jump = self.jump(Opcode::Jump, 0);
            self.innermost().to_end.push(jump);
        }
        if let Some(jump) = self.innermost().to_else.take() {
            self.patch(jump);
        }
        let parameters = self.innermost().parameters;
        self.stack.truncate(height);
        for _ in 0..parameters {
            self.push(Value::Home);
        }
    }

    fn innermost(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("operations stand in a block")
    }

    /// Values that a branch carries, and where they go.
    fn carried(&self, depth: u32) -> (usize, usize, bool) {
        let index = self.frames.len() - 1 - depth as usize;
        let frame = &self.frames[index];
        let count = if frame.start.is_some() { frame.parameters } else { frame.results };
        (count, frame.height, index == 0)
    }

    /// Emits the moves and the jump of a branch, whose values are at home.
    fn branch(&mut self, depth: u32) {
        let (count, height, leaves) = self.carried(depth);
        if leaves {
            return self.leave(count);
        }
        let from = self.stack.len() - count;
        if from != height {
            for number in 0..count {
                self.spares = 0;
                let goal = self.home(height + number);
                self.move_to(goal, self.stack[from + number], from + number);
            }
        } else {
            // The stack is looked at again behind a conditional branch.
            self.settle_from(from);
        }
        let index = self.frames.len() - 1 - depth as usize;
        match self.frames[index].start {
            Some(start) => self.emit(Opcode::Jump, 0, 0, 0, start),
            None => {
                let jump = self.jump(Opcode::Jump, 0);
                self.frames[index].to_end.push(jump);
            }
        }
    }

    /// Whether a branch needs moves before its jump.
    fn needs_moves(&self, depth: u32) -> bool {
        let (count, height, leaves) = self.carried(depth);
        leaves || (count > 0 && self.stack.len() - count != height)
    }

    fn conditional_branch(&mut self, condition: u8, depth: u32) {
        if self.needs_moves(depth) {
            let over = self.jump(Opcode::JumpUnless, condition);
            self.branch(depth);
            self.patch(over);
            return;
        }
        let index = self.frames.len() - 1 - depth as usize;
        match self.frames[index].start {
            Some(start) => self.emit(Opcode::JumpIf, 0, condition, 0, start),
            None => {
                let jump = self.jump(Opcode::JumpIf, condition);
                self.frames[index].to_end.push(jump);
            }
        }
    }

    /// Leaves the function: results go to the first registers.
    fn leave(&mut self, count: usize) {
        let from = self.stack.len() - count;
        // A result must not overwrite a local that a later one is a copy of.
        let clash = (from..self.stack.len())
            .any(|height| matches!(self.stack[height], Value::Local(local) if (local as usize) < count && local as usize != height - from));
        if clash {
            for height in from..self.stack.len() {
                let value = self.stack[height];
                let home = self.home(height);
                self.spares = 0;
                self.move_to(home, value, height);
            }
        }
        for number in 0..count {
            let height = from + number;
            let value = if clash { Value::Home } else { self.stack[height] };
            self.spares = 0;
            self.move_to(number as u32, value, height);
        }
        self.emit(Opcode::Return, 0, 0, 0, 0);
    }

    // --- Operations that work on registers that follow each other. ---

    /// Takes `taken` values that stand in consecutive registers, lets `emit` use them, and leaves `given` results there.
    fn consecutive(&mut self, taken: usize, given: usize, used: usize, emit: impl FnOnce(&mut Self, u8)) {
        let from = self.stack.len() - taken;
        let room = taken.max(given).max(used);
        for height in from..from + room {
            self.home(height);
        }
        let first = self.home(from);
        if self.is_far(first + room.max(1) as u32 - 1) {
            self.calls_too_wide |= room > SPARE_CALL_ROOM;
            let (taken, given) = (taken.min(SPARE_CALL_ROOM), given.min(SPARE_CALL_ROOM));
            for number in 0..taken {
                self.spares = 0;
                let goal = SPARE_CALL + number as u32;
                let (value, height) = (self.stack[from + number], from + number);
                self.move_to_spare(goal, value, height);
            }
            self.spares = 0;
            emit(self, SPARE_CALL as u8);
            for number in 0..given {
                let goal = self.home(from + number);
                let register = (SPARE_CALL + number as u32) as u8;
                self.write(goal, |this, goal| this.emit(Opcode::Move, goal, register, 0, 0));
            }
        } else {
            self.settle_from(from);
            emit(self, first as u8);
        }
        self.stack.truncate(from);
        for _ in 0..given {
            self.push(Value::Home);
        }
        self.last_home = None;
    }

    /// Brings a value to a spare register, which no far value shadows.
    fn move_to_spare(&mut self, goal: u32, value: Value, height: usize) {
        match value {
            Value::Constant(bits) => {
                let (low, high) = (bits as u32, (bits >> 32) as u32);
                self.emit(Opcode::Constant, goal as u8, 0, 0, low);
                if high != 0 {
                    self.emit(Opcode::OrHigh, goal as u8, goal as u8, 0, high);
                }
            }
            Value::Home | Value::Local(_) => {
                let source = self.source(value, height);
                let register = self.read(source);
                self.emit(Opcode::Move, goal as u8, register, 0, 0);
            }
        }
    }

    fn binary(&mut self, opcode: Opcode) {
        let (right, right_height) = self.pop();
        let (left, left_height) = self.pop();
        let is_wide = opcode as u8 & 1 != 0;
        if let Value::Constant(bits) = right
            && let Some(immediate) = as_immediate(bits, is_wide)
        {
            let first = self.operand(left, left_height);
            return self.result(opcode, first, IMMEDIATE, immediate);
        }
        if let Value::Constant(bits) = left
            && is_commutative(opcode)
            && let Some(immediate) = as_immediate(bits, is_wide)
        {
            let first = self.operand(right, right_height);
            return self.result(opcode, first, IMMEDIATE, immediate);
        }
        let first = self.operand(left, left_height);
        let second = self.operand(right, right_height);
        self.result(opcode, first, second, 0);
    }

    fn operation(&mut self, operation: &Operation) {
        let places_of = self.places_of;
        match *operation {
            Operation::Block(signature) => {
                self.settle_from(0);
                self.enter(signature, None, false);
            }
            Operation::Loop(signature) => {
                self.settle_from(0);
                self.enter(signature, None, true);
            }
            Operation::If(signature) => {
                let (condition, height) = self.pop();
                self.settle_from(0);
                self.spares = 0;
                let condition = self.operand(condition, height);
                let to_else = self.jump(Opcode::JumpUnless, condition);
                self.enter(signature, Some(to_else), false);
            }
            Operation::Else | Operation::End => unreachable!("they are the caller's"),
            Operation::Branch(depth) => self.branch(depth),
            Operation::BranchIf(depth) => {
                let (condition, height) = self.pop();
                // What the branch carries is at home on both ways, which may move a copy of the condition's local, but
                // not the condition: its home is above.
                let (count, ..) = self.carried(depth);
                self.settle_from(self.stack.len() - count);
                self.spares = 0;
                let condition = self.operand(condition, height);
                self.conditional_branch(condition, depth);
            }
            Operation::BranchTable(ref depths) => self.branch_table(depths),
            Operation::Return => {
                let count = self.frames[0].results;
                self.leave(count);
            }
            Operation::Trap(trap) => self.emit(Opcode::Trap, 0, 0, 0, trap as u32),
            Operation::Call(function) => {
                let signature = self.module.signature_of(function);
                let (taken, given) = (signature.parameters.len(), signature.results.len());
                let number = places_of.functions[function as usize];
                self.consecutive(taken, given, 0, |this, first| this.emit(Opcode::Call, first, 0, 0, number));
            }
            Operation::CallIndirect { table, signature } => {
                let of = &self.module.signatures[signature as usize];
                let (taken, given) = (of.parameters.len(), of.results.len());
                let (index, height) = self.pop();
                let index = self.operand(index, height);
                let signature = places_of.signatures[signature as usize];
                let table = places_of.tables[table as usize];
                // Arguments that go to spare registers use those for operands; the index takes the last of all.
                let index = if self.is_big && u32::from(index) >= SPARE && u32::from(index) < SPARE_CALL {
                    let last = (MOST_REGISTERS - 1) as u8;
                    self.emit(Opcode::Move, last, index, 0, 0);
                    last
                } else {
                    index
                };
                self.consecutive(taken, given, 0, |this, first| {
                    this.emit(Opcode::CallIndirect, first, index, 0, signature);
                    this.emit(Opcode::Operand, 0, 0, 0, table);
                });
            }
            Operation::Drop => {
                self.pop();
            }
            Operation::Select => {
                let (condition, condition_height) = self.pop();
                let (right, right_height) = self.pop();
                let (left, left_height) = self.pop();
                let condition = self.operand(condition, condition_height);
                let first = self.operand(left, left_height);
                let second = self.operand(right, right_height);
                self.result(Opcode::Select, first, second, u32::from(condition));
            }
            Operation::LocalGet(local) => self.push(Value::Local(local)),
            Operation::LocalSet(local) => self.set_local(local, false),
            Operation::LocalTee(local) => self.set_local(local, true),
            Operation::GlobalGet(global) => self.result(Opcode::CellGet, 0, 0, places_of.globals[global as usize]),
            Operation::GlobalSet(global) => {
                let (value, height) = self.pop();
                let register = self.operand(value, height);
                self.emit(Opcode::CellSet, 0, register, 0, places_of.globals[global as usize]);
            }
            Operation::Constant(_, bits) => self.push(Value::Constant(bits)),
            Operation::Numeric(numeric) => match plan(numeric) {
                Plan::Binary(opcode) => self.binary(opcode),
                Plan::Unary(opcode) => self.unary(opcode, 0, 0),
                Plan::Immediate(opcode, immediate) => self.unary(opcode, IMMEDIATE, immediate),
                Plan::Prepared(first, immediate, second) => {
                    self.unary(first, IMMEDIATE, immediate);
                    self.unary(second, 0, 0);
                }
                Plan::Same => {}
            },
            Operation::Load(load, offset) => self.unary(Opcode::Load, access(load), offset as u32),
            Operation::Store(store, offset) => {
                let (value, value_height) = self.pop();
                let (address, address_height) = self.pop();
                let value = self.operand(value, value_height);
                let address = self.operand(address, address_height);
                self.emit(Opcode::Store, value, address, store.bytes.trailing_zeros() as u8, offset as u32);
            }
            Operation::MemorySize => self.result(Opcode::MemorySize, 0, 0, 0),
            Operation::MemoryGrow => {
                let memory = places_of.memory;
                self.consecutive(1, 1, 2, |this, first| {
                    this.emit(Opcode::Constant, first + 1, 0, 0, memory);
                    this.emit(Opcode::Host, first, 0, 0, super::SERVICE_GROW);
                });
            }
            Operation::MemoryCopy => self.bulk(Opcode::MemoryCopy, 0, None),
            Operation::MemoryFill => self.bulk(Opcode::MemoryFill, 0, None),
            Operation::MemoryInit(data) => self.bulk(Opcode::MemoryInit, places_of.data[data as usize], None),
            Operation::DataDrop(data) => self.emit(Opcode::Drop, 0, 0, 0, places_of.data[data as usize]),
            Operation::TableGet(table) => self.unary(Opcode::TableGet, 0, places_of.tables[table as usize]),
            Operation::TableSet(table) => {
                let (value, value_height) = self.pop();
                let (index, index_height) = self.pop();
                let value = self.operand(value, value_height);
                let index = self.operand(index, index_height);
                self.emit(Opcode::TableSet, value, index, 0, places_of.tables[table as usize]);
            }
            Operation::TableSize(table) => self.result(Opcode::TableSize, 0, 0, places_of.tables[table as usize]),
            Operation::TableGrow(table) => self.table_grow(places_of.tables[table as usize]),
            Operation::TableFill(table) => self.bulk(Opcode::TableFill, places_of.tables[table as usize], None),
            Operation::TableCopy { to, from } => {
                let from = places_of.tables[from as usize];
                self.bulk(Opcode::TableCopy, places_of.tables[to as usize], Some(from));
            }
            Operation::TableInit { table, elements } => {
                let from = places_of.elements[elements as usize];
                self.bulk(Opcode::TableCopy, places_of.tables[table as usize], Some(from));
            }
            Operation::ElementsDrop(elements) => {
                self.emit(Opcode::Drop, 0, 0, 0, places_of.elements[elements as usize]);
            }
            Operation::Null(_) => self.push(Value::Constant(0)),
            Operation::IsNull => self.unary(Opcode::Equal64, IMMEDIATE, 0),
            Operation::FunctionReference(function) => {
                self.push(Value::Constant(u64::from(places_of.functions[function as usize]) + 1));
            }
        }
    }

    fn unary(&mut self, opcode: Opcode, second: u8, immediate: u32) {
        let (value, height) = self.pop();
        let register = self.operand(value, height);
        self.result(opcode, register, second, immediate);
    }

    fn bulk(&mut self, opcode: Opcode, listed: u32, other: Option<u32>) {
        self.consecutive(3, 0, 0, |this, first| {
            this.emit(opcode, first, 0, 0, listed);
            if let Some(other) = other {
                this.emit(Opcode::Operand, 0, 0, 0, other);
            }
        });
    }

    /// Takes a reference and a number. The new elements are null at first, and are then filled.
    fn table_grow(&mut self, table: u32) {
        self.consecutive(2, 1, 6, |this, first| {
            let [reference, number, old, goal, value, count] = [0, 1, 2, 3, 4, 5].map(|offset| first + offset);
            this.emit(Opcode::TableGrow, old, number, 0, table);
            this.emit(Opcode::Equal, goal, old, IMMEDIATE, u32::MAX);
            let failed = this.jump(Opcode::JumpIf, goal);
            this.emit(Opcode::Move, goal, old, 0, 0);
            this.emit(Opcode::Move, value, reference, 0, 0);
            this.emit(Opcode::Move, count, number, 0, 0);
            this.emit(Opcode::TableFill, goal, 0, 0, table);
            this.patch(failed);
            this.emit(Opcode::Move, reference, old, 0, 0);
        });
    }

    fn branch_table(&mut self, depths: &[u32]) {
        let (index, height) = self.pop();
        let (count, ..) = self.carried(depths[0]);
        self.settle_from(self.stack.len() - count);
        self.spares = 0;
        let index = self.operand(index, height);
        self.emit(Opcode::JumpTable, 0, index, 0, depths.len() as u32 - 1);
        let table: Vec<usize> = depths.iter().map(|_| self.jump(Opcode::Jump, 0)).collect();
        let mut done: Vec<(u32, u32)> = Vec::new();
        for (&depth, &jump) in depths.iter().zip(&table) {
            if !self.needs_moves(depth) {
                let index = self.frames.len() - 1 - depth as usize;
                match self.frames[index].start {
                    Some(start) => self.code[jump][1] = start,
                    None => self.frames[index].to_end.push(jump),
                }
                continue;
            }
            let known = done.iter().find(|(of, _)| *of == depth).map(|(_, at)| *at);
            let at = known.unwrap_or_else(|| {
                let at = self.code.len() as u32;
                self.branch(depth);
                done.push((depth, at));
                at
            });
            self.code[jump][1] = at;
        }
        self.last_home = None;
    }
}

fn is_commutative(opcode: Opcode) -> bool {
    use Opcode::*;
    matches!(
        opcode,
        Add | Add64
            | Multiply
            | Multiply64
            | And
            | And64
            | Or
            | Or64
            | ExclusiveOr
            | ExclusiveOr64
            | Equal
            | Equal64
            | NotEqual
            | NotEqual64
    )
}

/// The immediate that stands for these bits, if there is one.
fn as_immediate(bits: u64, is_wide: bool) -> Option<u32> {
    let immediate = bits as u32;
    let read = if is_wide { i64::from(immediate.cast_signed()).cast_unsigned() } else { u64::from(immediate) };
    (read == bits).then_some(immediate)
}

/// The field that says how to load.
fn access(load: Load) -> u8 {
    let narrow = matches!(load.result, Type::I32 | Type::F32);
    load.bytes.trailing_zeros() as u8 | u8::from(load.signed) << 3 | u8::from(narrow) << 4
}
