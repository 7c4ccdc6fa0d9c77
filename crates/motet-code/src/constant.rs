//! Constants of a function.

use crate::function::Function;
use std::sync::Arc;

/// A constant; the VM turns each into a value once per isolate, when the function is first called there.
#[derive(Clone, Debug)]
pub enum Constant {
    Int(i64),
    Float(f64),
    Imaginary(f64),
    Str(Box<str>),
    /// A name as a value (.gene's `` `name ``), and what operands of kind `Name` point at.
    Symbol(Box<str>),
    /// The keys of a record literal, or the names of keyword arguments.
    Names(Box<[Box<str>]>),
    /// A builtin, or a global of the embedder, found by name when the code is loaded. The compiler checked that it exists.
    /// Names that begin with `%` are helpers that no program can name.
    Extern(Box<str>),
    /// A function that captures nothing.
    Function(Arc<Function>),
    /// Quoted data without unquoted parts.
    Datum(Box<Datum>),
}

/// Quoted data.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Imaginary(f64),
    Str(Box<str>),
    Symbol(Box<str>),
    List(Vec<Datum>),
    Record(Vec<DatumEntry>),
    Node { head: Box<Datum>, props: Vec<DatumEntry>, children: Vec<Datum> },
}

/// A named part of quoted data.
#[derive(Clone, Debug, PartialEq)]
pub struct DatumEntry {
    pub name: Box<str>,
    pub value: Datum,
}
