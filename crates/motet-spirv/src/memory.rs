//! Loads and stores.

use crate::compiler::{Compiler, MemoryAt};
use crate::kernel::MemoryLayout;
use crate::words::{Id, Op};
use motet_middle::{Load, Store, Trap, Type};

impl Compiler<'_> {
    // --- Memory. ---

    /// The memory of the function that is compiled.
    pub(crate) fn own_memory(&self) -> MemoryAt {
        self.memories[self.program.parts[self.part].memories[0] as usize]
    }

    /// Checks a range of a copy or a fill.
    pub(crate) fn check_range(&mut self, start: Id, count: Id) {
        let long = self.unsigned_64();
        let (start, count) = (self.take(Op::UConvert, long, &[start]), self.take(Op::UConvert, long, &[count]));
        let end = self.take(Op::IAdd, long, &[start, count]);
        let pages = self.own_memory().pages;
        let pages = self.take(Op::UConvert, long, &[pages]);
        let bits = self.word(16);
        let size = self.take(Op::ShiftLeftLogical, long, &[pages, bits]);
        let outside = self.test(Op::UGreaterThan, &[end, size]);
        self.trap_if(outside, Trap::MemoryBounds);
    }

    /// Checks an access, and gives the place of its first word, the bits before it there, and whether it is allowed.
    pub(crate) fn place(&mut self, address: Id, offset: u64, bytes: u8) -> (Id, Id, Id) {
        let (unsigned, boolean) = (self.unsigned(), self.boolean());
        let none = self.word(0);
        let reach = offset + u64::from(bytes);
        let memory = self.own_memory();
        let allowed = match memory.fixed {
            Some(size) => match size.checked_sub(reach) {
                Some(most) => {
                    let most = self.word(u32::try_from(most).unwrap_or(u32::MAX));
                    self.test(Op::ULessThanEqual, &[address, most])
                }
                None => self.words.declare(Op::ConstantFalse, boolean, &[]),
            },
            None => match u32::try_from(reach) {
                Ok(reach) => {
                    // No buffer has room for 4 GiB, so that the bytes fit into a word.
                    let (bits, reach) = (self.word(16), self.word(reach));
                    let bytes = self.take(Op::ShiftLeftLogical, unsigned, &[memory.pages, bits]);
                    let reaches = self.test(Op::UGreaterThanEqual, &[bytes, reach]);
                    let most = self.take(Op::ISub, unsigned, &[bytes, reach]);
                    let below = self.test(Op::ULessThanEqual, &[address, most]);
                    self.test(Op::LogicalAnd, &[reaches, below])
                }
                Err(_) => self.words.declare(Op::ConstantFalse, boolean, &[]),
            },
        };
        let outside = self.test(Op::LogicalNot, &[allowed]);
        self.trap_if(outside, Trap::MemoryBounds);
        let offset = self.word(offset as u32);
        let place = self.take(Op::IAdd, unsigned, &[address, offset]);
        let place = self.select(unsigned, allowed, place, none);
        let (two, three) = (self.word(2), self.word(3));
        let word = self.take(Op::ShiftRightLogical, unsigned, &[place, two]);
        let word = match self.memory_layout {
            MemoryLayout::Linear => word,
            MemoryLayout::Interleaved => self.take(Op::IMul, unsigned, &[word, self.count]),
        };
        let word = self.take(Op::IAdd, unsigned, &[memory.base, word]);
        let part = self.take(Op::BitwiseAnd, unsigned, &[place, three]);
        let bits = self.take(Op::ShiftLeftLogical, unsigned, &[part, three]);
        (word, bits, allowed)
    }

    /// The place of the word behind another one in the same memory.
    fn next_word(&mut self, word: Id) -> Id {
        let unsigned = self.unsigned();
        let step = match self.memory_layout {
            MemoryLayout::Linear => self.word(1),
            MemoryLayout::Interleaved => self.count,
        };
        self.take(Op::IAdd, unsigned, &[word, step])
    }

    /// Reads the word that is `number` words on.
    fn word_after(&mut self, word: Id, number: u32) -> Id {
        let place = (0..number).fold(word, |word, _| self.next_word(word));
        self.read_buffer(self.memory, place)
    }

    /// A word of the value that begins `bits` bits into the word before `high`.
    pub(crate) fn shifted(&mut self, low: Id, high: Id, bits: Id) -> Id {
        let unsigned = self.unsigned();
        let (one, most) = (self.word(1), self.word(31));
        let low = self.take(Op::ShiftRightLogical, unsigned, &[low, bits]);
        let rest = self.take(Op::ISub, unsigned, &[most, bits]);
        // Two shifts, so that none is by 32.
        let high = self.take(Op::ShiftLeftLogical, unsigned, &[high, one]);
        let high = self.take(Op::ShiftLeftLogical, unsigned, &[high, rest]);
        self.take(Op::BitwiseOr, unsigned, &[low, high])
    }

    pub(crate) fn load(&mut self, load: Load, offset: u64) {
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
    pub(crate) fn extended(&mut self, value: Id, load: Load) -> Id {
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

    pub(crate) fn store(&mut self, store: Store, offset: u64) {
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
                let next = this.next_word(word);
                this.store_word(next, bits, high, 4);
            }
        });
    }

    /// Writes the low bytes of a value from `bits` bits into a word on.
    pub(crate) fn store_word(&mut self, word: Id, bits: Id, value: Id, bytes: u8) {
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
                let last = this.word(32);
                let rest = this.take(Op::ISub, unsigned, &[last, bits]);
                let mask = this.take(Op::ShiftRightLogical, unsigned, &[covered, rest]);
                let high = this.take(Op::ShiftRightLogical, unsigned, &[value, rest]);
                let next = this.next_word(word);
                this.merge_word(next, mask, high);
            });
        }
    }

    pub(crate) fn merge_word(&mut self, word: Id, mask: Id, value: Id) {
        let unsigned = self.unsigned();
        let element = self.element(self.memory, word);
        let before = self.read_word(element);
        let kept = self.take(Op::Not, unsigned, &[mask]);
        let kept = self.take(Op::BitwiseAnd, unsigned, &[before, kept]);
        let after = self.take(Op::BitwiseOr, unsigned, &[kept, value]);
        self.write(element, after);
    }
}
