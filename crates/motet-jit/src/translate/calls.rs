//! Functions that become parts of the loop that calls them, and the natives that are an operation.
//!
//! A callee's window begins where the call's does, so its arguments are where they are. It has no frame: exits inside make
//! it. What the VM would have to do inside needs one, so such a function stays a call.

use super::{Edge, Frame, Held, Translation, Unit};
use crate::ir::{self, Condition, Environment, Operation, Reason, Width};
use motet_code::{Instruction, Op};
use motet_vm::jit::Refused;
use motet_vm::memory::{Header, Tag};
use std::rc::Rc;

/// Functions of more words stay calls.
const MOST_WORDS: usize = 160;
/// Functions inside functions.
const MOST_FRAMES: usize = 4;

impl Translation<'_> {
    /// Translates a call whose function becomes a part. None: it is no such call; false: it ended the block.
    pub(super) fn call(&mut self, at: usize) -> Result<Option<bool>, Refused> {
        let (i, op) = self.flow().read(at);
        if !matches!(op, Op::Call | Op::CallKnown | Op::Method) {
            return Ok(None);
        }
        let seen = self.seen(at);
        let mut path = self.frame().path.clone();
        path.push(at as u32);
        if seen.callee == 0 || self.frames.len() > MOST_FRAMES || self.known.stay.contains(&path) {
            return Ok(None);
        }
        let Some(callee) = (self.request.callee)(seen.callee) else { return Ok(None) };
        let function = &callee.function;
        let fits = function.parameters.is_simple()
            && function.parameters.names.len() == i.b() as usize
            && !function.flags.generator
            && !function.flags.asynchronous
            && function.handlers.is_empty()
            && function.code.len() <= MOST_WORDS
            && callee.seen.at(0).ran;
        if !fits {
            return Ok(None);
        }
        let Some((environment, value, owns_callee)) = self.callee(at, i, op, seen.callee) else { return Ok(None) };
        let next = at + op.length();
        let offset = self.frame().offset + i.a() as usize;
        let unit = Rc::new(Unit::new(callee.function.clone(), callee.seen, callee.words));
        let needed: Rc<[bool]> =
            (0..offset).map(|register| self.is_needed(at, register) || self.is_needed(next, register)).collect();
        let made = ir::Frame { callee: seen.callee, window: offset as u32, returns_to: next as u32, environment };
        let registers = unit.flow.function.registers as usize;
        let frame =
            Frame { unit, path, heads: Vec::new(), made: Some(made), environment: value, owns_callee, offset, needed };
        self.inline(frame, registers, next)
    }

    /// Makes sure that it is the callee that was seen. Gives what its closure is, and whether its register 0 owns something.
    fn callee(
        &mut self,
        at: usize,
        i: Instruction,
        op: Op,
        callee: u64,
    ) -> Option<(Environment, Option<ir::Value>, bool)> {
        if op == Op::CallKnown {
            // The code names it, and the register is dead.
            self.state.set_window(i.a() as usize);
            return (self.words()[at + 1] == callee).then_some((Environment::Nothing, None, false));
        }
        if !self.state.is_window(i.a() as usize) {
            return None;
        }
        let exit = self.exit_at(at, Reason::Guard);
        if op == Op::Call {
            let function = (self.request.callee)(callee)?.function;
            let address = self.object(i.a(), Tag::Closure, exit)?;
            let found = self.emit(Operation::Load { width: Width::Half, address, offset: Header::AUX_OFFSET as i32 });
            let wanted = self.int(function.id() as i64);
            let is = self.compare_ints(Condition::Equal, found, wanted);
            self.guard(is, exit);
            return Some((Environment::Register0, Some(address), true));
        }
        // The cache's key: one bit, the tag, the shape.
        let (key, closure, loaded) = (self.words()[at + 1], self.words()[at + 2], self.words()[at + 3]);
        let (tag, shape) = ((key >> 32) as u8, key as u32);
        let tag = [Tag::Record, Tag::Instance].into_iter().find(|known| *known as u8 == tag)?;
        if loaded != callee || key >> 40 != 1 {
            return None;
        }
        let address = self.object(i.a(), tag, exit)?;
        if self.state.object(i.a() as usize)?.shape != Some(shape) {
            let found = self.emit(Operation::Load { width: Width::Half, address, offset: Header::SHAPE_OFFSET as i32 });
            let wanted = self.int(shape as i64);
            let is = self.compare_ints(Condition::Equal, found, wanted);
            self.guard(is, exit);
            self.state.object(i.a() as usize)?.shape = Some(shape);
        }
        let value = (closure != 0).then(|| self.emit(Operation::Address(closure)));
        let environment = if closure == 0 { Environment::Nothing } else { Environment::At(closure) };
        Some((environment, value, true))
    }

    /// Translates a function in the place of its call, and goes on behind it.
    fn inline(&mut self, frame: Frame, registers: usize, next: usize) -> Result<Option<bool>, Refused> {
        let edges = std::mem::take(&mut self.edges);
        let heads = std::mem::take(&mut self.heads);
        let returns = std::mem::take(&mut self.returns);
        let caller = self.state.offset;
        let window = frame.offset;
        self.extent = self.extent.max(window + registers);
        self.frames.push(frame);
        self.state.offset = window;
        self.state.make_room(registers);
        let through = self.out.block();
        self.end(ir::End::Jump(through, Vec::new()));
        let state = self.state.clone();
        self.edges.entry(0).or_default().push(Edge { through, state, is_entry: false });
        self.exit = None;
        self.translate_from(0)?;
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
                let (block, state) = self.meet(returned, &held, false, is_needed);
                self.block = block;
                self.state = state;
            }
        }
        Ok(Some(true))
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

    /// A part returns a register, or null, or itself.
    pub(super) fn return_from_part(&mut self, at: usize, i: Instruction, op: Op) {
        let owns_callee = self.frame().owns_callee;
        match op {
            Op::Return => {
                let register = i.a();
                let seen = self.seen(at).a;
                let value = if register == 0 { None } else { self.number(at, register, seen) };
                let is_null = self.state.is_null(register as usize);
                if register == 0 {
                    // It returns its callee or self, which stays where it is.
                } else {
                    if owns_callee {
                        self.release(0);
                    }
                    match value {
                        Some(value) => self.state.set(0, value, false),
                        None if is_null => self.state.set_null(0, false),
                        None => self.move_raw(0, register),
                    }
                }
            }
            Op::ReturnNull => {
                if owns_callee {
                    self.release(0);
                }
                self.state.set_null(0, false);
            }
            _ => {}
        }
        self.state.forget_from(1);
        let through = self.out.block();
        self.end(ir::End::Jump(through, Vec::new()));
        let state = self.state.clone();
        self.returns.push(Edge { through, state, is_entry: false });
    }
}
