//! Builtin functions that are operations.

use super::Translation;
use super::objects::only;
use crate::ir::{Condition, End, ExitId, FloatFunction, Helper, IntOperator, Operation, Reason, Type, Value, Width};
use motet_code::{Instruction, Op};
use motet_vm::jit::{Fixed, Tags};
use motet_vm::memory::{ListPlaces, Str, Tag, Value as Register};

/// The floats from -this to before this are those that fit an integer, once they are whole numbers.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

impl Translation<'_> {
    /// Translates a call of a builtin function that is an operation. None: it is no such call.
    pub(super) fn builtin(&mut self, at: usize) -> Option<bool> {
        let (i, op) = self.flow().read(at);
        let seen = self.seen(at);
        let known = match op {
            Op::Call if seen.a == Tags::of(Tag::Native) => self.state.native(i.a() as usize),
            // A function of a module: the record that the code names, which does not change.
            Op::Method if self.constant_in(i.a()).is_some() => Some(seen.native),
            Op::Method if seen.a == Tags::of(Tag::List) => return self.push(at, i),
            Op::Method if seen.a == Tags::of(Tag::Map) => return self.map_method(at, i),
            _ => return None,
        };
        let payload = known.unwrap_or(seen.native);
        let name = (self.request.builtin)(payload).filter(|_| payload != 0)?;
        let (first, second) = (i.a() + 1, i.a() + 2);
        let is_number = |tags: Tags| tags == Tags::of(Tag::Int) || tags == Tags::of(Tag::Float);
        let fits = match name {
            "len" => i.b() == 1 && self.has_length(seen.b),
            "str" => i.b() == 1 && seen.b == Tags::of(Tag::Int),
            // These are methods here.
            "push" | "has" | "get" => false,
            "min" | "max" => i.b() == 2 && is_number(seen.b) && seen.b == seen.c,
            _ => i.b() == 1 && is_number(seen.b),
        };
        if !fits {
            return None;
        }
        if let Some(fixed) = self.constant_in(i.a()).filter(|_| op == Op::Method) {
            self.fixed.push(fixed);
        }
        let exit = self.exit_at(at, Reason::Guard);
        if known.is_none() {
            self.guard_native(i.a(), payload, exit);
        }
        if name == "len" {
            let length = self.length(first, only(seen.b)?, exit)?;
            self.count(at);
            self.drop_last(first);
            self.state.set(i.a() as usize, length, false);
            return Some(true);
        }
        let left = self.number(at, first, seen.b)?;
        if name == "str" {
            if self.out.type_of(left) != Type::Int {
                return None;
            }
            self.state.set_window(first as usize);
            self.text_of_int(i.a(), left);
            self.builtin_ended(at + op.length());
            return Some(true);
        }
        let result = match name {
            "min" | "max" => {
                let right = self.number(at, second, seen.c)?;
                self.extreme(name == "min", left, right, exit)?
            }
            "abs" => self.absolute(left, exit),
            "sqrt" => {
                let value = self.as_float(left);
                self.emit(Operation::FloatFunction { function: FloatFunction::SquareRoot, value })
            }
            "floor" => self.rounded(FloatFunction::Floor, left, exit),
            _ => self.rounded(FloatFunction::Ceiling, left, exit),
        };
        self.count(at);
        for argument in 1..=i.b() {
            self.state.set_window((i.a() + argument) as usize);
        }
        self.state.set(i.a() as usize, result, false);
        Some(true)
    }

    /// `list.push(value)`. None: it is something else.
    fn push(&mut self, at: usize, i: Instruction) -> Option<bool> {
        if i.b() != 1 || self.method_of(at, Tag::List) != Some("push") {
            return None;
        }
        if !self.state.may_be_object(i.a() as usize) {
            return None;
        }
        let value = i.a() + 1;
        let number = self.number(at, value, self.seen(at).b);
        if number.is_none() {
            self.write(value as usize);
        }
        let exit = self.exit_at(at, Reason::Guard);
        let address = self.object(i.a(), Tag::List, exit)?;
        self.guard_writable(i.a(), address, exit);
        match (number, self.lists) {
            (Some(number), Some(places)) => {
                self.count(at);
                self.push_number(i, address, number, places);
                self.state.set_window(value as usize);
            }
            _ => {
                self.write(value as usize);
                self.push_register(value, address);
                self.state.forget_items();
                self.state.set_window(value as usize);
                self.builtin_ended(at + Op::Method.length());
            }
        }
        // The list is the result.
        Some(true)
    }

    /// Takes what a register of the window has to the end of a list.
    fn push_register(&mut self, register: u16, list: Value) {
        let source = self.emit(Operation::AddressOf(register as u32));
        self.emit_nothing(Operation::Call { helper: Helper::Push, arguments: vec![list, source] });
    }

    /// Puts a number, or a boolean, at the end of the list in register a. Where the list has room that is all.
    fn push_number(&mut self, i: Instruction, list: Value, number: Value, places: ListPlaces) {
        let (items, length) = self.items(i.a(), list, places);
        let capacity = Operation::Load { width: Width::Int, address: list, offset: places.capacity as i32 };
        let capacity = self.emit(capacity);
        let has_room = self.compare_ints(Condition::Below, length, capacity);
        let (room, full, behind) = (self.out.block(), self.out.block(), self.out.block());
        let [room_way, full_way] = [room, full].map(|block| (block, Vec::new()));
        self.end(End::Branch { condition: has_room, then: room_way, otherwise: full_way });

        self.block = room;
        let address = self.emit(Operation::Element { address: items, index: length });
        let (tag, width, payload) = self.parts_of(number);
        self.emit_nothing(Operation::Store {
            width: Width::Int,
            address,
            offset: Register::TAG_OFFSET as i32,
            value: tag,
        });
        let offset = Register::PAYLOAD_OFFSET as i32;
        self.emit_nothing(Operation::Store { width, address, offset, value: payload });
        let one = self.int(1);
        let value = self.emit(Operation::Wrapping { operator: IntOperator::Add, left: length, right: one });
        let offset = places.length as i32;
        self.emit_nothing(Operation::Store { width: Width::Int, address: list, offset, value });
        self.end(End::Jump(behind, vec![items, value]));

        self.block = full;
        self.out.at_mut(full).is_cold = true;
        let register = i.a() + 1;
        self.emit_nothing(Operation::Put { register: register as u32, value: number });
        self.push_register(register, list);
        let (moved, longer) = self.load_items(list, places);
        self.end(End::Jump(behind, vec![moved, longer]));

        self.block = behind;
        let now = (self.out.value(Type::Address), self.out.value(Type::Int));
        self.out.at_mut(behind).parameters = vec![now.0, now.1];
        self.exit = None;
        // Another register may hold the same list.
        self.state.forget_items();
        self.state.note(i.a() as usize, |object| object.items = Some(now));
    }

    /// The object that the language has under a name of its own, if a register holds one.
    fn constant_in(&self, register: u16) -> Option<Fixed> {
        let borrowed = self.state.borrowed(register as usize)?;
        self.addresses.get(&borrowed.address).copied()
    }

    /// `len` of a list that stays where it is, without a copy of it for the call. None: it is no such copy.
    pub(super) fn length_of_copied(&mut self, at: usize) -> Option<usize> {
        let i = self.flow().read(at).0;
        let next = at + Op::Copy.length();
        if self.request.stress || next >= self.flow().function.code.len() {
            return None;
        }
        let (call, op) = self.flow().read(next);
        let is_call = op == Op::Call && call.b() == 1 && call.a() + 1 == i.a() && !self.flow().is_leader[next];
        let payload = self.state.native(call.a() as usize).filter(|_| is_call)?;
        let seen = self.seen(next);
        if (self.request.builtin)(payload) != Some("len") || !self.has_length(seen.b) {
            return None;
        }
        let exit = self.exit_at(at, Reason::Guard);
        let length = self.length(i.b(), only(seen.b)?, exit)?;
        self.count(at);
        self.state.set_window(i.a() as usize);
        self.state.set(call.a() as usize, length, false);
        Some(next + op.length())
    }

    fn guard_native(&mut self, register: u16, payload: u64, exit: ExitId) {
        let tag = self.emit(Operation::Tag(register as u32));
        let wanted = self.int(Tag::Native as i64);
        let is = self.compare_ints(Condition::Equal, tag, wanted);
        self.guard(is, exit);
        let found = self.emit(Operation::Payload { register: register as u32, width: Width::Int });
        let wanted = self.int(payload as i64);
        let is = self.compare_ints(Condition::Equal, found, wanted);
        self.guard(is, exit);
    }

    /// Whether code knows how long things of these kinds are.
    fn has_length(&self, seen: Tags) -> bool {
        match only(seen) {
            Some(Tag::List) => self.lists.is_some(),
            Some(Tag::String | Tag::Map) => true,
            _ => false,
        }
    }

    fn length(&mut self, register: u16, tag: Tag, exit: ExitId) -> Option<Value> {
        let address = self.object(register, tag, exit)?;
        Some(match tag {
            Tag::String => {
                let offset = Str::CHARACTERS_OFFSET as i32;
                self.emit(Operation::Load { width: Width::Int, address, offset })
            }
            Tag::Map => self.ask(Helper::Entries, vec![address]),
            _ => self.items(register, address, self.lists?).1,
        })
    }

    fn extreme(&mut self, least: bool, left: Value, right: Value, exit: ExitId) -> Option<Value> {
        let condition = if least { Condition::Less } else { Condition::Greater };
        match (self.out.type_of(left), self.out.type_of(right)) {
            (Type::Int, Type::Int) => {
                let condition = self.compare_ints(condition, right, left);
                Some(self.emit(Operation::SelectInt { condition, then: right, otherwise: left }))
            }
            (Type::Float, Type::Float) => {
                for value in [left, right] {
                    let is = self.compare_floats(Condition::Equal, value, value);
                    self.guard(is, exit);
                }
                let condition = self.compare_floats(condition, right, left);
                Some(self.emit(Operation::SelectFloat { condition, then: right, otherwise: left }))
            }
            _ => None,
        }
    }

    fn absolute(&mut self, value: Value, exit: ExitId) -> Value {
        if self.out.type_of(value) == Type::Float {
            return self.emit(Operation::FloatFunction { function: FloatFunction::Absolute, value });
        }
        let least = self.int(i64::MIN);
        let fits = self.compare_ints(Condition::NotEqual, value, least);
        self.guard(fits, exit);
        let zero = self.int(0);
        let negative = self.emit(Operation::Wrapping { operator: IntOperator::Subtract, left: zero, right: value });
        let condition = self.compare_ints(Condition::Less, value, zero);
        self.emit(Operation::SelectInt { condition, then: negative, otherwise: value })
    }

    fn rounded(&mut self, function: FloatFunction, value: Value, exit: ExitId) -> Value {
        if self.out.type_of(value) == Type::Int {
            return value;
        }
        let whole = self.emit(Operation::FloatFunction { function, value });
        let least = self.emit(Operation::Float((-TWO_63).to_bits()));
        let fits = self.compare_floats(Condition::GreaterEqual, whole, least);
        self.guard(fits, exit);
        let end = self.emit(Operation::Float(TWO_63.to_bits()));
        let fits = self.compare_floats(Condition::Less, whole, end);
        self.guard(fits, exit);
        self.emit(Operation::ToInt(whole))
    }

    fn compare_floats(&mut self, condition: Condition, left: Value, right: Value) -> Value {
        self.emit(Operation::CompareFloats { condition, left, right })
    }
}
