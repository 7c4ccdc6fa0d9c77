//! Texts: comparing them, putting them together, their characters. What is not plain about them is left to the VM.

use super::Translation;
use super::numbers::Operand;
use super::objects::only;
use super::state::Borrowed;
use crate::ir::{Condition, End, Helper, IntOperator, Operation, Reason, Type, Value, Width};
use motet_code::{Instruction, LAST_A, LAST_B, LAST_C};
use motet_vm::jit::{Tags, UNDECIDED, places};
use motet_vm::memory::{MOST_PARTS, Str, Tag, Value as Register};

/// Behind so many wrong guesses, what is rare is expected.
const FEW: u8 = 3;

/// An iterator over a text has the byte in the lower half of its number, and the character's index in the upper half.
const LOWER_HALF: i64 = 0xffff_ffff;
/// One character of one byte further.
const FURTHER: i64 = 1 << 32 | 1;

impl Translation<'_> {
    /// Whether a register holds a text, as far as is known or was seen.
    pub(super) fn is_text(&mut self, register: u16, seen: Tags) -> bool {
        if !self.state.may_be_object(register as usize) || register == 0 {
            return false;
        }
        match self.state.object(register as usize) {
            Some(object) => object.tag == Tag::String,
            None => only(seen) == Some(Tag::String),
        }
    }

    fn is_text_operand(&mut self, operand: Operand) -> bool {
        match operand {
            Operand::Register(register, seen) => self.is_text(register, seen),
            Operand::Constant(index) => {
                let constants = &self.frame().unit.constants;
                constants.get(index as usize).is_some_and(|constant| constant.0 == Tag::String)
            }
            Operand::Immediate(_) => false,
        }
    }

    fn text_operand(&mut self, at: usize, operand: Operand) -> Option<Value> {
        match operand {
            Operand::Register(register, _) => {
                let exit = self.exit_at(at, Reason::Guard);
                self.object(register, Tag::String, exit)
            }
            // The function keeps it.
            Operand::Constant(index) => Some(self.address_of_constant(index as usize)),
            Operand::Immediate(_) => None,
        }
    }

    /// The address of a constant that is an object.
    pub(super) fn address_of_constant(&mut self, index: usize) -> Value {
        let handle = self.emit(Operation::Handle(self.frame().whose));
        let offset = places::FUNCTION_CONSTANTS as i32;
        let constants = self.emit(Operation::Load { width: Width::Address, address: handle, offset });
        let offset = (index * size_of::<Register>() + Register::PAYLOAD_OFFSET) as i32;
        self.emit(Operation::Load { width: Width::Address, address: constants, offset })
    }

    /// Two operands, if both are texts.
    fn texts(&mut self, at: usize, left: Operand, right: Operand) -> Option<(Value, Value)> {
        if !self.is_text_operand(left) || !self.is_text_operand(right) {
            return None;
        }
        Some((self.text_operand(at, left)?, self.text_operand(at, right)?))
    }

    /// Whether a comparison of two texts holds; none if they are something else. Operands come with the flags that say that
    /// they are used for the last time.
    pub(super) fn compare_texts(
        &mut self,
        at: usize,
        i: Instruction,
        condition: Condition,
        operands: [(Operand, u8); 2],
    ) -> Option<Value> {
        let (left, right) = self.texts(at, operands[0].0, operands[1].0)?;
        let exit = self.exit_at(at, Reason::Guard);
        let holds = match condition {
            Condition::Equal => self.emit(Operation::SameText { left, right, exit }),
            Condition::NotEqual => {
                let same = self.emit(Operation::SameText { left, right, exit });
                self.emit(Operation::Not(same))
            }
            _ => {
                let order = self.ask(Helper::CompareTexts, vec![left, right]);
                let undecided = self.int(UNDECIDED);
                let is_known = self.compare_ints(Condition::NotEqual, order, undecided);
                self.guard(is_known, exit);
                let zero = self.int(0);
                self.compare_ints(condition, order, zero)
            }
        };
        for (operand, flag) in operands {
            if let Operand::Register(register, _) = operand
                && i.flags() & flag != 0
            {
                self.drop_last(register);
            }
        }
        Some(holds)
    }

    /// What one of the VM's functions gives.
    pub(super) fn ask(&mut self, helper: Helper, arguments: Vec<Value>) -> Value {
        self.emit(Operation::Call { helper, arguments })
    }

    /// A register that owns nothing gets a text, with a reference.
    fn put_text(&mut self, register: u16, address: Value) {
        self.emit_nothing(Operation::PutObject { register: register as u32, tag: Tag::String, address });
        self.state.set_window(register as usize);
        self.state.set_object(register as usize, Tag::String, address);
    }

    /// `a = b + c` of texts; false if it is something else.
    pub(super) fn join(&mut self, at: usize, i: Instruction, right: Operand) -> bool {
        let (a, b) = (i.a(), i.b());
        let Some((left, text)) = self.texts(at, Operand::Register(b, self.seen(at).b), right) else { return false };
        let other = if let Operand::Register(register, _) = right { Some(register) } else { None };
        let is_last = i.flags() & LAST_B != 0;
        let takes = is_last && self.state.is_window(b as usize) && other != Some(b);
        if takes {
            self.part_with(b);
        }
        let takes_word = self.int(i64::from(takes));
        let sum = self.ask(Helper::Join, vec![left, text, takes_word]);
        if takes {
            self.emit_nothing(Operation::PutNull { register: b as u32 });
            self.state.set_window(b as usize);
        } else if is_last {
            self.drop_last(b);
        }
        if let Some(other) = other.filter(|_| i.flags() & LAST_C != 0) {
            self.drop_last(other);
        }
        self.put_text(a, sum);
        true
    }

    /// `a += b` of texts; false if it is something else.
    pub(super) fn append(&mut self, at: usize, i: Instruction) -> bool {
        let (a, b, seen) = (i.a(), i.b(), self.seen(at));
        if a == b {
            return false;
        }
        let Some((left, text)) = self.texts(at, Operand::Register(a, seen.a), Operand::Register(b, seen.b)) else {
            return false;
        };
        // What grows in place is the window's alone.
        self.write(a as usize);
        self.part_with(a);
        let takes = self.int(1);
        let sum = self.ask(Helper::Join, vec![left, text, takes]);
        if i.flags() & LAST_B != 0 {
            self.drop_last(b);
        }
        self.put_text(a, sum);
        true
    }

    /// `'…${…}…'` of texts and integers; false if it is left to the VM.
    pub(super) fn concat(&mut self, at: usize, i: Instruction) -> bool {
        let count = i.c() as usize;
        if count == 0 || count > MOST_PARTS || self.seen(at).failures > FEW {
            return false;
        }
        let parts = i.b()..i.b() + i.c();
        let mut is_known = true;
        for register in parts.clone().map(usize::from) {
            if let Some(value) = self.state.value(register) {
                if self.out.type_of(value) != Type::Int {
                    return false;
                }
            } else if self.state.is_null(register) {
                return false;
            } else {
                match self.state.object(register).map(|object| object.tag) {
                    Some(Tag::String) => {}
                    Some(_) => return false,
                    None => is_known = false,
                }
            }
        }
        for register in parts.clone() {
            self.write(register as usize);
        }
        let first = self.emit(Operation::AddressOf(i.b() as u32));
        let count = self.int(count as i64);
        if !is_known {
            let exit = self.exit_at(at, Reason::Guard);
            let fine = self.ask(Helper::AreParts, vec![first, count]);
            let zero = self.int(0);
            let fine = self.compare_ints(Condition::NotEqual, fine, zero);
            self.guard(fine, exit);
        }
        for register in parts.clone() {
            self.part_with(register);
        }
        let text = self.ask(Helper::Concat, vec![first, count]);
        for register in parts {
            self.state.set_window(register as usize);
        }
        self.put_text(i.a(), text);
        true
    }

    /// An integer as text, in a register that owns nothing.
    pub(super) fn text_of_int(&mut self, register: u16, number: Value) {
        let text = self.ask(Helper::TextOfInt, vec![number]);
        self.put_text(register, text);
    }

    /// `a = b[c]` of a text; false if it is left to the VM.
    pub(super) fn get_character(&mut self, at: usize, i: Instruction, index: Option<u16>) -> bool {
        let seen = self.seen(at);
        if !self.is_text(i.b(), seen.b) || seen.failures > FEW {
            return false;
        }
        let Some(index) = self.index(at, i, index) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(address) = self.object(i.b(), Tag::String, exit) else { return false };
        let length = self.load_int(address, Str::LENGTH_OFFSET);
        let characters = self.load_int(address, Str::CHARACTERS_OFFSET);
        // Where each character is a byte.
        let fine = self.compare_ints(Condition::Equal, length, characters);
        self.guard(fine, exit);
        let inside = self.compare_ints(Condition::Below, index, length);
        self.guard(inside, exit);
        let byte = self.emit(Operation::ByteOf { text: address, at: index });
        if i.flags() & LAST_B != 0 {
            self.drop_last(i.b());
        }
        self.set_character(i.a(), byte);
        true
    }

    fn load_int(&mut self, address: Value, offset: usize) -> Value {
        self.emit(Operation::Load { width: Width::Int, address, offset: offset as i32 })
    }

    /// A register becomes a text of one ASCII character, which is there as long as the process is.
    fn set_character(&mut self, register: u16, byte: Value) {
        let address = self.emit(Operation::Character(byte));
        self.state.set_borrowed(register as usize, Borrowed { tag: Tag::String, address, root: None });
    }

    /// `Next` over a text; false if it is left to the VM.
    pub(super) fn next_of_text(&mut self, at: usize, i: Instruction, next: usize, target: usize) -> bool {
        let seen = self.seen(at);
        let place_register = i.a() + 1;
        if !self.is_text(i.a(), seen.a) {
            return false;
        }
        let Some(number) = self.number(at, place_register, Tags::of(Tag::Int)) else { return false };
        let exit = self.exit_at(at, Reason::Guard);
        let Some(address) = self.object(i.a(), Tag::String, exit) else { return false };
        // Then other characters than those of ASCII were met.
        let asks = seen.failures > FEW;
        let (offset, further, is_inside);
        if asks {
            let to = self.emit(Operation::AddressOf(i.b() as u32));
            further = self.ask(Helper::NextCharacter, vec![address, number, to]);
            offset = None;
            let zero = self.int(0);
            is_inside = self.compare_ints(Condition::GreaterEqual, further, zero);
        } else {
            let mask = self.int(LOWER_HALF);
            let byte = self.emit(Operation::Wrapping { operator: IntOperator::And, left: number, right: mask });
            let length = self.load_int(address, Str::LENGTH_OFFSET);
            let step = self.int(FURTHER);
            further = self.emit(Operation::Wrapping { operator: IntOperator::Add, left: number, right: step });
            offset = Some(byte);
            is_inside = self.compare_ints(Condition::Below, byte, length);
        }
        let (there, here) = (self.out.block(), self.out.block());
        self.end(End::Branch { condition: is_inside, then: (here, Vec::new()), otherwise: (there, Vec::new()) });
        let before = (self.state.clone(), self.exit);
        self.go(there, target);
        if self.failed {
            return true;
        }
        self.block = here;
        (self.state, self.exit) = before;
        match offset {
            Some(offset) => {
                let byte = self.emit(Operation::ByteOf { text: address, at: offset });
                let end = self.int(128);
                let is_ascii = self.compare_ints(Condition::Below, byte, end);
                self.guard(is_ascii, exit);
                self.set_character(i.b(), byte);
            }
            None => self.state.set_window(i.b() as usize),
        }
        self.state.set(place_register as usize, further, false);
        self.jump(next);
        true
    }

    /// Drops register a if it was used for the last time.
    pub(super) fn drop_used_a(&mut self, i: Instruction) {
        if i.flags() & LAST_A != 0 {
            self.drop_last(i.a());
        }
    }
}
