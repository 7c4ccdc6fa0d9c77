//! Calls of functions.
//!
//! A small function becomes a part of the code that calls it. A callee's window begins where the call's does, so its arguments
//! are where they are. It has no frame: exits inside make it. What the VM would have to do inside needs one, so such a
//! function stays a call.

use super::{Edge, Frame, Held, Translation, Unit};
use crate::ir::{self, Environment, Helper, Operation, Reason, Whose};
use motet_code::{Function, Instruction, LAST_B, Op};
use motet_vm::jit::{Callee, MOST_PARTS, Refused};
use motet_vm::memory::Tag;
use std::rc::Rc;
use std::sync::Arc;

/// Functions of more words stay calls.
const MOST_WORDS: usize = 160;
/// Of parts, those of more words get no frames.
const SMALL: usize = 64;
/// Behind so many operations nothing becomes a part any more.
const MOST_OPERATIONS: usize = 3_000;
/// Behind so many, nothing becomes a part of itself: what calls itself at many places would become many times as large.
const MOST_OF_ITSELF: usize = 400;
/// Functions inside functions.
const MOST_FRAMES: usize = 4;
const _: () = assert!(MOST_FRAMES <= MOST_PARTS, "exits have room for their closures");

/// It is called with as many arguments as it has parameters, and runs at once.
pub(super) fn is_plain(function: &Function, arguments: u16) -> bool {
    function.parameters.is_simple()
        && function.parameters.names.len() == arguments as usize
        && !function.flags.generator
        && !function.flags.asynchronous
}

/// Where a part begins and ends.
pub(super) struct Place {
    /// The register where its window begins.
    pub window: u16,
    /// The instruction behind the call.
    pub next: usize,
    /// The register that gets the result; none if that is where the window begins.
    pub result: Option<u16>,
}

