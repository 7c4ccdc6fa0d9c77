//! Calls of functions.
//!
//! A small function becomes a part of the code that calls it. A callee's window begins where the call's does, so its arguments
//! are where they are. It has no frame: exits inside make it. What the VM would have to do inside needs one, so such a
//! function stays a call.

use super::{Edge, Frame, Held, Translation, Unit};
use crate::ir::{self, Condition, Environment, Helper, Operation, Reason, Whose, Width};
use motet_code::{Function, Instruction, LAST_B, Op};
use motet_vm::jit::{Refused, places};
use motet_vm::memory::Tag;
use std::rc::Rc;
use std::sync::Arc;

/// Functions of more words stay calls.
const MOST_WORDS: usize = 160;
/// Behind so many wrong guesses, a method is found where it is called.
pub(super) const MANY: u8 = 6;
/// Of parts, those of more words get no frames.
const SMALL: usize = 64;
/// Behind so many operations nothing becomes a part any more.
const MOST_OPERATIONS: usize = 3_000;
/// Functions inside functions.
const MOST_FRAMES: usize = 4;

/// It is called with as many arguments as it has parameters, and runs at once.
pub(super) fn is_plain(function: &Function, i: Instruction) -> bool {
    function.parameters.is_simple()
        && function.parameters.names.len() == i.b() as usize
        && !function.flags.generator
        && !function.flags.asynchronous
}

/// It makes a difference to a function which closure of it runs.
fn looks_at_closure(function: &Function) -> bool {
    let mut at = 0;
    while at < function.code.len() {
        let op = Instruction(function.code[at]).op().expect("code is verified");
        if op == Op::CurrentFunction {
            return true;
        }
        at += op.length();
    }
    !function.captures.is_empty()
}

