//! What the translation knows of registers.

use crate::ir::{Function, Type, Value};
use motet_vm::memory::Tag;

/// What a register is at a place where paths meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The window has it, whatever it is.
    Window,
    /// A value has it, and if it is written, the window too.
    Number { of: Type, is_written: bool },
    /// It is null. The window may say something else, unless it is written.
    Null { is_written: bool },
}

impl Held {
    /// What is true of both.
    pub fn meet(self, other: Held) -> Held {
        match (self, other) {
            (Held::Number { of, is_written: left }, Held::Number { of: other, is_written: right }) if of == other => {
                Held::Number { of, is_written: left && right }
            }
            (Held::Null { is_written: left }, Held::Null { is_written: right }) => {
                Held::Null { is_written: left && right }
            }
            _ => Held::Window,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Register {
    Window,
    Number { value: Value, is_written: bool },
    Null { is_written: bool },
}

/// What is known of an object that a register of the window holds.
#[derive(Clone, Debug)]
pub struct Object {
    register: usize,
    pub tag: Tag,
    pub address: Value,
    /// It has this shape.
    pub shape: Option<u32>,
    /// It has at least so many slots inside.
    pub slots: u32,
    /// It is neither frozen nor read by a builtin.
    pub is_writable: bool,
    /// A list's first item and length.
    pub items: Option<(Value, Value)>,
}

/// What is known of all registers of a window, and of those behind it that functions use which became parts of the code.
/// Where a register is no matter of the window, the window owns nothing in it.
///
/// Registers are numbered from register 0 of the function that is translated, which is at [`State::offset`].
#[derive(Clone, Debug)]
pub struct State {
    registers: Vec<Register>,
    objects: Vec<Object>,
    /// Registers that hold natives, and their payloads.
    natives: Vec<(usize, u64)>,
    pub offset: usize,
}

impl State {
    /// The window has all of them.
    pub fn new(registers: usize) -> State {
        State { registers: vec![Register::Window; registers], objects: Vec::new(), natives: Vec::new(), offset: 0 }
    }

    /// How many registers there are, from the first one of all on.
    pub fn len(&self) -> usize {
        self.registers.len()
    }

    /// There are so many registers from the function's register 0 on.
    pub fn make_room(&mut self, registers: usize) {
        let length = self.registers.len().max(self.offset + registers);
        self.registers.resize(length, Register::Window);
    }

    fn place(&self, register: usize) -> Register {
        self.registers.get(self.offset + register).copied().unwrap_or(Register::Window)
    }

    fn place_mut(&mut self, register: usize) -> &mut Register {
        self.make_room(register + 1);
        &mut self.registers[self.offset + register]
    }

    /// What a register is, counted from the first one of all.
    pub fn held_at(&self, register: usize, function: &Function) -> Held {
        match self.registers.get(register).copied().unwrap_or(Register::Window) {
            Register::Window => Held::Window,
            Register::Number { value, is_written } => Held::Number { of: function.type_of(value), is_written },
            Register::Null { is_written } => Held::Null { is_written },
        }
    }

    /// The value that a register is, if one is it.
    pub fn value(&self, register: usize) -> Option<Value> {
        match self.place(register) {
            Register::Number { value, .. } => Some(value),
            _ => None,
        }
    }

    pub fn is_null(&self, register: usize) -> bool {
        matches!(self.place(register), Register::Null { .. })
    }

    pub fn is_window(&self, register: usize) -> bool {
        self.place(register) == Register::Window
    }

    /// What the window does not have: a value, or null.
    pub fn unwritten(&self, register: usize) -> Option<Option<Value>> {
        self.unwritten_at(self.offset + register)
    }

    /// The same of a register that is counted from the first one of all.
    pub fn unwritten_at(&self, register: usize) -> Option<Option<Value>> {
        match self.registers.get(register).copied().unwrap_or(Register::Window) {
            Register::Number { value, is_written: false } => Some(Some(value)),
            Register::Null { is_written: false } => Some(None),
            _ => None,
        }
    }

    pub fn set_written(&mut self, register: usize) {
        match self.place_mut(register) {
            Register::Number { is_written, .. } | Register::Null { is_written } => *is_written = true,
            Register::Window => {}
        }
    }

    /// What is known of the object in a register.
    pub fn object(&mut self, register: usize) -> Option<&mut Object> {
        let register = self.offset + register;
        self.objects.iter_mut().find(|object| object.register == register)
    }

    /// A register is known to hold an object.
    pub fn set_object(&mut self, register: usize, tag: Tag, address: Value) {
        self.forget_object(register);
        self.objects.push(Object { register, tag, address, shape: None, slots: 0, is_writable: false, items: None });
    }

    fn forget_object(&mut self, register: usize) {
        let register = self.offset + register;
        self.objects.retain(|object| object.register != register);
        self.natives.retain(|native| native.0 != register);
    }

    /// A register of the window is known to hold a native.
    pub fn set_native(&mut self, register: usize, payload: u64) {
        self.natives.push((self.offset + register, payload));
    }

    /// The native that a register is known to hold.
    pub fn native(&self, register: usize) -> Option<u64> {
        let register = self.offset + register;
        self.natives.iter().find(|native| native.0 == register).map(|native| native.1)
    }

    /// Something ran that may have changed any object. They are still where they were.
    pub fn forget_contents(&mut self) {
        for object in &mut self.objects {
            object.shape = None;
            object.slots = 0;
            object.is_writable = false;
            object.items = None;
        }
    }

    pub fn set(&mut self, register: usize, value: Value, is_written: bool) {
        self.forget_object(register);
        *self.place_mut(register) = Register::Number { value, is_written };
    }

    pub fn set_null(&mut self, register: usize, is_written: bool) {
        self.forget_object(register);
        *self.place_mut(register) = Register::Null { is_written };
    }

    /// All registers from one on are the window's: they are dead.
    pub fn forget_from(&mut self, register: usize) {
        let register = self.offset + register;
        self.registers.truncate(register);
        self.objects.retain(|object| object.register < register);
        self.natives.retain(|native| native.0 < register);
    }

    pub fn set_window(&mut self, register: usize) {
        self.forget_object(register);
        *self.place_mut(register) = Register::Window;
    }
}
