//! Functions of the middle form to SPIR-V.
//!
//! SPIR-V has structured control flow, and lavapipe carries out every instruction between two turns of a loop whatever is
//! switched off. So there are only conditions and loops here, and one variable that says what is skipped:
//!
//! - `skip` is 0 while code runs. A branch sets it to the number of its block; what follows is guarded by `skip == 0`, and the
//!   block's end sets it back. A branch to a loop makes the loop turn.
//! - Each turn costs fuel. Without fuel, a loop notes its number in `resume` and sets `skip` to [`SUSPEND`], so that
//!   everything is left. The next dispatch begins with [`RESUME`]: only what leads to that loop is entered.
//! - A trap writes its site to `trap`. Straight code goes on with harmless values and without stores; the next turn of a loop
//!   or the end of the function leaves.
//!
//! Values on the stack are names of SPIR-V inside a guard, and variables across them. All variables are read once when a
//! dispatch begins and written once when it ends.

use crate::kernel::*;
use crate::shape::{self, Ends};
use crate::words::{Id, Op, Words, text};
use motet_middle::{Function, FunctionKind, Load, Module, Numeric, Operation, Store, Trap, Type};
use std::collections::HashMap;
use std::fmt;

/// `skip` while a dispatch finds the loop at which it goes on.
const RESUME: u32 = 0xFFFF_FFFF;
/// `skip` while a function is left because of a trap.
const LEAVE: u32 = 0xFFFF_FFFE;
/// `skip` while a function is left for want of fuel.
const SUSPEND: u32 = 0xFFFF_FFFD;

const FUNCTION: u32 = 7;
const STORAGE_BUFFER: u32 = 12;
const INPUT: u32 = 1;

/// Why a function is not compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The function that is the reason.
    pub function: String,
    /// What is in the way.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` cannot be compiled: {}", self.function, self.why)
    }
}

impl std::error::Error for Refusal {}

/// A value on the stack.
#[derive(Clone, Copy, Debug)]
enum Value {
    Named(Id, Type),
    /// In the variable of its height.
    Kept(Type),
}

/// Whether code can stand here.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Guard {
    /// `skip` may be anything.
    Closed,
    /// Inside a condition that `skip` is 0; it ends at this label.
    Open(Id),
    /// `skip` is 0, whatever came before.
    Free,
}

#[derive(Clone, Copy, Debug)]
struct Variable {
    id: Id,
    of: Type,
}

enum Kind {
    Block,
    /// A condition inside a guard: its merge label, the label of its other half, the guard outside, and whether it branches.
    Condition {
        merge: Id,
        otherwise: Id,
        outer: Guard,
        branches: bool,
    },
    /// A condition with loops in it, between guards: its merge label, and what says whether the other half is entered.
    Guarded {
        merge: Id,
        enter_otherwise: Id,
    },
    Loop {
        header: Id,
        repeat: Id,
        leave: Id,
        merge: Id,
        number: u32,
        weight: u32,
    },
}

struct Frame {
    kind: Kind,
    /// What `skip` is while branches go here.
    number: u32,
    height: usize,
    parameters: Vec<Type>,
    results: Vec<Type>,
}

pub(crate) struct Compiler<'m> {
    pub(crate) words: Words,
    module: &'m Module,
    pub(crate) extensions: Id,
    skip: Id,
    resume: Id,
    trap: Id,
    fuel: Id,
    memory_base: Id,
    state: Vec<Variable>,
    slots: HashMap<(usize, Type), Id>,
    globals: HashMap<u32, Variable>,
    control: Id,
    memory: Id,
    pub(crate) zero: Id,
    stack: Vec<Value>,
    frames: Vec<Frame>,
    guard: Guard,
    numbers: u32,
    loops: u32,
    sites: Vec<(Trap, u32, u32)>,
    place: (u32, u32),
    memory_bytes: u64,
    accesses: usize,
    wide_accesses: usize,
}

/// Compiles a function with all that it calls.
pub fn compile(module: &Module, function: u32) -> Result<Kernel, Refusal> {
    let operations = shape::check(module, function, &mut Vec::new())?;
    let refuse = |why: &str| Refusal { function: module.name_of(function), why: why.to_owned() };
    if module.globals.iter().any(|global| global.import.is_some() || global.of.is_reference()) {
        return Err(refuse("its module has globals from elsewhere, or references in globals"));
    }
    if module.memories.iter().any(|memory| memory.import.is_some()) {
        return Err(refuse("its memory is from elsewhere"));
    }
    let mut words = Words::default();
    words.head(Op::Capability, &[1]);
    words.head(Op::Capability, &[10]);
    words.head(Op::Capability, &[11]);
    let extensions = words.id();
    words.head(Op::ExtInstImport, &[&[extensions], text("GLSL.std.450").as_slice()].concat());
    words.head(Op::MemoryModel, &[0, 1]);
    let placeholder = 0;
    let compiler = Compiler {
        words,
        module,
        extensions,
        skip: placeholder,
        resume: placeholder,
        trap: placeholder,
        fuel: placeholder,
        memory_base: placeholder,
        state: Vec::new(),
        slots: HashMap::new(),
        globals: HashMap::new(),
        control: placeholder,
        memory: placeholder,
        zero: placeholder,
        stack: Vec::new(),
        frames: Vec::new(),
        guard: Guard::Closed,
        numbers: 0,
        loops: 0,
        sites: Vec::new(),
        place: (function, 0),
        memory_bytes: module.memories.first().map_or(0, |memory| u64::from(memory.minimum) << 16),
        accesses: 0,
        wide_accesses: 0,
    };
    Ok(compiler.run(function, operations))
}