impl Translation<'_> {
    /// Translates a call whose function becomes a part. None: it is no such call; false: it ended the block.
    pub(super) fn call(&mut self, at: usize) -> Result<Option<bool>, Refused> {
        let (i, op) = self.flow().read(at);
        if !matches!(op, Op::Call | Op::CallKnown | Op::CallSelf | Op::Method) {
            return Ok(None);
        }
        let seen = self.seen(at);
        let handle = match op {
            Op::CallSelf => self.frame().name,
            // Objects of many classes have it.
            Op::Method if seen.failures > MANY => 0,
            _ => seen.callee,
        };
        if handle == 0 {
            return Ok(None);
        }
        let Some(callee) = (self.request.callee)(handle) else { return Ok(None) };
        let mut path = self.frame().path.clone();
        path.push(at as u32);
        let function = &callee.function;
        // A function is a part of itself once, if it is very small.
        let nested = self.frames.iter().filter(|frame| frame.name == handle).count();
        let may_nest = nested == 0
            || nested == 1 && op == Op::CallSelf && self.request.is_function && function.code.len() <= SMALL;
        let fits = may_nest
            && self.frames.len() <= MOST_FRAMES
            && self.out.size() <= MOST_OPERATIONS
            && !self.known.stay.contains(&path)
            && is_plain(function, i)
            && function.handlers.is_empty()
            && function.code.len() <= MOST_WORDS
            && callee.seen.at(0).ran;
        if !fits {
            return Ok(if callee.is_refused { None } else { self.call_function(at, handle, &callee.function) });
        }
        let Some((environment, value, owns_callee)) = self.callee(at, i, op, handle, function) else { return Ok(None) };
        let next = at + op.length();
        let offset = self.frame().offset + i.a() as usize;
        let unit = Rc::new(Unit::new(callee.function.clone(), callee.seen, callee.words, callee.constants));
        let needed: Rc<[bool]> =
            (0..offset).map(|register| self.is_needed(at, register) || self.is_needed(next, register)).collect();
        let link = self.link(&callee.function);
        let (window, returns_to) = (offset as u32, next as u32);
        let made = ir::Frame { callee: link, window, returns_to, environment };
        let registers = unit.flow.function.registers as usize;
        let frame = Frame {
            unit,
            whose: Whose::Link(link),
            name: handle,
            path,
            heads: Vec::new(),
            made: Some(made),
            environment: value,
            owns_callee,
            offset,
            needed,
        };
        self.inline(frame, registers, next)
    }

    /// Translates a call of a function that keeps a frame of its own. None: the VM has to do it.
    fn call_function(&mut self, at: usize, handle: u64, function: &Arc<Function>) -> Option<bool> {
        let (i, op) = self.flow().read(at);
        if !is_plain(function, i) {
            return None;
        }
        if !self.gets_frame() {
            return Some(false);
        }
        let environment = self.callee(at, i, op, handle, function)?.1;
        let next = at + op.length();
        self.bring_all(at);
        let handle = self.handle(handle, function);
        self.emit_nothing(Operation::CallFunction {
            at: at as u32,
            word: i.0,
            next: next as u32,
            window: self.window(i.a()),
            callee: Some(ir::Callee { handle, registers: function.registers as u32, environment }),
            parts: self.parts(),
        });
        self.forget_all(i, op);
        self.state.set_window(i.a() as usize);
        Some(true)
    }

    /// Translates a call of a function of the program that is not known beforehand. None: the VM has to do it.
    pub(super) fn call_found(&mut self, at: usize) -> Option<bool> {
        let (i, op) = self.flow().read(at);
        if !matches!(op, Op::Call | Op::Method | Op::Super) || !self.seen(at).calls {
            return None;
        }
        if !self.gets_frame() {
            return Some(false);
        }
        self.bring_all(at);
        let next = (at + op.length()) as u32;
        let (at, window) = (at as u32, self.window(i.a()));
        let parts = self.parts();
        self.emit_nothing(Operation::CallFunction { at, word: i.0, next, window, callee: None, parts });
        self.forget_all(i, op);
        self.state.set_window(i.a() as usize);
        Some(true)
    }

    /// Makes sure that it is the callee that was seen. Gives what its closure is, and whether its register 0 owns something.
    pub(super) fn callee(
        &mut self,
        at: usize,
        i: Instruction,
        op: Op,
        callee: u64,
        function: &Function,
    ) -> Option<(Environment, Option<ir::Value>, bool)> {
        if matches!(op, Op::CallKnown | Op::TailKnown | Op::CallSelf) {
            // The code names it, and the register is dead.
            self.state.set_window(i.a() as usize);
            if op == Op::CallSelf {
                let environment = self.environment();
                return Some((Environment::Caller, environment, false));
            }
            return Some((Environment::Nothing, None, false));
        }
        if !self.state.may_be_object(i.a() as usize) {
            return None;
        }
        let exit = self.exit_at(at, Reason::Guard);
        if matches!(op, Op::Call | Op::TailCall) {
            let address = self.object(i.a(), Tag::Closure, exit)?;
            self.guard_shape(i.a(), function.id(), exit);
            return Some((Environment::Register0, Some(address), true));
        }
        // The cache's key: one bit, the tag, the shape.
        let (key, closure, loaded) = (self.words()[at + 1], self.words()[at + 2], self.words()[at + 3]);
        let (tag, shape) = ((key >> 32) as u8, key as u32);
        let tag = [Tag::Record, Tag::Instance].into_iter().find(|known| *known as u8 == tag)?;
        if (self.request.named)(loaded) != callee || key >> 40 != 1 {
            return None;
        }
        self.object(i.a(), tag, exit)?;
        self.guard_shape(i.a(), shape, exit);
        if closure == 0 || !looks_at_closure(function) {
            return Some((Environment::Nothing, None, true));
        }
        // Each isolate has a closure of its own, which the cache holds if it is for such objects there.
        let whose = self.frame().whose;
        let handle = self.emit(Operation::Handle(whose));
        let offset = places::FUNCTION_CODE as i32;
        let code = self.emit(Operation::Load { width: Width::Address, address: handle, offset });
        let word = |word: usize| (word * size_of::<u64>()) as i32;
        let found = self.emit(Operation::Load { width: Width::Int, address: code, offset: word(at + 1) });
        let wanted = self.int(key as i64);
        let is = self.compare_ints(Condition::Equal, found, wanted);
        self.guard(is, exit);
        let value = self.emit(Operation::Load { width: Width::Address, address: code, offset: word(at + 2) });
        Some((Environment::Cached(whose, at as u32 + 2), Some(value), true))
    }

    /// The number of the link to a function.
    fn link(&mut self, function: &Arc<Function>) -> u32 {
        (self.request.link)(function)
    }

    /// The handle of a function's code, which is known by `known_as` in what was seen.
    pub(super) fn handle(&mut self, known_as: u64, function: &Arc<Function>) -> ir::Value {
        let whose = if known_as == self.request.name { Whose::Own } else { Whose::Link(self.link(function)) };
        self.emit(Operation::Handle(whose))
    }

    /// Translates a function in the place of its call, and goes on behind it.
    fn inline(&mut self, frame: Frame, registers: usize, next: usize) -> Result<Option<bool>, Refused> {
        let edges = std::mem::take(&mut self.edges);
        let heads = std::mem::take(&mut self.heads);
        let returns = std::mem::take(&mut self.returns);
        let caller = self.state.offset;
        let window = frame.offset;
        self.extent = self.extent.max(window + registers);
        self.count(frame.path.last().map_or(0, |at| *at as usize));
        self.frames.push(frame);
        self.state.offset = window;
        self.state.make_room(registers);
        let through = self.out.block();
        self.end(ir::End::Jump(through, Vec::new()));
        let state = self.state.clone();
        self.edges.entry(0).or_default().push(Edge { through, state, is_entry: false });
        self.exit = None;
        let before = (self.instructions, self.steps);
        let at = self.at;
        self.translate_from(0)?;
        self.at = at;
        // The interpreter does these faster by itself; but without their calls, those without loops.
        let (instructions, steps) = (self.instructions - before.0, self.steps - before.1);
        if !self.request.eager && steps * if self.frame().heads.is_empty() { 2 } else { 5 } > instructions {
            self.stay();
        }
        self.frames.pop();
        self.edges = edges;
        self.heads = heads;
        let mut returned = std::mem::replace(&mut self.returns, returns);
        if self.failed {
            return Ok(Some(false));
        }
        for edge in &mut returned {
            edge.state.offset = caller;
        }
        self.exit = None;
        match returned.len() {
            // It always leaves.
            0 => return Ok(Some(false)),
            1 => {
                let edge = returned.pop().expect("there is one");
                self.block = edge.through;
                self.state = edge.state;
            }
            _ => {
                let is_needed = |this: &Translation<'_>, register: usize| {
                    register == window || register < window && this.is_needed(next, register)
                };
                let count = returned.iter().map(|edge| edge.state.len()).max().unwrap_or(0);
                let held: Vec<Held> = (0..count)
                    .map(|register| {
                        if register == 0 || !is_needed(self, register) {
                            return Held::Window;
                        }
                        let known = returned.iter().map(|edge| edge.state.held_at(register, &self.out));
                        known.reduce(Held::meet).unwrap_or(Held::Window)
                    })
                    .collect();
                let (objects, partial) = self.common_objects(&returned, |register| {
                    held.get(register) == Some(&Held::Window) && (register == 0 || is_needed(self, register))
                });
                let (block, mut state) = self.meet(returned, &held, &objects, false, is_needed);
                state.set_partial(partial);
                self.block = block;
                self.state = state;
            }
        }
        Ok(Some(true))
    }

    /// A field that a getter of the object's class gives. None: the VM has to do it.
    pub(super) fn call_getter(&mut self, at: usize, i: Instruction) -> Option<bool> {
        let is_plain = self.seen(at).calls && i.b() != 0;
        if !is_plain || !self.state.may_be_object(i.b() as usize) {
            return None;
        }
        if !self.gets_frame() {
            return Some(false);
        }
        // The VM looks at it, and at what the parts that get frames for it captured.
        self.write(i.b() as usize);
        self.write_callees();
        let next = (at + Op::GetField.length()) as u32;
        // Above all registers of the function, as the interpreter has it.
        let window = self.flow().function.registers;
        let exit = self.exit_at(at, Reason::Guard);
        let (placed, parts) = (self.window(window), self.parts());
        let find = Operation::Find { at: at as u32, word: i.0, next, window: placed, is_last: false, exit, parts };
        let callee = self.emit(find);
        let environment = self.emit(Operation::FoundEnvironment);
        self.bring_all(at);
        if i.flags() & LAST_B != 0 {
            self.move_raw(window, i.b());
        } else {
            let target = self.emit(Operation::AddressOf(window as u32));
            let source = self.emit(Operation::AddressOf(i.b() as u32));
            self.emit_nothing(Operation::Call { helper: Helper::Clone, arguments: vec![target, source] });
        }
        let (result, parts) = (i.a() as u32, self.parts());
        self.emit_nothing(Operation::CallFound { next, window: placed, callee, environment, result, parts });
        self.forget_all(i, Op::GetField);
        self.move_raw(i.a(), window);
        self.count_behind(next as usize);
        Some(true)
    }

    /// The closure that runs, of the innermost function; none if it is a part that captures nothing.
    pub(super) fn environment(&mut self) -> Option<ir::Value> {
        if self.is_part() { self.frame().environment } else { Some(self.emit(Operation::Environment)) }
    }

    /// Parts get frames for what the VM does, and for calls, if the innermost is small. False: it cannot be a part.
    pub(super) fn gets_frame(&mut self) -> bool {
        let is_fine = !self.is_part() || self.flow().function.code.len() <= SMALL;
        if !is_fine {
            self.stay();
        }
        is_fine
    }

    /// Functions that get frames.
    pub(super) fn parts(&self) -> ir::Parts {
        self.frames.iter().filter_map(|frame| frame.made.clone()).collect()
    }

    /// Where a register is, counted from the first one of all.
    pub(super) fn window(&self, register: u16) -> u32 {
        (self.state.offset + register as usize) as u32
    }

    /// What parts captured is in the window.
    fn write_callees(&mut self) {
        let callees: Vec<usize> = self.frames.iter().skip(1).map(|frame| frame.offset).collect();
        for callee in callees {
            self.write_at(callee);
        }
    }

    /// The innermost function is a part of another one.
    pub(super) fn is_part(&self) -> bool {
        self.frames.len() > 1
    }

    /// The innermost function cannot become a part: all begins anew with a call in its place.
    pub(super) fn stay(&mut self) {
        let path = self.frame().path.clone();
        self.known.stay.insert(path);
        self.failed = true;
    }
}
