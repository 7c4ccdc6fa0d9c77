//! Calls of what classes have: methods, getters, methods of the parent. Which function that is, the receiver's shape says; what
//! was seen for each shape becomes a part, behind a look at the shape.

use super::calls::{Place, is_plain};
use super::state::Borrowed;
use super::{Edge, Translation};
use crate::ir::{self, Condition, End, Environment, ExitId, Operation, Reason, Value, Width};
use motet_code::{Instruction, LAST_B, Op};
use motet_vm::jit::{Callee, FixedStatic, Refused, SeenMethod, places};
use motet_vm::memory::{Class, Header, Tag};

/// Behind so many wrong guesses, methods are found where they are called.
const MANY: u8 = 12;

/// A function, and the shapes of receivers for which it is called.
pub(super) struct Choice {
    pub name: u64,
    pub callee: Callee,
    shapes: Vec<u32>,
    /// It captures something: then there is one shape, and its place among what was seen is this.
    captures: Option<(u64, usize)>,
    pub is_part: bool,
}

/// What the functions are that an instruction may call for a receiver.
pub(super) enum Choices {
    Some(Vec<Choice>),
    /// The receiver is of a shape for which it was not seen to run.
    Unseen,
    /// The VM finds them where they are called.
    Many,
}

impl Translation<'_> {
    /// The functions that an instruction was seen to call for the receiver in a register, and the receiver's kind.
    pub(super) fn choices(&mut self, at: usize, receiver: u16, arguments: u16) -> (Choices, Tag) {
        let methods = self.frame().unit.seen.methods(at).to_vec();
        let kind = |method: &SeenMethod| {
            [Tag::Record, Tag::Instance].into_iter().find(|tag| method.key >> 32 == 1 << 8 | *tag as u64)
        };
        let Some(tag) = methods.first().and_then(kind) else { return (Choices::Many, Tag::Null) };
        let is_one_kind = methods.iter().all(|method| kind(method) == Some(tag));
        if !is_one_kind || self.seen(at).failures > MANY || !self.state.may_be_object(receiver as usize) {
            return (Choices::Many, tag);
        }
        let object = self.state.object(receiver as usize);
        if object.as_ref().is_some_and(|object| object.tag != tag) {
            return (Choices::Many, tag);
        }
        let known = object.map(|object| object.shapes().to_vec()).unwrap_or_default();
        let mut choices: Vec<Choice> = Vec::new();
        for (index, method) in methods.iter().enumerate() {
            let shape = method.shape();
            if !known.is_empty() && !known.contains(&shape) {
                continue;
            }
            let same = choices.iter_mut().find(|choice| choice.name == method.callee && choice.captures.is_none());
            if let Some(choice) = same.filter(|_| !method.captures) {
                choice.shapes.push(shape);
                continue;
            }
            let Some(callee) = (self.request.callee)(method.callee) else { return (Choices::Many, tag) };
            if !is_plain(&callee.function, arguments) {
                return (Choices::Many, tag);
            }
            let is_part = self.may_be_part(at, method.callee, &callee, arguments, false);
            let captures = method.captures.then_some((method.key, index));
            choices.push(Choice { name: method.callee, callee, shapes: vec![shape], captures, is_part });
        }
        if choices.is_empty() {
            return (Choices::Unseen, tag);
        }
        let is_worth_it = choices.iter().any(|choice| choice.is_part) || choices.len() == 1;
        let may_be_called = choices.iter().all(|choice| choice.is_part || !choice.callee.is_refused);
        (if is_worth_it && may_be_called { Choices::Some(choices) } else { Choices::Many }, tag)
    }

    /// Translates the call of a method. None: the VM finds it; false: it ended the block.
    pub(super) fn method(&mut self, at: usize, i: Instruction) -> Result<Option<bool>, Refused> {
        let (choices, tag) = self.choices(at, i.a(), i.b());
        let choices = match choices {
            Choices::Some(choices) => choices,
            Choices::Unseen => return Ok(Some(self.leave_unseen(at))),
            Choices::Many => return Ok(None),
        };
        let next = at + Op::Method.length();
        let returned = self.for_each(at, i.a(), tag, choices, |this, choice, closure| {
            let environment = this.environment_of(closure);
            if choice.is_part {
                let place = Place { window: i.a(), next, result: None };
                let frame = this.part(at, choice.name, choice.callee, place, (environment, closure, true));
                this.count(at);
                return this.translate_part(frame);
            }
            if !this.gets_frame() {
                return Ok(None);
            }
            this.call_plain(at, choice.name, &choice.callee.function, closure);
            Ok(Some(vec![this.edge_from_here()]))
        })?;
        let Some(returned) = returned else { return Ok(Some(false)) };
        Ok(Some(self.go_on_behind(returned, i.a(), next)))
    }

    /// Translates a field that a getter gives, likewise.
    pub(super) fn getter(&mut self, at: usize, i: Instruction) -> Result<Option<bool>, Refused> {
        if !self.seen(at).calls || i.b() == 0 && !self.is_part() {
            return Ok(None);
        }
        let (choices, tag) = self.choices(at, i.b(), 0);
        let choices = match choices {
            Choices::Some(choices) if choices.iter().all(|choice| choice.is_part && choice.captures.is_none()) => {
                choices
            }
            Choices::Unseen => return Ok(Some(self.leave_unseen(at))),
            _ => return Ok(None),
        };
        let next = at + Op::GetField.length();
        // Above all registers of the function, as the interpreter has it.
        let window = self.flow().function.registers;
        let returned = self.for_each(at, i.b(), tag, choices, |this, choice, _| {
            let place = Place { window, next, result: Some(i.a()) };
            let frame = this.part(at, choice.name, choice.callee, place, (Environment::Nothing, None, true));
            this.count(at);
            this.state.make_room(window as usize + 1);
            let takes = i.flags() & LAST_B != 0 && i.b() != 0;
            if takes && this.state.is_window(i.b() as usize) {
                this.move_raw(window, i.b());
            } else {
                let address = this.state.object(i.b() as usize).expect("its shape was looked at").address;
                let root = this.state.root(i.b() as usize);
                this.state.set_borrowed(window as usize, Borrowed { tag, address, root });
                if takes {
                    this.state.set_window(i.b() as usize);
                }
            }
            // It has nothing yet.
            this.state.set_window(i.a() as usize);
            this.translate_part(frame)
        })?;
        let Some(returned) = returned else { return Ok(Some(false)) };
        if !self.go_on_behind(returned, window, next) {
            return Ok(Some(false));
        }
        if let Some(value) = self.state.value(window as usize) {
            self.state.set(i.a() as usize, value, false);
        } else if self.state.is_null(window as usize) {
            self.state.set_null(i.a() as usize, false);
        } else if let Some(borrowed) = self.state.borrowed(window as usize) {
            self.state.set_borrowed(i.a() as usize, borrowed);
        } else {
            self.move_raw(i.a(), window);
        }
        self.state.forget_from(window as usize);
        self.state.make_room(window as usize);
        self.count_behind(next);
        Ok(Some(true))
    }

    /// Translates a call of a method that the parent of a class has, likewise.
    pub(super) fn method_of_parent(&mut self, at: usize, i: Instruction) -> Result<Option<bool>, Refused> {
        let [method] = *self.frame().unit.seen.methods(at) else { return Ok(None) };
        let class = i.a() + i.b();
        if self.seen(at).failures > MANY || !self.state.may_be_object(class as usize) {
            return Ok(None);
        }
        let Some(callee) = (self.request.callee)(method.callee) else { return Ok(None) };
        if !self.may_be_part(at, method.callee, &callee, i.b() - 1, false) {
            return Ok(None);
        }
        let exit = self.exit_at(at, Reason::Guard);
        let Some(address) = self.object(class, Tag::Class, exit) else { return Ok(None) };
        // What the instruction has called last in this isolate.
        let known = self.kept_at(at, exit);
        let wanted = self.emit(load(Width::Address, known, FixedStatic::CLASS_OFFSET));
        let is = self.emit(Operation::SameAddress { left: address, right: wanted });
        self.guard(is, exit);
        let parent = self.emit(load(Width::Address, address, Class::PARENT_OFFSET));
        let version = self.emit(load(Width::Half, parent, Class::VERSION_OFFSET));
        let seen = self.emit(load(Width::Half, known, FixedStatic::VERSION_OFFSET));
        let is = self.compare_ints(Condition::Equal, version, seen);
        self.guard(is, exit);
        let closure = self.emit(load(Width::Address, known, FixedStatic::ADDRESS_OFFSET));
        let found = self.emit(load(Width::Half, closure, Header::AUX_OFFSET));
        let wanted = self.int(callee.function.id() as i64);
        let is = self.compare_ints(Condition::Equal, found, wanted);
        self.guard(is, exit);
        let next = at + Op::Super.length();
        let closure = method.captures.then_some(closure);
        let environment = self.environment_of(closure);
        let place = Place { window: i.a(), next, result: None };
        let frame = self.part(at, method.callee, callee, place, (environment, closure, true));
        self.count(at);
        // The instance keeps its class.
        self.drop_last(class);
        let Some(returned) = self.translate_part(frame)? else { return Ok(Some(false)) };
        Ok(Some(self.go_on_behind(returned, i.a(), next)))
    }

    /// Translates what an instruction does for each function that it may call, and gives the ways on. None: something that was
    /// assumed is not so.
    pub(super) fn for_each(
        &mut self,
        at: usize,
        receiver: u16,
        tag: Tag,
        choices: Vec<Choice>,
        each: impl Fn(&mut Self, Choice, Option<Value>) -> Result<Option<Vec<Edge>>, Refused>,
    ) -> Result<Option<Vec<Edge>>, Refused> {
        let exit = self.exit_at(at, Reason::Guard);
        let address = self.object(receiver, tag, exit).expect("it may be an object");
        let object = self.state.object(receiver as usize).expect("it is one").clone();
        let all: Vec<u32> = choices.iter().flat_map(|choice| &choice.shapes).copied().collect();
        // Of the last one nothing is asked if it can be no other.
        let is_covered = object.is_one_of(&all);
        let count = choices.len();
        let found = (count > 1 || !is_covered).then(|| self.shape_at(address));
        let mut returned = Vec::new();
        for (number, choice) in choices.into_iter().enumerate() {
            let is_last = number + 1 == count;
            let mut others = None;
            if let Some(found) = found.filter(|_| !is_last || !is_covered) {
                let exit = self.exit_at(at, Reason::Guard);
                let is = self.is_one_of(found, &choice.shapes);
                if is_last {
                    self.guard(is, exit);
                } else {
                    let (here, there) = (self.out.block(), self.out.block());
                    self.end(End::Branch { condition: is, then: (here, Vec::new()), otherwise: (there, Vec::new()) });
                    self.block = here;
                    others = Some((there, self.state.clone()));
                }
            }
            self.state.note(receiver as usize, |object| object.set_shapes(&choice.shapes));
            let closure = choice.captures.map(|(key, index)| {
                let exit = self.exit_at(at, Reason::Guard);
                let known = self.kept_at(at + index, exit);
                let found = self.emit(load(Width::Int, known, FixedStatic::CLASS_OFFSET));
                let wanted = self.int(key as i64);
                let is = self.compare_ints(Condition::Equal, found, wanted);
                self.guard(is, exit);
                self.emit(load(Width::Address, known, FixedStatic::ADDRESS_OFFSET))
            });
            let Some(edges) = each(self, choice, closure)? else { return Ok(None) };
            returned.extend(edges);
            if let Some((block, state)) = others {
                (self.block, self.state, self.exit) = (block, state, None);
            }
        }
        Ok(Some(returned))
    }

    /// What the isolate has noted at a word of the code of the function that is translated, if it has noted anything.
    fn kept_at(&mut self, word: usize, exit: ExitId) -> Value {
        let handle = self.emit(Operation::Handle(self.frame().whose));
        let there = self.emit(load(Width::Int, handle, places::FUNCTION_STATICS));
        let zero = self.int(0);
        let is = self.compare_ints(Condition::NotEqual, there, zero);
        self.guard(is, exit);
        let first = self.emit(load(Width::Address, handle, places::FUNCTION_STATICS));
        self.emit(Operation::Field { address: first, offset: (word * size_of::<FixedStatic>()) as i32 })
    }

    pub(super) fn environment_of(&self, closure: Option<Value>) -> Environment {
        closure.map_or(Environment::Nothing, Environment::Value)
    }

    /// A way on from where the translation is, which ends the block.
    pub(super) fn edge_from_here(&mut self) -> Edge {
        let through = self.out.block();
        self.end(ir::End::Jump(through, Vec::new()));
        Edge { through, state: self.state.clone(), is_entry: false }
    }

    /// The interpreter goes on, which notes what is here. It ends the block.
    pub(super) fn leave_unseen(&mut self, at: usize) -> bool {
        let exit = self.exit_at(at, Reason::Guard);
        self.end(End::Exit(exit));
        false
    }
}

fn load(width: Width, address: Value, offset: usize) -> Operation {
    Operation::Load { width, address, offset: offset as i32 }
}