impl Compiler<'_> {
    // --- Types and constants. ---

    pub(crate) fn unsigned(&mut self) -> Id {
        self.words.type_of(Op::TypeInt, &[32, 0])
    }

    pub(crate) fn unsigned_64(&mut self) -> Id {
        self.words.type_of(Op::TypeInt, &[64, 0])
    }

    pub(crate) fn boolean(&mut self) -> Id {
        self.words.type_of(Op::TypeBool, &[])
    }

    pub(crate) fn float(&mut self) -> Id {
        self.words.type_of(Op::TypeFloat, &[32])
    }

    pub(crate) fn float_64(&mut self) -> Id {
        self.words.type_of(Op::TypeFloat, &[64])
    }

    pub(crate) fn type_id(&mut self, of: Type) -> Id {
        match of {
            Type::I32 => self.unsigned(),
            Type::I64 => self.unsigned_64(),
            Type::F32 => self.float(),
            Type::F64 => self.float_64(),
            Type::Function | Type::Foreign => unreachable!("functions with references are refused"),
        }
    }

    pub(crate) fn word(&mut self, value: u32) -> Id {
        let of = self.unsigned();
        self.words.declare(Op::Constant, of, &[value])
    }

    pub(crate) fn long(&mut self, value: u64) -> Id {
        let of = self.unsigned_64();
        self.words.declare(Op::Constant, of, &[value as u32, (value >> 32) as u32])
    }

    pub(crate) fn double(&mut self, value: f64) -> Id {
        let of = self.float_64();
        let bits = value.to_bits();
        self.words.declare(Op::Constant, of, &[bits as u32, (bits >> 32) as u32])
    }

    fn pointer(&mut self, storage: u32, of: Id) -> Id {
        self.words.type_of(Op::TypePointer, &[storage, of])
    }

    fn variable(&mut self, of: Id) -> Id {
        let pointer = self.pointer(FUNCTION, of);
        self.words.variable(pointer)
    }

    // --- Instructions. ---

    pub(crate) fn take(&mut self, op: Op, of: Id, operands: &[Id]) -> Id {
        self.words.take(op, of, operands)
    }

    pub(crate) fn test(&mut self, op: Op, operands: &[Id]) -> Id {
        let of = self.boolean();
        self.words.take(op, of, operands)
    }

    pub(crate) fn select(&mut self, of: Id, condition: Id, yes: Id, no: Id) -> Id {
        self.words.take(Op::Select, of, &[condition, yes, no])
    }

    fn read(&mut self, of: Id, variable: Id) -> Id {
        self.words.take(Op::Load, of, &[variable])
    }

    fn read_word(&mut self, variable: Id) -> Id {
        let of = self.unsigned();
        self.read(of, variable)
    }

    fn write(&mut self, variable: Id, value: Id) {
        self.words.put(Op::Store, &[variable, value]);
    }

    fn equals(&mut self, variable: Id, value: u32) -> Id {
        let now = self.read_word(variable);
        let value = self.word(value);
        self.test(Op::IEqual, &[now, value])
    }

    /// Runs `inside` if the condition holds.
    fn when(&mut self, condition: Id, inside: impl FnOnce(&mut Self)) {
        let (then, merge) = (self.words.id(), self.words.id());
        self.words.put(Op::SelectionMerge, &[merge, 0]);
        self.words.put(Op::BranchConditional, &[condition, then, merge]);
        self.words.label(then);
        inside(self);
        self.words.put(Op::Branch, &[merge]);
        self.words.label(merge);
    }

    // --- Buffers. ---

    fn buffer(&mut self, binding: u32) -> Id {
        let unsigned = self.unsigned();
        let array = self.words.type_of(Op::TypeRuntimeArray, &[unsigned]);
        let block = self.words.type_of(Op::TypeStruct, &[array]);
        let pointer = self.pointer(STORAGE_BUFFER, block);
        if binding == 0 {
            const ARRAY_STRIDE: u32 = 6;
            const BLOCK: u32 = 2;
            const OFFSET: u32 = 35;
            self.words.decorate(&[array, ARRAY_STRIDE, 4]);
            self.words.decorate(&[block, BLOCK]);
            self.words.decorate_member(&[block, 0, OFFSET, 0]);
        }
        const BINDING: u32 = 33;
        const DESCRIPTOR_SET: u32 = 34;
        let variable = self.words.declare(Op::Variable, pointer, &[STORAGE_BUFFER]);
        self.words.decorate(&[variable, DESCRIPTOR_SET, 0]);
        self.words.decorate(&[variable, BINDING, binding]);
        variable
    }

    fn element(&mut self, buffer: Id, index: Id) -> Id {
        let unsigned = self.unsigned();
        let pointer = self.pointer(STORAGE_BUFFER, unsigned);
        let first = self.word(0);
        self.words.take(Op::AccessChain, pointer, &[buffer, first, index])
    }

    fn read_buffer(&mut self, buffer: Id, index: Id) -> Id {
        let element = self.element(buffer, index);
        self.read_word(element)
    }

    fn read_control(&mut self, index: usize) -> Id {
        let (buffer, index) = (self.control, self.word(index as u32));
        self.read_buffer(buffer, index)
    }

    // --- The whole kernel. ---

    fn run(mut self, function: u32, operations: usize) -> Kernel {
        let void = self.words.type_of(Op::TypeVoid, &[]);
        let unsigned = self.unsigned();
        let main_type = self.words.type_of(Op::TypeFunction, &[void]);
        let vector = self.words.type_of(Op::TypeVector, &[unsigned, 3]);
        let vector_pointer = self.pointer(INPUT, vector);
        let invocation = self.words.declare(Op::Variable, vector_pointer, &[INPUT]);
        const BUILT_IN: u32 = 11;
        const GLOBAL_INVOCATION: u32 = 28;
        self.words.decorate(&[invocation, BUILT_IN, GLOBAL_INVOCATION]);
        self.control = self.buffer(0);
        let state = self.buffer(1);
        self.memory = self.buffer(2);
        let (main, first) = (self.words.id(), self.words.id());
        const COMPUTE: u32 = 5;
        const LOCAL_SIZE: u32 = 17;
        self.words.head(Op::EntryPoint, &[&[COMPUTE, main], text("main").as_slice(), &[invocation]].concat());
        self.words.head(Op::ExecutionMode, &[main, LOCAL_SIZE, GROUP_LANES, 1, 1]);
        self.skip = self.variable(unsigned);
        self.resume = self.variable(unsigned);
        self.trap = self.variable(unsigned);
        self.fuel = self.variable(unsigned);

        // The code comes first, because it makes the variables that the entry reads.
        let place = self.words.take(Op::Load, vector, &[invocation]);
        let lane = self.words.take(Op::CompositeExtract, unsigned, &[place, 0]);
        let count = self.read_control(CONTROL_INSTANCES);
        let exists = self.test(Op::ULessThan, &[lane, count]);
        let begin = std::mem::take(&mut self.words.body);

        self.zero = self.read_control(CONTROL_ZERO);
        let stride = self.read_control(CONTROL_STRIDE);
        self.memory_base = self.take(Op::IMul, unsigned, &[lane, stride]);
        let signature = self.module.signature_of(function).clone();
        let parameters: Vec<Variable> = signature.parameters.iter().map(|&of| self.state_variable(of)).collect();
        self.inline(function, parameters.clone());
        self.close();
        let results: Vec<usize> = (0..signature.results.len())
            .map(|height| {
                let id = self.slot(height, signature.results[height]);
                self.state.iter().position(|variable| variable.id == id).expect("slots are variables of the state")
            })
            .collect();
        let code = std::mem::take(&mut self.words.body);

        // The entry: words of the state, then fuel and where to go on.
        let status_at = self.state_place(lane, count, STATE_STATUS);
        let resume_at = self.state_place(lane, count, STATE_RESUME);
        let status = self.read_buffer(state, status_at);
        let none = self.word(0);
        let runs = self.test(Op::IEqual, &[status, none]);
        let head = std::mem::take(&mut self.words.body);

        let places: Vec<u32> = self
            .state
            .iter()
            .scan(STATE_STATUS + 1, |word, variable| {
                let place = *word;
                *word += if is_wide(variable.of) { 2 } else { 1 };
                Some(place)
            })
            .collect();
        let state_words = self
            .state
            .last()
            .map_or(STATE_STATUS + 1, |variable| places[places.len() - 1] + if is_wide(variable.of) { 2 } else { 1 });
        let resumes_at = self.read_buffer(state, resume_at);
        self.write(self.resume, resumes_at);
        let resumes = self.test(Op::INotEqual, &[resumes_at, none]);
        let resume = self.word(RESUME);
        let skip = self.select(unsigned, resumes, resume, none);
        self.write(self.skip, skip);
        self.write(self.trap, none);
        let budget = self.read_control(CONTROL_BUDGET);
        self.write(self.fuel, budget);
        for (variable, &word) in self.state.clone().iter().zip(&places) {
            self.load_variable(state, lane, count, *variable, word);
        }
        let load = std::mem::take(&mut self.words.body);

        for (variable, &word) in self.state.clone().iter().zip(&places) {
            self.store_variable(state, lane, count, *variable, word);
        }
        let resume = self.read_word(self.resume);
        let element = self.element(state, resume_at);
        self.write(element, resume);
        let suspends = self.equals(self.skip, SUSPEND);
        let trap = self.read_word(self.trap);
        let trapped = self.test(Op::INotEqual, &[trap, none]);
        let trapped_status = self.word(STATUS_TRAPPED - 1);
        let trapped_status = self.take(Op::IAdd, unsigned, &[trap, trapped_status]);
        let done = self.word(STATUS_DONE);
        let ended = self.select(unsigned, trapped, trapped_status, done);
        let status = self.select(unsigned, suspends, none, ended);
        let element = self.element(state, status_at);
        self.write(element, status);
        let running = self.word(CONTROL_RUNNING as u32);
        self.when(suspends, |this| {
            let (device, relaxed, one) = (this.word(1), this.word(0), this.word(1));
            let element = this.element(this.control, running);
            this.take(Op::AtomicIAdd, unsigned, &[element, device, relaxed, one]);
        });
        let store = std::mem::take(&mut self.words.body);

        self.words.body = begin;
        let (then, merge) = (self.words.id(), self.words.id());
        self.words.put(Op::SelectionMerge, &[merge, 0]);
        self.words.put(Op::BranchConditional, &[exists, then, merge]);
        self.words.label(then);
        self.words.body.extend(head);
        self.when(runs, |this| {
            this.words.body.extend(load);
            this.words.body.extend(code);
            this.words.body.extend(store);
        });
        self.words.put(Op::Branch, &[merge]);
        self.words.label(merge);
        self.words.put(Op::Return, &[]);
        self.words.put(Op::FunctionEnd, &[]);

        let at = |variable: &Variable| {
            let index = self.state.iter().position(|other| other.id == variable.id).expect("it is part of the state");
            StateVariable { word: places[index], of: variable.of }
        };
        let mut globals: Vec<(u32, StateVariable)> =
            self.globals.iter().map(|(&number, variable)| (number, at(variable))).collect();
        globals.sort_unstable_by_key(|(number, _)| *number);
        let results =
            results.into_iter().map(|index| StateVariable { word: places[index], of: self.state[index].of }).collect();
        let parameters = parameters.iter().map(at).collect();
        let function_head =
            [5 << 16 | Op::Function as u32, void, main, 0, main_type, 2 << 16 | Op::Label as u32, first];
        Kernel {
            state_words,
            parameters,
            results,
            globals,
            sites: self.sites,
            operations,
            accesses: self.accesses,
            wide_accesses: self.wide_accesses,
            loops: self.loops,
            words: self.words.finish(&function_head),
        }
    }

    /// The index of a word of a lane's state.
    fn state_place(&mut self, lane: Id, count: Id, word: u32) -> Id {
        let unsigned = self.unsigned();
        let word = self.word(word);
        let row = self.take(Op::IMul, unsigned, &[word, count]);
        self.take(Op::IAdd, unsigned, &[row, lane])
    }

    fn load_variable(&mut self, state: Id, lane: Id, count: Id, variable: Variable, word: u32) {
        let of = self.type_id(variable.of);
        let place = self.state_place(lane, count, word);
        let low = self.read_buffer(state, place);
        let value = match variable.of {
            Type::I32 => low,
            Type::F32 => self.take(Op::Bitcast, of, &[low]),
            _ => {
                let place = self.state_place(lane, count, word + 1);
                let high = self.read_buffer(state, place);
                let whole = self.join(low, high);
                if variable.of == Type::F64 { self.take(Op::Bitcast, of, &[whole]) } else { whole }
            }
        };
        self.write(variable.id, value);
    }

    fn store_variable(&mut self, state: Id, lane: Id, count: Id, variable: Variable, word: u32) {
        let of = self.type_id(variable.of);
        let value = self.read(of, variable.id);
        let parts = match variable.of {
            Type::I32 => vec![value],
            Type::F32 => {
                let unsigned = self.unsigned();
                vec![self.take(Op::Bitcast, unsigned, &[value])]
            }
            _ => {
                let long = self.unsigned_64();
                let whole = if variable.of == Type::F64 { self.take(Op::Bitcast, long, &[value]) } else { value };
                let (low, high) = self.halves(whole);
                vec![low, high]
            }
        };
        for (word, part) in (word..).zip(parts) {
            let place = self.state_place(lane, count, word);
            let element = self.element(state, place);
            self.write(element, part);
        }
    }

    /// 64 bits of two words.
    pub(crate) fn join(&mut self, low: Id, high: Id) -> Id {
        let long = self.unsigned_64();
        let (low, high) = (self.take(Op::UConvert, long, &[low]), self.take(Op::UConvert, long, &[high]));
        let bits = self.word(32);
        let high = self.take(Op::ShiftLeftLogical, long, &[high, bits]);
        self.take(Op::BitwiseOr, long, &[low, high])
    }

    pub(crate) fn halves(&mut self, whole: Id) -> (Id, Id) {
        let (long, unsigned, bits) = (self.unsigned_64(), self.unsigned(), self.word(32));
        let high = self.take(Op::ShiftRightLogical, long, &[whole, bits]);
        (self.take(Op::UConvert, unsigned, &[whole]), self.take(Op::UConvert, unsigned, &[high]))
    }

    // --- Variables and the stack. ---

    fn state_variable(&mut self, of: Type) -> Variable {
        let type_id = self.type_id(of);
        let variable = Variable { id: self.variable(type_id), of };
        self.state.push(variable);
        variable
    }

    fn slot(&mut self, height: usize, of: Type) -> Id {
        if let Some(&known) = self.slots.get(&(height, of)) {
            return known;
        }
        let variable = self.state_variable(of);
        self.slots.insert((height, of), variable.id);
        variable.id
    }

    fn push(&mut self, id: Id, of: Type) {
        self.stack.push(Value::Named(id, of));
    }

    fn pop(&mut self) -> (Id, Type) {
        let value = self.stack.pop().expect("a front end counted the operands");
        self.name(value, self.stack.len())
    }

    fn name(&mut self, value: Value, height: usize) -> (Id, Type) {
        match value {
            Value::Named(id, of) => (id, of),
            Value::Kept(of) => {
                let (slot, type_id) = (self.slot(height, of), self.type_id(of));
                (self.read(type_id, slot), of)
            }
        }
    }

    /// Writes all names on the stack to their variables.
    fn settle(&mut self) {
        for height in 0..self.stack.len() {
            if let Value::Named(id, of) = self.stack[height] {
                let slot = self.slot(height, of);
                self.write(slot, id);
                self.stack[height] = Value::Kept(of);
            }
        }
    }

    /// Writes the values on top to the variables from `height` on, without taking them.
    fn carry(&mut self, count: usize, height: usize) {
        let start = self.stack.len() - count;
        for number in 0..count {
            let value = self.stack[start + number];
            if matches!(value, Value::Kept(_)) && start == height {
                continue;
            }
            let (id, of) = self.name(value, start + number);
            let slot = self.slot(height + number, of);
            self.write(slot, id);
        }
    }

    fn kept(&mut self, height: usize, types: &[Type]) {
        self.stack.truncate(height);
        self.stack.extend(types.iter().map(|&of| Value::Kept(of)));
    }

    // --- Guards. ---

    fn open(&mut self) {
        if self.guard == Guard::Closed {
            let runs = self.equals(self.skip, 0);
            let (then, merge) = (self.words.id(), self.words.id());
            self.words.put(Op::SelectionMerge, &[merge, 0]);
            self.words.put(Op::BranchConditional, &[runs, then, merge]);
            self.words.label(then);
            self.guard = Guard::Open(merge);
        }
    }

    /// From here on `skip` may be anything.
    fn close(&mut self) {
        if self.guard != Guard::Closed {
            self.settle();
        }
        if let Guard::Open(merge) = self.guard {
            self.words.put(Op::Branch, &[merge]);
            self.words.label(merge);
        }
        self.guard = Guard::Closed;
    }

    /// Notes a trap if the condition holds and none was noted before.
    pub(crate) fn trap_if(&mut self, condition: Id, trap: Trap) {
        let (function, place) = self.place;
        self.sites.push((trap, function, place));
        let site = self.word(self.sites.len() as u32);
        let unsigned = self.unsigned();
        let now = self.read_word(self.trap);
        let none = self.word(0);
        let first = self.test(Op::IEqual, &[now, none]);
        let both = self.test(Op::LogicalAnd, &[first, condition]);
        let then = self.select(unsigned, both, site, now);
        self.write(self.trap, then);
    }

    // --- Functions. ---

    fn inline(&mut self, function: u32, parameters: Vec<Variable>) {
        let FunctionKind::Defined(defined) = &self.module.functions[function as usize].1 else {
            unreachable!("functions of the host's are refused")
        };
        let signature = self.module.signature_of(function);
        let mut locals = parameters;
        for &of in &defined.locals {
            let variable = self.state_variable(of);
            self.open();
            let zero = self.constant(of, 0);
            self.write(variable.id, zero);
            locals.push(variable);
        }
        self.numbers += 1;
        self.frames.push(Frame {
            kind: Kind::Block,
            number: self.numbers,
            height: self.stack.len(),
            parameters: Vec::new(),
            results: signature.results.to_vec(),
        });
        let depth = self.frames.len();
        let outer_place = self.place;
        self.body(function, defined, &locals, depth);
        self.place = outer_place;
    }

    fn body(&mut self, number: u32, function: &Function, locals: &[Variable], outermost: usize) {
        let ends = shape::ends(function);
        let mut reachable = true;
        for (index, operation) in function.body.iter().enumerate() {
            self.place = (number, function.places[index]);
            match operation {
                Operation::End => self.end(reachable),
                Operation::Else => self.otherwise(reachable),
                _ => self.operation(operation, function, &ends, index, locals, outermost),
            }
            reachable = !operation.ends_its_block();
        }
    }

    fn types(&self, signature: u32) -> (Vec<Type>, Vec<Type>) {
        let of = &self.module.signatures[signature as usize];
        (of.parameters.to_vec(), of.results.to_vec())
    }

    fn begin(&mut self, kind: Kind, signature: u32) {
        let (parameters, results) = self.types(signature);
        self.numbers += 1;
        let height = self.stack.len() - parameters.len();
        self.frames.push(Frame { kind, number: self.numbers, height, parameters, results });
    }

    fn begin_condition(&mut self, signature: u32, inside: &[Operation], otherwise: &[Operation]) {
        self.open();
        let (condition, _) = self.pop();
        let none = self.word(0);
        let holds = self.test(Op::INotEqual, &[condition, none]);
        self.settle();
        let (loops_inside, loops_otherwise) = (shape::loops(self.module, inside), shape::loops(self.module, otherwise));
        let (then, merge) = (self.words.id(), self.words.id());
        if loops_inside + loops_otherwise == 0 {
            let other = self.words.id();
            self.words.put(Op::SelectionMerge, &[merge, 0]);
            self.words.put(Op::BranchConditional, &[holds, then, other]);
            self.words.label(then);
            let branches = shape::branches(inside) || shape::branches(otherwise);
            self.begin(Kind::Condition { merge, otherwise: other, outer: self.guard, branches }, signature);
            self.guard = Guard::Free;
            return;
        }
        let boolean = self.boolean();
        let flag = self.variable(boolean);
        self.write(flag, holds);
        self.close();
        let enters = self.enters(self.loops + 1, self.loops + loops_inside);
        let enters_otherwise = self.enters(self.loops + loops_inside + 1, self.loops + loops_inside + loops_otherwise);
        let runs = self.equals(self.skip, 0);
        let holds = self.read(boolean, flag);
        let fails = self.test(Op::LogicalNot, &[holds]);
        let [runs_inside, runs_otherwise] =
            [holds, fails].map(|flag| self.words.take(Op::LogicalAnd, boolean, &[runs, flag]));
        let enter = self.test(Op::LogicalOr, &[runs_inside, enters]);
        let enter_otherwise = self.test(Op::LogicalOr, &[runs_otherwise, enters_otherwise]);
        self.words.put(Op::SelectionMerge, &[merge, 0]);
        self.words.put(Op::BranchConditional, &[enter, then, merge]);
        self.words.label(then);
        self.begin(Kind::Guarded { merge, enter_otherwise }, signature);
    }

    /// Whether a dispatch goes on at one of these loops.
    fn enters(&mut self, first: u32, last: u32) -> Id {
        let resumes = self.equals(self.skip, RESUME);
        let resume = self.read_word(self.resume);
        let (first, last) = (self.word(first), self.word(last));
        let above = self.test(Op::UGreaterThanEqual, &[resume, first]);
        let below = self.test(Op::ULessThanEqual, &[resume, last]);
        let inside = self.test(Op::LogicalAnd, &[above, below]);
        self.test(Op::LogicalAnd, &[resumes, inside])
    }

    fn begin_loop(&mut self, signature: u32, inside: &[Operation]) {
        // What it takes may stand in names that are known in an open guard alone.
        self.close();
        let inner = shape::loops(self.module, inside);
        let number = self.loops + 1;
        self.loops += 1;
        let enters = self.enters(number, number + inner);
        let runs = self.equals(self.skip, 0);
        let enter = self.test(Op::LogicalOr, &[runs, enters]);
        let [then, leave, header, body, repeat, merge] = std::array::from_fn(|_| self.words.id());
        self.words.put(Op::SelectionMerge, &[leave, 0]);
        self.words.put(Op::BranchConditional, &[enter, then, leave]);
        self.words.label(then);
        self.words.put(Op::Branch, &[header]);
        self.words.label(header);
        self.words.put(Op::LoopMerge, &[merge, repeat, 0]);
        self.words.put(Op::Branch, &[body]);
        self.words.label(body);
        let resumes = self.equals(self.skip, RESUME);
        let here = self.equals(self.resume, number);
        let hit = self.test(Op::LogicalAnd, &[resumes, here]);
        let (unsigned, none, now) = (self.unsigned(), self.word(0), self.read_word(self.skip));
        let skip = self.select(unsigned, hit, none, now);
        self.write(self.skip, skip);
        self.begin(Kind::Loop { header, repeat, leave, merge, number, weight: 1 + inner }, signature);
        self.guard = if inner == 0 { Guard::Free } else { Guard::Closed };
    }

    fn otherwise(&mut self, reachable: bool) {
        let frame = self.frames.last().expect("an else stands in a condition");
        let (height, results, parameters) = (frame.height, frame.results.len(), frame.parameters.clone());
        if reachable {
            self.open();
            self.carry(results, height);
        }
        self.kept(height, &[]);
        self.close();
        let frame = self.frames.last_mut().expect("an else stands in a condition");
        match frame.kind {
            Kind::Condition { merge, ref mut otherwise, .. } => {
                let label = std::mem::replace(otherwise, 0);
                self.words.put(Op::Branch, &[merge]);
                self.words.label(label);
                self.guard = Guard::Free;
            }
            Kind::Guarded { merge, enter_otherwise } => {
                let (then, next) = (self.words.id(), self.words.id());
                self.words.put(Op::Branch, &[merge]);
                self.words.label(merge);
                self.words.put(Op::SelectionMerge, &[next, 0]);
                self.words.put(Op::BranchConditional, &[enter_otherwise, then, next]);
                self.words.label(then);
                let frame = self.frames.last_mut().expect("an else stands in a condition");
                frame.kind = Kind::Guarded { merge: next, enter_otherwise };
            }
            Kind::Block | Kind::Loop { .. } => unreachable!("an else stands in a condition"),
        }
        self.kept(height, &parameters);
    }

    fn end(&mut self, reachable: bool) {
        let frame = self.frames.pop().expect("blocks end as often as they begin");
        let results = frame.results.len();
        if reachable {
            self.open();
            self.carry(results, frame.height);
        }
        self.kept(frame.height, &[]);
        self.close();
        match frame.kind {
            Kind::Block => self.arrive(frame.number),
            Kind::Condition { merge, otherwise, outer, branches } => {
                self.words.put(Op::Branch, &[merge]);
                if otherwise != 0 {
                    self.words.label(otherwise);
                    self.words.put(Op::Branch, &[merge]);
                }
                self.words.label(merge);
                self.guard = outer;
                if branches {
                    // All that is on the stack below was settled before.
                    self.close();
                    self.arrive(frame.number);
                }
            }
            Kind::Guarded { merge, .. } => {
                self.words.put(Op::Branch, &[merge]);
                self.words.label(merge);
                self.arrive(frame.number);
            }
            Kind::Loop { header, repeat, leave, merge, number, weight } => {
                self.turn(frame.number, header, repeat, merge, number, weight);
                self.words.put(Op::Branch, &[leave]);
                self.words.label(leave);
            }
        }
        self.kept(frame.height, &frame.results);
    }

    /// What went to this block has arrived.
    fn arrive(&mut self, number: u32) {
        let (unsigned, none) = (self.unsigned(), self.word(0));
        let now = self.read_word(self.skip);
        let number = self.word(number);
        let arrived = self.test(Op::IEqual, &[now, number]);
        let skip = self.select(unsigned, arrived, none, now);
        self.write(self.skip, skip);
    }

    /// The end of a loop's body: another turn, if there is fuel and nothing trapped.
    fn turn(&mut self, own: u32, header: Id, repeat: Id, merge: Id, number: u32, weight: u32) {
        let (unsigned, none) = (self.unsigned(), self.word(0));
        let again = self.equals(self.skip, own);
        let (fuel, weight) = (self.read_word(self.fuel), self.word(weight));
        let enough = self.test(Op::UGreaterThanEqual, &[fuel, weight]);
        let less = self.take(Op::ISub, unsigned, &[fuel, weight]);
        let paid = self.test(Op::LogicalAnd, &[again, enough]);
        let left = self.select(unsigned, paid, less, fuel);
        self.write(self.fuel, left);
        let lacks = self.test(Op::LogicalNot, &[enough]);
        let suspends = self.test(Op::LogicalAnd, &[again, lacks]);
        let (number, resume) = (self.word(number), self.read_word(self.resume));
        let resume = self.select(unsigned, suspends, number, resume);
        self.write(self.resume, resume);
        let trap = self.read_word(self.trap);
        let trapped = self.test(Op::INotEqual, &[trap, none]);
        let leaves = self.test(Op::LogicalAnd, &[again, trapped]);
        let now = self.read_word(self.skip);
        let (leave, suspend) = (self.word(LEAVE), self.word(SUSPEND));
        let skip = self.select(unsigned, again, none, now);
        let skip = self.select(unsigned, suspends, suspend, skip);
        let skip = self.select(unsigned, leaves, leave, skip);
        self.write(self.skip, skip);
        let goes_on = self.test(Op::LogicalNot, &[trapped]);
        let turns = self.test(Op::LogicalAnd, &[paid, goes_on]);
        self.words.put(Op::Branch, &[repeat]);
        self.words.label(repeat);
        self.words.put(Op::BranchConditional, &[turns, header, merge]);
        self.words.label(merge);
    }

    /// The block that a branch goes to: what `skip` becomes, what is carried, and where to.
    fn target(&self, depth: u32) -> (u32, usize, usize) {
        let frame = &self.frames[self.frames.len() - 1 - depth as usize];
        let count = if matches!(frame.kind, Kind::Loop { .. }) { frame.parameters.len() } else { frame.results.len() };
        (frame.number, count, frame.height)
    }

    fn branch(&mut self, depth: u32) {
        let (number, count, height) = self.target(depth);
        // First what is on the stack: what is carried may take the place of what lies below.
        self.settle();
        self.carry(count, height);
        let number = self.word(number);
        self.write(self.skip, number);
        self.close();
    }

    fn branch_if(&mut self, depth: u32) {
        let (condition, _) = self.pop();
        let none = self.word(0);
        let taken = self.test(Op::INotEqual, &[condition, none]);
        let (number, count, height) = self.target(depth);
        self.settle();
        if count > 0 && self.stack.len() - count != height {
            self.when(taken, |this| this.carry(count, height));
        }
        let (unsigned, number) = (self.unsigned(), self.word(number));
        let skip = self.select(unsigned, taken, number, none);
        self.write(self.skip, skip);
        self.close();
    }

    fn branch_table(&mut self, depths: &[u32]) {
        let (index, _) = self.pop();
        self.settle();
        let (unsigned, others) = (self.unsigned(), &depths[..depths.len() - 1]);
        let (last, ..) = self.target(depths[depths.len() - 1]);
        let mut skip = self.word(last);
        for (number, &depth) in (0..).zip(others) {
            let (target, ..) = self.target(depth);
            let (number, target) = (self.word(number), self.word(target));
            let here = self.test(Op::IEqual, &[index, number]);
            skip = self.select(unsigned, here, target, skip);
        }
        let mut moved = Vec::new();
        for &depth in depths {
            let (number, count, height) = self.target(depth);
            if count > 0 && self.stack.len() - count != height && !moved.contains(&number) {
                moved.push(number);
                let number = self.word(number);
                let taken = self.test(Op::IEqual, &[skip, number]);
                self.when(taken, |this| this.carry(count, height));
            }
        }
        self.write(self.skip, skip);
        self.close();
    }

    fn operation(
        &mut self,
        operation: &Operation,
        function: &Function,
        ends: &[Ends],
        index: usize,
        locals: &[Variable],
        outermost: usize,
    ) {
        let at = ends[index];
        match *operation {
            Operation::Loop(signature) => return self.begin_loop(signature, &function.body[index + 1..at.end]),
            Operation::If(signature) => {
                let otherwise = at.otherwise.unwrap_or(at.end);
                let (inside, other) = (&function.body[index + 1..otherwise], &function.body[otherwise..at.end]);
                return self.begin_condition(signature, inside, other);
            }
            _ => {}
        }
        self.open();
        match *operation {
            Operation::Block(signature) => self.begin(Kind::Block, signature),
            Operation::Loop(_) | Operation::If(_) | Operation::Else | Operation::End => {
                unreachable!("they are written above or by the caller")
            }
            Operation::Branch(depth) => self.branch(depth),
            Operation::BranchIf(depth) => self.branch_if(depth),
            Operation::BranchTable(ref depths) => self.branch_table(depths),
            Operation::Return => self.branch((self.frames.len() - outermost) as u32),
            Operation::Trap(trap) => {
                let of = self.boolean();
                let always = self.words.declare(Op::ConstantTrue, of, &[]);
                self.trap_if(always, trap);
                let leave = self.word(LEAVE);
                self.write(self.skip, leave);
                self.close();
            }
            Operation::Call(callee) => {
                let signature = self.module.signature_of(callee);
                let mut parameters: Vec<Variable> = Vec::new();
                for &of in signature.parameters.iter() {
                    parameters.push(self.state_variable(of));
                }
                for variable in parameters.iter().rev() {
                    let (value, _) = self.pop();
                    self.write(variable.id, value);
                }
                self.inline(callee, parameters);
            }
            Operation::Drop => {
                self.stack.pop();
            }
            Operation::Select => {
                let (condition, _) = self.pop();
                let (no, of) = self.pop();
                let (yes, _) = self.pop();
                let none = self.word(0);
                let holds = self.test(Op::INotEqual, &[condition, none]);
                let type_id = self.type_id(of);
                let value = self.select(type_id, holds, yes, no);
                self.push(value, of);
            }
            Operation::LocalGet(local) => {
                let variable = locals[local as usize];
                let type_id = self.type_id(variable.of);
                let value = self.read(type_id, variable.id);
                self.push(value, variable.of);
            }
            Operation::LocalSet(local) => {
                let (value, _) = self.pop();
                self.write(locals[local as usize].id, value);
            }
            Operation::LocalTee(local) => {
                let (value, of) = self.pop();
                self.write(locals[local as usize].id, value);
                self.push(value, of);
            }
            Operation::GlobalGet(global) => {
                let variable = self.global(global);
                let type_id = self.type_id(variable.of);
                let value = self.read(type_id, variable.id);
                self.push(value, variable.of);
            }
            Operation::GlobalSet(global) => {
                let (value, _) = self.pop();
                let variable = self.global(global);
                self.write(variable.id, value);
            }
            Operation::Constant(of, bits) => {
                let value = self.constant(of, bits);
                self.push(value, of);
            }
            Operation::Numeric(numeric) => self.numeric_operation(numeric),
            Operation::Load(load, offset) => self.load(load, offset),
            Operation::Store(store, offset) => self.store(store, offset),
            Operation::MemorySize => {
                let pages = self.word((self.memory_bytes >> 16) as u32);
                self.push(pages, Type::I32);
            }
            ref other => unreachable!("{other:?} is refused"),
        }
    }

    fn numeric_operation(&mut self, numeric: Numeric) {
        let second = (numeric.operands().len() == 2).then(|| self.pop().0);
        let (first, _) = self.pop();
        let result = self.numeric(numeric, first, second.unwrap_or(first));
        self.push(result, numeric.result());
    }

    fn global(&mut self, global: u32) -> Variable {
        if let Some(&known) = self.globals.get(&global) {
            return known;
        }
        let variable = self.state_variable(self.module.globals[global as usize].of);
        self.globals.insert(global, variable);
        variable
    }

    /// A constant. Drivers compute with some floats what is wrong, unless they do not know them.
    fn constant(&mut self, of: Type, bits: u64) -> Id {
        match of {
            Type::I32 => self.word(bits as u32),
            Type::I64 => self.long(bits),
            Type::F32 => {
                let (unsigned, float, bits) = (self.unsigned(), self.float(), self.word(bits as u32));
                let hidden = self.take(Op::BitwiseXor, unsigned, &[bits, self.zero]);
                self.take(Op::Bitcast, float, &[hidden])
            }
            Type::F64 => {
                let (long, double, bits) = (self.unsigned_64(), self.float_64(), self.long(bits));
                let zero = self.take(Op::UConvert, long, &[self.zero]);
                let hidden = self.take(Op::BitwiseXor, long, &[bits, zero]);
                self.take(Op::Bitcast, double, &[hidden])
            }
            Type::Function | Type::Foreign => unreachable!("references are refused"),
        }
    }

    // --- Memory. ---

    /// Checks an access, and gives the place of its first word, the bits before it there, and whether it is allowed.
    fn place(&mut self, address: Id, offset: u64, bytes: u8) -> (Id, Id, Id) {
        self.accesses += 1;
        self.wide_accesses += usize::from(bytes == 8);
        let (unsigned, boolean) = (self.unsigned(), self.boolean());
        let none = self.word(0);
        let reach = offset + u64::from(bytes);
        let allowed = match self.memory_bytes.checked_sub(reach) {
            Some(most) => {
                let most = self.word(u32::try_from(most).unwrap_or(u32::MAX));
                self.test(Op::ULessThanEqual, &[address, most])
            }
            None => self.words.declare(Op::ConstantFalse, boolean, &[]),
        };
        let outside = self.test(Op::LogicalNot, &[allowed]);
        self.trap_if(outside, Trap::MemoryBounds);
        let offset = self.word(offset as u32);
        let place = self.take(Op::IAdd, unsigned, &[address, offset]);
        let place = self.select(unsigned, allowed, place, none);
        let (two, three) = (self.word(2), self.word(3));
        let word = self.take(Op::ShiftRightLogical, unsigned, &[place, two]);
        let word = self.take(Op::IAdd, unsigned, &[self.memory_base, word]);
        let part = self.take(Op::BitwiseAnd, unsigned, &[place, three]);
        let bits = self.take(Op::ShiftLeftLogical, unsigned, &[part, three]);
        (word, bits, allowed)
    }

    fn word_after(&mut self, word: Id, number: u32) -> Id {
        let (unsigned, number) = (self.unsigned(), self.word(number));
        let place = self.take(Op::IAdd, unsigned, &[word, number]);
        self.read_buffer(self.memory, place)
    }

    /// A word of the value that begins `bits` bits into the word before `high`.
    fn shifted(&mut self, low: Id, high: Id, bits: Id) -> Id {
        let unsigned = self.unsigned();
        let (one, most) = (self.word(1), self.word(31));
        let low = self.take(Op::ShiftRightLogical, unsigned, &[low, bits]);
        let rest = self.take(Op::ISub, unsigned, &[most, bits]);
        // Two shifts, so that none is by 32.
        let high = self.take(Op::ShiftLeftLogical, unsigned, &[high, one]);
        let high = self.take(Op::ShiftLeftLogical, unsigned, &[high, rest]);
        self.take(Op::BitwiseOr, unsigned, &[low, high])
    }

    fn load(&mut self, load: Load, offset: u64) {
        let (address, _) = self.pop();
        let (word, bits, _) = self.place(address, offset, load.bytes);
        let unsigned = self.unsigned();
        let most = self.word(32 - u32::from(load.bytes.min(4)) * 8);
        let low = self.read_buffer(self.memory, word);
        // The next word is read only if the value reaches into it.
        let next = self.variable(unsigned);
        let none = self.word(0);
        self.write(next, none);
        let reaches = self.test(Op::UGreaterThan, &[bits, most]);
        let is_long = load.bytes == 8;
        if is_long {
            let high = self.word_after(word, 1);
            self.write(next, high);
        } else if load.bytes > 1 {
            self.when(reaches, |this| {
                let high = this.word_after(word, 1);
                this.write(next, high);
            });
        }
        let high = self.read_word(next);
        let first = self.shifted(low, high, bits);
        let value = if is_long {
            let last = self.variable(unsigned);
            self.write(last, none);
            self.when(reaches, |this| {
                let word = this.word_after(word, 2);
                this.write(last, word);
            });
            let last = self.read_word(last);
            let second = self.shifted(high, last, bits);
            self.join(first, second)
        } else {
            first
        };
        let value = self.extended(value, load);
        self.push(value, load.result);
    }

    /// A loaded value in the type that it is loaded as.
    fn extended(&mut self, value: Id, load: Load) -> Id {
        let (unsigned, long) = (self.unsigned(), self.unsigned_64());
        let value = match load.bytes {
            1 | 2 => {
                let unused = self.word(32 - u32::from(load.bytes) * 8);
                let shift = if load.signed { Op::ShiftRightArithmetic } else { Op::ShiftRightLogical };
                let high = self.take(Op::ShiftLeftLogical, unsigned, &[value, unused]);
                self.take(shift, unsigned, &[high, unused])
            }
            _ => value,
        };
        match load.result {
            Type::I64 if load.bytes < 8 => {
                let convert = if load.signed { Op::SConvert } else { Op::UConvert };
                self.take(convert, long, &[value])
            }
            Type::F32 | Type::F64 => {
                let of = self.type_id(load.result);
                self.take(Op::Bitcast, of, &[value])
            }
            _ => value,
        }
    }

    fn store(&mut self, store: Store, offset: u64) {
        let (value, of) = self.pop();
        let (address, _) = self.pop();
        let (word, bits, allowed) = self.place(address, offset, store.bytes);
        let (unsigned, long) = (self.unsigned(), self.unsigned_64());
        let value = match of {
            Type::F32 => self.take(Op::Bitcast, unsigned, &[value]),
            Type::F64 => self.take(Op::Bitcast, long, &[value]),
            _ => value,
        };
        let (low, high) = match (of, store.bytes) {
            (Type::I64 | Type::F64, 8) => {
                let (low, high) = self.halves(value);
                (low, Some(high))
            }
            (Type::I64, _) => (self.take(Op::UConvert, unsigned, &[value]), None),
            _ => (value, None),
        };
        let trap = self.read_word(self.trap);
        let none = self.word(0);
        let whole = self.test(Op::IEqual, &[trap, none]);
        let both = self.test(Op::LogicalAnd, &[allowed, whole]);
        self.when(both, |this| {
            this.store_word(word, bits, low, store.bytes.min(4));
            if let Some(high) = high {
                let one = this.word(1);
                let next = this.take(Op::IAdd, unsigned, &[word, one]);
                this.store_word(next, bits, high, 4);
            }
        });
    }

    /// Writes the low bytes of a value from `bits` bits into a word on.
    fn store_word(&mut self, word: Id, bits: Id, value: Id, bytes: u8) {
        let unsigned = self.unsigned();
        let covered = u32::MAX >> (32 - u32::from(bytes) * 8);
        let covered = self.word(covered);
        let value = self.take(Op::BitwiseAnd, unsigned, &[value, covered]);
        let mask = self.take(Op::ShiftLeftLogical, unsigned, &[covered, bits]);
        let low = self.take(Op::ShiftLeftLogical, unsigned, &[value, bits]);
        self.merge_word(word, mask, low);
        if bytes > 1 {
            let most = self.word(32 - u32::from(bytes) * 8);
            let reaches = self.test(Op::UGreaterThan, &[bits, most]);
            self.when(reaches, |this| {
                let (one, last) = (this.word(1), this.word(32));
                let rest = this.take(Op::ISub, unsigned, &[last, bits]);
                let mask = this.take(Op::ShiftRightLogical, unsigned, &[covered, rest]);
                let high = this.take(Op::ShiftRightLogical, unsigned, &[value, rest]);
                let next = this.take(Op::IAdd, unsigned, &[word, one]);
                this.merge_word(next, mask, high);
            });
        }
    }

    fn merge_word(&mut self, word: Id, mask: Id, value: Id) {
        let unsigned = self.unsigned();
        let element = self.element(self.memory, word);
        let before = self.read_word(element);
        let kept = self.take(Op::Not, unsigned, &[mask]);
        let kept = self.take(Op::BitwiseAnd, unsigned, &[before, kept]);
        let after = self.take(Op::BitwiseOr, unsigned, &[kept, value]);
        self.write(element, after);
    }
}

pub(crate) fn is_wide(of: Type) -> bool {
    matches!(of, Type::I64 | Type::F64)
}
