//! A function's table of constants, each held once.

use motet_code::Constant;
use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct Constants {
    pub table: Vec<Constant>,
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
    pub fn add(&mut self, constant: Constant) -> u32 {
        let key = match &constant {
            Constant::Int(value) => Key::Int(*value),
            Constant::Float(value) => Key::Float(value.to_bits()),
            Constant::Imaginary(value) => Key::Imaginary(value.to_bits()),
            Constant::Str(text) => Key::Str(text.clone()),
            Constant::Symbol(name) => Key::Symbol(name.clone()),
            Constant::Names(names) => Key::Names(names.clone()),
            Constant::Extern(name) => Key::Extern(name.clone()),
            Constant::Function(function) => Key::Function(function.id),
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
        self.table.push(constant);
        self.table.len() as u32 - 1
    }
}
