//! Writing instructions: types, constants, variables, buffers.

use crate::compiler::{Compiler, Variable};
use crate::program::width;
use crate::words::{Id, Op};
use motet_middle::Type;

const FUNCTION: u32 = 7;
const STORAGE_BUFFER: u32 = 12;

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
            // References are numbers.
            Type::I32 | Type::Function | Type::Foreign => self.unsigned(),
            Type::I64 => self.unsigned_64(),
            Type::F32 => self.float(),
            Type::F64 => self.float_64(),
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

    pub(crate) fn pointer(&mut self, storage: u32, of: Id) -> Id {
        self.words.type_of(Op::TypePointer, &[storage, of])
    }

    pub(crate) fn variable(&mut self, of: Id) -> Id {
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

    pub(crate) fn read(&mut self, of: Id, variable: Id) -> Id {
        self.words.take(Op::Load, of, &[variable])
    }

    pub(crate) fn read_word(&mut self, variable: Id) -> Id {
        let of = self.unsigned();
        self.read(of, variable)
    }

    pub(crate) fn write(&mut self, variable: Id, value: Id) {
        self.words.put(Op::Store, &[variable, value]);
    }

    pub(crate) fn equals(&mut self, variable: Id, value: u32) -> Id {
        let now = self.read_word(variable);
        let value = self.word(value);
        self.test(Op::IEqual, &[now, value])
    }

    /// Runs `inside` if the condition holds.
    pub(crate) fn when(&mut self, condition: Id, inside: impl FnOnce(&mut Self)) {
        let (then, merge) = (self.words.id(), self.words.id());
        self.words.put(Op::SelectionMerge, &[merge, 0]);
        self.words.put(Op::BranchConditional, &[condition, then, merge]);
        self.words.label(then);
        inside(self);
        self.words.put(Op::Branch, &[merge]);
        self.words.label(merge);
    }

    // --- Buffers. ---

    pub(crate) fn buffer(&mut self, binding: u32) -> Id {
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

    pub(crate) fn element(&mut self, buffer: Id, index: Id) -> Id {
        let unsigned = self.unsigned();
        let pointer = self.pointer(STORAGE_BUFFER, unsigned);
        let first = self.word(0);
        self.words.take(Op::AccessChain, pointer, &[buffer, first, index])
    }

    pub(crate) fn read_buffer(&mut self, buffer: Id, index: Id) -> Id {
        let element = self.element(buffer, index);
        self.read_word(element)
    }

    pub(crate) fn read_control(&mut self, index: usize) -> Id {
        let (buffer, index) = (self.control, self.word(index as u32));
        self.read_buffer(buffer, index)
    }

    /// A constant. Drivers compute with some floats what is wrong, unless they do not know them.
    pub(crate) fn constant(&mut self, of: Type, bits: u64) -> Id {
        match of {
            Type::I32 | Type::Function | Type::Foreign => self.word(bits as u32),
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
        }
    }

    // --- The state. ---

    /// A word of the lane's state.
    pub(crate) fn state_element(&mut self, word: u32) -> Id {
        let word = self.word(word);
        self.state_element_at(word)
    }

    pub(crate) fn state_element_at(&mut self, word: Id) -> Id {
        let unsigned = self.unsigned();
        let row = self.take(Op::IMul, unsigned, &[word, self.count]);
        let place = self.take(Op::IAdd, unsigned, &[row, self.lane]);
        self.element(self.state_buffer, place)
    }

    pub(crate) fn read_state(&mut self, word: u32) -> Id {
        let element = self.state_element(word);
        self.read_word(element)
    }

    pub(crate) fn load_global(&mut self, variable: Variable, word: u32) {
        let low = self.read_state(word);
        let high = (width(variable.of) == 2).then(|| self.read_state(word + 1));
        let value = self.joined(low, high, variable.of);
        self.write(variable.id, value);
    }

    pub(crate) fn store_global(&mut self, variable: Variable, word: u32) {
        let of = self.type_id(variable.of);
        let value = self.read(of, variable.id);
        for (word, part) in (word..).zip(self.parts(value, variable.of)) {
            let element = self.state_element(word);
            self.write(element, part);
        }
    }

    /// A value as its words.
    pub(crate) fn parts(&mut self, value: Id, of: Type) -> Vec<Id> {
        let (unsigned, long) = (self.unsigned(), self.unsigned_64());
        let whole = match of {
            Type::I32 | Type::Function | Type::Foreign => return vec![value],
            Type::F32 => return vec![self.take(Op::Bitcast, unsigned, &[value])],
            Type::F64 => self.take(Op::Bitcast, long, &[value]),
            Type::I64 => value,
        };
        let (low, high) = self.halves(whole);
        vec![low, high]
    }

    /// A value of its words.
    pub(crate) fn joined(&mut self, low: Id, high: Option<Id>, of: Type) -> Id {
        let type_id = self.type_id(of);
        let bits = match high {
            Some(high) => self.join(low, high),
            None => low,
        };
        if matches!(of, Type::F32 | Type::F64) { self.take(Op::Bitcast, type_id, &[bits]) } else { bits }
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
}
