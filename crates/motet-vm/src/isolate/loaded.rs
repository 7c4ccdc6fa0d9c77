//! A function's code as one isolate runs it: a copy of the instructions whose cache words the interpreter fills, and the
//! constants as values.

use super::Isolate;
use super::heat::{self, Heat};
use crate::error::Result;
use crate::jit::{Entry, FixedStatic};
use crate::memory::{FieldName, ShapeId, Symbol, Value, transition};
use motet_code::{Constant, Datum, DatumEntry, Function};
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// Marks functions whose calls need the general path: defaults, rest or named parameters, generators, async functions.
pub const NOT_SIMPLE: u32 = u32::MAX;

/// See the module.
#[repr(C)]
pub struct Loaded {
    pub code: *mut u64,
    pub constants: *const Value,
    pub registers: usize,
    /// Number of arguments that a plain call must bring, or [`NOT_SIMPLE`].
    pub simple_arity: u32,
    /// Where calls begin: at `code`, or at the word in front of it, which counts them.
    pub start: Cell<*mut u64>,
    /// The machine code that calls of machine code go to; what leaves it at once, if there is none.
    pub entry: Cell<Entry>,
    /// Handles of functions that the code is linked to.
    pub links: Cell<*const *const Loaded>,
    /// Statics of classes that instructions have read, by words; null if none has.
    pub statics: Cell<*const Cell<FixedStatic>>,
    /// Calls by the interpreter enter it.
    pub has_code: Cell<bool>,
    /// And builtins enter it that call functions: see `jit::Leaf`.
    pub is_leaf: Cell<bool>,
    /// How often they did, lately.
    pub entered: Cell<u32>,
    pub function: Arc<Function>,
    /// Owns what `code` points to: behind its first word.
    code_words: Box<[u64]>,
    /// Owns what `constants` points to.
    constant_values: Box<[Value]>,
    /// Lists of names among the constants, all of them symbols; by constant index.
    names: Box<[Box<[FieldName]>]>,
    /// Shapes of records with those names, once known; by constant index.
    shapes: Box<[Cell<ShapeId>]>,
    /// Its calls are counted at first.
    pub(super) counts_calls: bool,
    /// What is known of its loops, if the program may have machine code.
    pub(super) heat: Option<RefCell<Heat>>,
}

impl Loaded {
    /// Index of the instruction that ends just before `pc`.
    pub fn instruction_before(&self, pc: *const u64) -> usize {
        // Before the first one, too, when the function begins.
        let words = (pc as isize - self.code as isize) / size_of::<u64>() as isize;
        (words - 1).max(0) as usize
    }

    /// Index of the instruction at `pc`.
    pub fn instruction_at(&self, pc: *const u64) -> usize {
        (pc as usize - self.code as usize) / size_of::<u64>()
    }

    /// Pointer to an instruction.
    pub fn at(&self, instruction: usize) -> *mut u64 {
        debug_assert!(instruction < self.words().len());
        self.code.wrapping_add(instruction)
    }

    /// The code as it is now, with its caches.
    pub fn words(&self) -> &[u64] {
        &self.code_words[1..]
    }

    /// All of them.
    pub fn constants(&self) -> &[Value] {
        &self.constant_values
    }

    pub fn constant(&self, index: usize) -> &Value {
        &self.constant_values[index]
    }

    /// A name operand.
    pub fn name(&self, index: u16) -> Symbol {
        self.constant_values[index as usize].as_symbol().expect("verified: a name")
    }

    /// The shape of records with the names of a `Names` operand; none if such records have no shape: too many fields, or a
    /// name twice.
    pub fn shape(&self, index: usize) -> Option<ShapeId> {
        let known = self.shapes[index].get();
        if known != ShapeId::NONE {
            return Some(known);
        }
        let mut shape = ShapeId::EMPTY;
        for name in self.names(index) {
            shape = transition(shape, name.as_symbol()?);
            if shape.is_dictionary() {
                return None;
            }
        }
        if shape.slot_count() != self.names(index).len() {
            return None;
        }
        self.shapes[index].set(shape);
        Some(shape)
    }

