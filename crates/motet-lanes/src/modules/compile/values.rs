//! The stack of a function while it is compiled: where its values are, and the instructions that move them.

use super::{Compiler, NEAR_REGISTERS, SPARE, SPARE_CALL, SPARE_CALL_ROOM, Value};
use crate::modules::instructions::{Opcode, encode};

impl Compiler<'_> {
    pub(super) fn home(&mut self, height: usize) -> u32 {
        let home = self.locals + height as u32;
        self.highest = self.highest.max(home + 1);
        home
    }

    pub(super) fn is_far(&self, value: u32) -> bool {
        self.is_big && value >= NEAR_REGISTERS
    }

    pub(super) fn spare(&mut self) -> u8 {
        let spare = SPARE + self.spares % 4;
        self.spares += 1;
        spare as u8
    }

    /// The register that holds a value, after bringing it there if it is far.
    pub(super) fn read(&mut self, value: u32) -> u8 {
        if !self.is_far(value) {
            return value as u8;
        }
        let spare = self.spare();
        self.emit(Opcode::FarGet, spare, 0, 0, value - NEAR_REGISTERS);
        spare
    }

    /// Lets `write` write a value, and takes it where it belongs if that is far.
    pub(super) fn write(&mut self, value: u32, write: impl FnOnce(&mut Self, u8)) {
        if !self.is_far(value) {
            write(self, value as u8);
            return;
        }
        let spare = self.spare();
        write(self, spare);
        self.emit(Opcode::FarSet, 0, spare, 0, value - NEAR_REGISTERS);
    }

    pub(super) fn emit(&mut self, opcode: Opcode, destination: u8, first: u8, second: u8, immediate: u32) {
        self.last_home = None;
        self.code.push(encode(opcode, destination, first, second, immediate));
    }

    pub(super) fn jump(&mut self, opcode: Opcode, condition: u8) -> usize {
        self.emit(opcode, 0, condition, 0, 0);
        self.code.len() - 1
    }

    pub(super) fn patch(&mut self, jump: usize) {
        self.code[jump][1] = self.code.len() as u32;
        self.last_home = None;
    }

    // --- Values. ---

    pub(super) fn push(&mut self, value: Value) {
        let height = self.stack.len();
        self.home(height);
        self.stack.push(value);
    }

    pub(super) fn pop(&mut self) -> (Value, usize) {
        let value = self.stack.pop().expect("validation counted the operands");
        (value, self.stack.len())
    }

    pub(super) fn constant_to(&mut self, value: u32, bits: u64) {
        let (low, high) = (bits as u32, (bits >> 32) as u32);
        self.write(value, |this, register| {
            if high == 0 {
                this.emit(Opcode::Constant, register, 0, 0, low);
            } else if low == 0 {
                this.emit(Opcode::ConstantHigh, register, 0, 0, high);
            } else {
                this.emit(Opcode::Constant, register, 0, 0, low);
                this.emit(Opcode::OrHigh, register, register, 0, high);
            }
        });
    }

    pub(super) fn move_to(&mut self, goal: u32, value: Value, height: usize) {
        match value {
            Value::Constant(bits) => self.constant_to(goal, bits),
            Value::Home | Value::Local(_) => {
                let from = self.source(value, height);
                if from != goal {
                    let register = self.read(from);
                    self.write(goal, |this, goal| this.emit(Opcode::Move, goal, register, 0, 0));
                }
            }
        }
    }

    /// The local or home that holds a value which is not a constant.
    pub(super) fn source(&mut self, value: Value, height: usize) -> u32 {
        match value {
            Value::Local(local) => local,
            Value::Home | Value::Constant(_) => self.home(height),
        }
    }

    /// The register that holds a popped value; a constant goes home first.
    pub(super) fn operand(&mut self, value: Value, height: usize) -> u8 {
        if let Value::Constant(bits) = value {
            let home = self.home(height);
            if self.is_far(home) {
                let spare = self.spare();
                self.move_to_spare(u32::from(spare), value, height);
                return spare;
            }
            self.constant_to(home, bits);
            return home as u8;
        }
        let source = self.source(value, height);
        self.read(source)
    }

    /// Brings the value at this height home.
    pub(super) fn settle(&mut self, height: usize) {
        let value = self.stack[height];
        if value != Value::Home {
            let home = self.home(height);
            self.spares = 0;
            self.move_to(home, value, height);
            self.stack[height] = Value::Home;
        }
    }

    pub(super) fn settle_from(&mut self, height: usize) {
        for height in height..self.stack.len() {
            self.settle(height);
        }
    }

    /// Copies of a local go home before it changes.
    pub(super) fn settle_copies(&mut self, local: u32) -> bool {
        let copies: Vec<usize> =
            (0..self.stack.len()).filter(|&height| self.stack[height] == Value::Local(local)).collect();
        for &height in &copies {
            self.settle(height);
        }
        !copies.is_empty()
    }

    /// Writes the result of an instruction to the home on top of the stack.
    pub(super) fn result(&mut self, opcode: Opcode, first: u8, second: u8, immediate: u32) {
        let height = self.stack.len();
        let home = self.home(height);
        self.write(home, |this, register| this.emit(opcode, register, first, second, immediate));
        self.stack.push(Value::Home);
        if !self.is_far(home) {
            self.last_home = Some((self.code.len() - 1, home));
        }
    }

    pub(super) fn set_local(&mut self, local: u32, keeps: bool) {
        let last_home = self.last_home;
        let (value, height) = self.pop();
        let home = self.home(height);
        let had_copies = self.settle_copies(local);
        match last_home {
            // The instruction writes the local instead of the home.
            Some((index, written)) if value == Value::Home && written == home && !had_copies && !self.is_far(local) => {
                let [mut fields, immediate] = self.code[index];
                fields = fields & !0xFF00 | local << 8;
                self.code[index] = [fields, immediate];
                self.last_home = None;
            }
            _ => {
                self.spares = 0;
                if value != Value::Local(local) {
                    self.move_to(local, value, height);
                }
            }
        }
        if keeps {
            self.push(Value::Local(local));
        }
    }

    /// Takes `taken` values that stand in consecutive registers, lets `emit` use them, and leaves `given` results there.
    pub(super) fn consecutive(&mut self, taken: usize, given: usize, used: usize, emit: impl FnOnce(&mut Self, u8)) {
        let from = self.stack.len() - taken;
        let room = taken.max(given).max(used);
        for height in from..from + room {
            self.home(height);
        }
        let first = self.home(from);
        if self.is_far(first + room.max(1) as u32 - 1) {
            self.calls_too_wide |= room > SPARE_CALL_ROOM;
            let (taken, given) = (taken.min(SPARE_CALL_ROOM), given.min(SPARE_CALL_ROOM));
            for number in 0..taken {
                self.spares = 0;
                let goal = SPARE_CALL + number as u32;
                let (value, height) = (self.stack[from + number], from + number);
                self.move_to_spare(goal, value, height);
            }
            self.spares = 0;
            emit(self, SPARE_CALL as u8);
            for number in 0..given {
                let goal = self.home(from + number);
                let register = (SPARE_CALL + number as u32) as u8;
                self.write(goal, |this, goal| this.emit(Opcode::Move, goal, register, 0, 0));
            }
        } else {
            self.settle_from(from);
            emit(self, first as u8);
        }
        self.stack.truncate(from);
        for _ in 0..given {
            self.push(Value::Home);
        }
        self.last_home = None;
    }

    /// Brings a value to a spare register, which no far value shadows.
    pub(super) fn move_to_spare(&mut self, goal: u32, value: Value, height: usize) {
        match value {
            Value::Constant(bits) => {
                let (low, high) = (bits as u32, (bits >> 32) as u32);
                self.emit(Opcode::Constant, goal as u8, 0, 0, low);
                if high != 0 {
                    self.emit(Opcode::OrHigh, goal as u8, goal as u8, 0, high);
                }
            }
            Value::Home | Value::Local(_) => {
                let source = self.source(value, height);
                let register = self.read(source);
                self.emit(Opcode::Move, goal as u8, register, 0, 0);
            }
        }
    }
}
