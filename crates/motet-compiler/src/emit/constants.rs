//! A function's table of constants, each held once.
//!
//! Names, and constants that are operands of arithmetic, must lie among the first 65,536; a constant that is loaded into a
//! register may lie anywhere. So they are kept apart, and those that are only loaded come last.

use motet_code::Constant;
use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct Constants {
    near: Table,
    far: Table,
}

#[derive(Default)]
struct Table {
    constants: Vec<Constant>,
    known: HashMap<Key, u32>,
}

/// What makes two constants the same.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Int(i64),
    Float(u64),
    Imaginary(u64),
    Str(Box<str>),
    Symbol(Box<str>),
    Names(Box<[Box<str>]>),
    Extern(Box<str>),
    Function(u32),
}

impl Constants {
    /// A constant that an operand of 16 bits names; none if there are too many.
    pub fn near(&mut self, constant: Constant) -> Option<u16> {
        u16::try_from(self.near.add(constant)).ok()
    }

    /// A constant to be loaded. Its final index is known when the function is complete: see `Self::finish`.
    pub fn far(&mut self, constant: Constant) -> u32 {
        self.far.add(constant)
    }

    /// The whole table, and what is to be added to the index of those that are loaded.
    pub fn finish(self) -> (Vec<Constant>, u32) {
        let mut constants = self.near.constants;
        let offset = constants.len() as u32;
        constants.extend(self.far.constants);
        (constants, offset)
    }
}

impl Table {
    fn add(&mut self, constant: Constant) -> u32 {
        let key = match &constant {
            Constant::Int(value) => Key::Int(*value),
            Constant::Float(value) => Key::Float(value.to_bits()),
            Constant::Imaginary(value) => Key::Imaginary(value.to_bits()),
            Constant::Str(text) => Key::Str(text.clone()),
            Constant::Symbol(name) => Key::Symbol(name.clone()),
            Constant::Names(names) => Key::Names(names.clone()),
            Constant::Extern(name) => Key::Extern(name.clone()),
            Constant::Function(function) => Key::Function(function.id()),
            // Data is not compared: it may be large, and is rarely written twice.
            Constant::Datum(_) => return self.push(constant),
        };
        if let Some(index) = self.known.get(&key) {
            return *index;
        }
        let index = self.push(constant);
        self.known.insert(key, index);
        index
    }

    fn push(&mut self, constant: Constant) -> u32 {
        self.constants.push(constant);
        self.constants.len() as u32 - 1
    }
}