    /// A `Names` operand.
    pub fn names(&self, index: usize) -> &[FieldName] {
        &self.names[index]
    }
}

/// Loads a function: verified code becomes runnable in this isolate.
pub fn load(isolate: &mut Isolate, function: &Arc<Function>) -> Result<Box<Loaded>> {
    let mut constants = Vec::with_capacity(function.constants.len());
    let mut names = vec![Box::default(); function.constants.len()];
    for (index, constant) in function.constants.iter().enumerate() {
        if let Constant::Names(list) = constant {
            names[index] = list.iter().map(|name| Symbol::intern(name).into()).collect();
        }
        constants.push(constant_value(isolate, constant)?);
    }
    let mut code_words: Box<[u64]> = std::iter::once(heat::COUNTING).chain(function.code.iter().copied()).collect();
    let may_compile = isolate.settings.jit.is_some() && isolate.settings.specialise;
    let heat = if may_compile { heat::mark(function, &mut code_words[1..]) } else { None };
    let constant_values = constants.into_boxed_slice();
    let simple = function.parameters.is_simple() && !function.flags.generator && !function.flags.asynchronous;
    // A generator's body and an async function begin once each, in a coroutine of their own.
    let counts_calls = heat.is_some() && !function.flags.generator && !function.flags.asynchronous;
    let first = code_words.as_mut_ptr();
    let code = first.wrapping_add(1);
    Ok(Box::new(Loaded {
        code,
        start: Cell::new(if counts_calls { first } else { code }),
        entry: Cell::new(crate::jit::NO_CODE),
        links: Cell::new(std::ptr::null()),
        statics: Cell::new(std::ptr::null()),
        has_code: Cell::new(false),
        is_leaf: Cell::new(false),
        entered: Cell::new(0),
        constants: constant_values.as_ptr(),
        registers: function.registers as usize,
        simple_arity: if simple { function.parameters.names.len() as u32 } else { NOT_SIMPLE },
        function: Arc::clone(function),
        code_words,
        constant_values,
        shapes: names.iter().map(|_| Cell::new(ShapeId::NONE)).collect(),
        names: names.into_boxed_slice(),
        counts_calls,
        heat,
    }))
}

fn constant_value(isolate: &mut Isolate, constant: &Constant) -> Result<Value> {
    Ok(match constant {
        Constant::Int(number) => Value::int(*number),
        Constant::Float(number) => Value::float(*number),
        Constant::Imaginary(number) => isolate.heap.complex(0.0, *number),
        Constant::Str(text) => isolate.heap.string(text),
        Constant::Symbol(name) => Value::symbol(Symbol::intern(name)),
        Constant::Names(_) => Value::NULL,
        Constant::Extern(name) => isolate.helper(name)?,
        Constant::Function(inner) => isolate.heap.closure(Arc::clone(inner), []),
        Constant::Datum(datum) => datum_value(isolate, datum),
    })
}

/// Quoted data as a value. Readers bound its depth.
pub(crate) fn datum_value(isolate: &Isolate, datum: &Datum) -> Value {
    let heap = &isolate.heap;
    let record = |entries: &[DatumEntry]| {
        let value = heap.record(entries.len());
        let fields = value.as_record().expect("just made");
        for entry in entries {
            let set = fields.set(Symbol::intern(&entry.name), datum_value(isolate, &entry.value), heap);
            set.expect("a new record is not frozen");
        }
        value
    };
    let list = |items: &[Datum]| heap.list(items.iter().map(|item| datum_value(isolate, item)).collect());
    match datum {
        Datum::Null => Value::NULL,
        Datum::Bool(value) => Value::bool(*value),
        Datum::Int(number) => Value::int(*number),
        Datum::Float(number) => Value::float(*number),
        Datum::Imaginary(number) => heap.complex(0.0, *number),
        Datum::Str(text) => heap.string(text),
        Datum::Symbol(name) => Value::symbol(Symbol::intern(name)),
        Datum::List(items) => list(items),
        Datum::Record(entries) => record(entries),
        Datum::Node { head, props, children } => {
            let props = if props.is_empty() { Value::NULL } else { record(props) };
            heap.node(datum_value(isolate, head), props, list(children))
        }
    }
}
