//! Operations and exits, put where the translation is.

use super::Translation;
use super::state::Unwritten;
use crate::ir::{Condition, End, Exit, ExitId, IntOperator, Made, Operation, Reason, Type, Value, Width, tag_of};
use motet_vm::jit::Tags;
use motet_vm::memory::Tag;

impl Translation<'_> {
    pub(super) fn end(&mut self, end: End) {
        let block = self.out.at_mut(self.block);
        debug_assert_eq!(block.end, End::Open);
        block.end = end;
    }

    /// The registers that operations name are the function's own.
    pub(super) fn placed(&self, mut operation: Operation) -> Operation {
        if let Operation::AddressOf(register)
        | Operation::Tag(register)
        | Operation::Payload { register, .. }
        | Operation::Put { register, .. }
        | Operation::PutObject { register, .. }
        | Operation::Signal { register, .. }
        | Operation::PutNull { register } = &mut operation
        {
            *register += self.state.offset as u32;
        }
        operation
    }

    pub(super) fn emit(&mut self, operation: Operation) -> Value {
        let operation = self.placed(operation);
        let of = operation.makes().expect("it makes a value");
        let result = self.out.value(of);
        let constant = if let Operation::Int(number) = operation { Some(number) } else { None };
        self.out.at_mut(self.block).operations.push(Made { result: Some(result), operation });
        self.constants.extend(constant.map(|number| (result, number)));
        result
    }

    pub(super) fn emit_nothing(&mut self, operation: Operation) {
        debug_assert_eq!(operation.makes(), None);
        let operation = self.placed(operation);
        self.out.at_mut(self.block).operations.push(Made { result: None, operation });
    }

    /// Where the interpreter goes on at an instruction with what is known now.
    pub(super) fn exit_at(&mut self, at: usize, reason: Reason) -> ExitId {
        if reason == Reason::Guard
            && let Some((place, exit)) = self.exit
            && place as usize == at
        {
            return exit;
        }
        let (mut values, mut borrowed, mut nulls) = (Vec::new(), Vec::new(), Vec::new());
        for register in (1..self.state.len()).filter(|register| self.is_needed(at, *register)) {
            match self.state.unwritten_at(register) {
                None => {}
                Some(Unwritten::Number(value)) => values.push((register as u32, value)),
                Some(Unwritten::Null) => nulls.push(register as u32),
                Some(Unwritten::Object(object)) => borrowed.push((register as u32, object.tag, object.address)),
            }
        }
        let frames = self.frames.iter().filter_map(|frame| frame.made.clone()).collect();
        self.out.exits.push(Exit { reason, at: at as u32, values, borrowed, nulls, frames });
        let exit = ExitId(self.out.exits.len() as u32 - 1);
        if reason == Reason::Guard {
            self.exit = Some((at as u32, exit));
        }
        exit
    }

    /// A register's payload, if its tag says that it is of a type.
    pub(super) fn load_as(&mut self, register: u32, of: Type, exit: ExitId) -> Value {
        let tag = self.emit(Operation::Tag(register));
        if of == Type::Bool {
            return self.bool_of(tag, exit);
        }
        let wanted = self.int(tag_of(of).expect("a number") as i64);
        let is_wanted = self.emit(Operation::CompareInts { condition: Condition::Equal, left: tag, right: wanted });
        self.emit_nothing(Operation::Guard { value: is_wanted, expected: true, exit });
        let width = if of == Type::Int { Width::Int } else { Width::Float };
        self.emit(Operation::Payload { register, width })
    }

    /// The boolean of which this is the tag; leaves if it is none.
    pub(super) fn bool_of(&mut self, tag: Value, exit: ExitId) -> Value {
        // False and true stand side by side.
        let one = self.int(Tag::False as i64);
        let number = self.emit(Operation::Wrapping { operator: IntOperator::Subtract, left: tag, right: one });
        let limit = self.int(2);
        let is_one = self.emit(Operation::CompareInts { condition: Condition::Below, left: number, right: limit });
        self.emit_nothing(Operation::Guard { value: is_one, expected: true, exit });
        let zero = self.int(0);
        self.emit(Operation::CompareInts { condition: Condition::NotEqual, left: number, right: zero })
    }

    pub(super) fn int(&mut self, number: i64) -> Value {
        self.emit(Operation::Int(number))
    }

    /// The type that was seen, if it was one alone.
    pub(super) fn seen_type(tags: Tags) -> Option<Type> {
        if tags == Tags::of(Tag::Int) {
            Some(Type::Int)
        } else if tags == Tags::of(Tag::Float) {
            Some(Type::Float)
        } else if !tags.is_empty() && tags.without(Tags::of(Tag::True)).without(Tags::of(Tag::False)).is_empty() {
            Some(Type::Bool)
        } else {
            None
        }
    }
}