impl Translation<'_> {
    /// Translates a call whose function becomes a part. None: it is no such call; false: it ended the block.
    pub(super) fn call(&mut self, at: usize) -> Result<Option<bool>, Refused> {
        let (i, op) = self.flow().read(at);
        let handle = match op {
            Op::Method => return self.method(at, i),
            Op::Super => return self.method_of_parent(at, i),
            Op::GetField => return self.getter(at, i),
            Op::TailCall | Op::TailKnown | Op::TailMethod if self.is_part() => {
                self.tail_of_part(at, i, op)?;
                return Ok(Some(false));
            }
            Op::CallSelf => self.frame().name,
            Op::Call | Op::CallKnown => self.seen(at).callee,
            _ => 0,
        };
        if handle == 0 {
            return Ok(None);
        }
        let Some(callee) = (self.request.callee)(handle) else { return Ok(None) };
        if !self.may_be_part(at, handle, &callee, i.b(), op == Op::CallSelf) {
            return Ok(if callee.is_refused { None } else { self.call_function(at, handle, &callee.function) });
        }
        let function = &callee.function;
        let Some((environment, value, owns_callee)) = self.callee(at, i, op, function) else { return Ok(None) };
        let next = at + op.length();
        let place = Place { window: i.a(), next, result: None };
        let frame = self.part(at, handle, callee, place, (environment, value, owns_callee));
        self.count(at);
        let Some(returned) = self.translate_part(frame)? else { return Ok(Some(false)) };
        Ok(Some(self.go_on_behind(returned, i.a(), next)))
    }

    /// Whether a function that is called with so many arguments may become a part.
    pub(super) fn may_be_part(&self, at: usize, name: u64, callee: &Callee, arguments: u16, is_itself: bool) -> bool {
        let function = &callee.function;
        // A function is a part of itself once, if it is very small.
        let nested = self.frames.iter().filter(|frame| frame.name == name).count();
        let may_be_in_itself =
            is_itself && self.request.is_function && function.code.len() <= SMALL && self.out.size() <= MOST_OF_ITSELF;
        let may_nest = nested == 0 || nested == 1 && may_be_in_itself;
        may_nest
            && self.frames.len() <= MOST_FRAMES
            && self.out.size() <= MOST_OPERATIONS
            && !self.known.stay.contains(&self.path_to(at, name))
            && is_plain(function, arguments)
            && function.handlers.is_empty()
            && function.code.len() <= MOST_WORDS
            && callee.seen.at(0).ran
    }

    /// The calls that lead to a function that an instruction calls.
    pub(super) fn path_to(&self, at: usize, name: u64) -> Vec<u32> {
        let own = self.frame().path.iter().copied();
        own.chain([at as u32, name as u32]).collect()
    }

    /// A function that becomes a part at its call.
    pub(super) fn part(
        &mut self,
        at: usize,
        name: u64,
        callee: Callee,
        place: Place,
        (environment, value, owns_callee): (Environment, Option<ir::Value>, bool),
    ) -> Frame {
        let Place { window, next, result } = place;
        let offset = self.frame().offset + window as usize;
        let result_at = result.map(|register| self.frame().offset + register as usize);
        let is_needed = |register| self.is_needed(at, register) || self.is_needed(next, register);
        // What gets the result has nothing yet.
        let needed: Rc<[bool]> =
            (0..offset).map(|register| Some(register) != result_at && is_needed(register)).collect();
        let link = self.link(&callee.function);
        let made = ir::Frame { callee: link, window: offset as u32, returns_to: next as u32, environment, result };
        Frame {
            path: self.path_to(at, name),
            unit: Rc::new(Unit::new(callee.function, callee.seen, callee.words, callee.constants)),
            whose: Whose::Link(link),
            name,
            heads: Vec::new(),
            made: Some(made),
            environment: value,
            owns_callee,
            offset,
            needed,
        }
    }

    /// Translates a call of a function that keeps a frame of its own. None: the VM has to do it.
    fn call_function(&mut self, at: usize, handle: u64, function: &Arc<Function>) -> Option<bool> {
        let (i, op) = self.flow().read(at);
        if !is_plain(function, i.b()) {
            return None;
        }
        if !self.gets_frame() {
            return Some(false);
        }
        let environment = self.callee(at, i, op, function)?.1;
        self.call_plain(at, handle, function, environment);
        Some(true)
    }

    /// Calls a function that takes the arguments that there are. The innermost function gets a frame.
    pub(super) fn call_plain(
        &mut self,
        at: usize,
        handle: u64,
        function: &Arc<Function>,
        environment: Option<ir::Value>,
    ) {
        let (i, op) = self.flow().read(at);
        let next = at + op.length();
        self.bring_all(at);
        let handle = self.handle(handle, function);
        let parts = self.parts();
        let registers = function.registers as u32;
        self.extent = self.extent.max((self.window(i.a()) + registers) as usize);
        self.most_frames = self.most_frames.max(parts.len() + 1);
        self.is_calling = true;
        self.emit_nothing(Operation::CallFunction {
            at: at as u32,
            word: i.0,
            next: next as u32,
            window: self.window(i.a()),
            callee: Some(ir::Callee { handle, environment }),
            parts,
        });
        self.forget_all(i, op);
        self.state.set_window(i.a() as usize);
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
        let address = self.object(i.a(), Tag::Closure, exit)?;
        self.guard_shape(i.a(), function.id(), exit);
        Some((Environment::Register0, Some(address), true))
    }

    /// The number of the link to a function.
    pub(super) fn link(&mut self, function: &Arc<Function>) -> u32 {
        (self.request.link)(function)
    }

    /// The handle of a function's code, which is known by `known_as` in what was seen.
    pub(super) fn handle(&mut self, known_as: u64, function: &Arc<Function>) -> ir::Value {
        let whose = if known_as == self.request.name { Whose::Own } else { Whose::Link(self.link(function)) };
        self.emit(Operation::Handle(whose))
    }

    /// Translates a function in the place of its call, and gives the ways back. None: something that was assumed is not so.
    pub(super) fn translate_part(&mut self, frame: Frame) -> Result<Option<Vec<Edge>>, Refused> {
        let registers = frame.unit.flow.function.registers as usize;
        let edges = std::mem::take(&mut self.edges);
        let heads = std::mem::take(&mut self.heads);
        let returns = std::mem::take(&mut self.returns);
        let caller = self.state.offset;
        let window = frame.offset;
        self.extent = self.extent.max(window + registers);
        self.frames.push(frame);
        // A call of a part that leaves nowhere is too deep, too, where there is no room for it.
        let frames = self.frames.iter().filter(|frame| frame.made.is_some()).count();
        self.most_frames = self.most_frames.max(frames);
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
        self.exit = None;
        if self.failed {
            return Ok(None);
        }
        for edge in &mut returned {
            edge.state.offset = caller;
        }
        Ok(Some(returned))
    }

    /// Goes on where parts return whose window begins at a register. False: they always leave.
    pub(super) fn go_on_behind(&mut self, mut returned: Vec<Edge>, window: u16, next: usize) -> bool {
        let window = self.frame().offset + window as usize;
        match returned.len() {
            0 => return false,
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
                    held.get(register).is_some_and(|held| held.may_be_object())
                        && (register == 0 || is_needed(self, register))
                });
                let (block, mut state) = self.meet(returned, &held, &objects, false, is_needed);
                state.set_partial(partial);
                self.block = block;
                self.state = state;
            }
        }
        true
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
