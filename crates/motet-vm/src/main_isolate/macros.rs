//! Running macros while a program is compiled.
//!
//! A macro is code of the program's author, and compiling a program must be harmless whatever its author wants. So macros
//! run on a machine of their own: sandboxed, without the embedder's globals and functions, and under the limits that the
//! settings have for them (`Settings::macros`), which all macros that one [`Macros`] runs share.

use super::MainIsolate;
use crate::error::{Error, ErrorKind};
use crate::execution::ExecutionContext;
use crate::interpreter::CallShape;
use crate::isolate::datum_value;
use crate::limits::{Permissions, Role};
use crate::memory::{FieldName, Symbol, Tag, Value, freeing_apart};
use crate::settings::Settings;
use crate::threads::Machine;
use motet_code::{Datum, DatumEntry, Function};
use std::sync::Arc;

/// Runs the macros of one program and of the modules that it imports.
#[derive(Default)]
pub struct Macros {
    /// Made when the first macro is used: most programs use none.
    isolate: Option<MainIsolate>,
    /// Parts of program that macros have made so far.
    parts: usize,
}

/// Programs that macros make are nested less deeply than this.
const MAX_DATUM_DEPTH: usize = 256;
/// Parts that all macros of a program make together. What is shared in a value is written out in a program, so a small
/// value can stand for a program that fills the memory.
const MAX_PARTS: usize = 1_000_000;

impl Macros {
    pub fn new() -> Macros {
        Macros::default()
    }

    /// Calls a macro of a program that is compiled for `home` with pieces of program, and gives the piece that it returns.
    pub fn call(
        &mut self,
        home: &MainIsolate,
        function: &Arc<Function>,
        arguments: &[Datum],
        named: &[DatumEntry],
    ) -> Result<Datum, String> {
        let isolate = self.isolate.get_or_insert_with(|| isolate_for_macros(home));
        let parts = &mut self.parts;
        freeing_apart(|| {
            // While a macro runs, values print in the notation of the file that defines it.
            isolate.isolate.set_gene(function.source.gene);
            let result = isolate.run_macro(function, arguments, named);
            let value = result.map_err(|error| isolate.macro_failure(error))?;
            Writer { parts }.datum(&value, 0)
        })
    }
}

/// The main isolate of a program that may do nothing but compute and print.
fn isolate_for_macros(home: &MainIsolate) -> MainIsolate {
    let settings = Settings {
        limits: home.isolate.settings.macros.clone(),
        permissions: Permissions::NONE,
        grants: Arc::default(),
        progress: None,
        trace: None,
        profile: None,
        ..(*home.isolate.settings).clone()
    };
    let machine = Machine::new(home.isolate.builtins.clone(), Box::new(home.isolate.output.clone()), None);
    machine.set_reporter(home.isolate.thread().program().machine.reporter());
    let context = ExecutionContext { role: Role::Macros, ..ExecutionContext::default() };
    MainIsolate::of(&machine, Arc::new(settings), context)
}

impl MainIsolate {
    /// Calls a macro and runs all that it starts to its end.
    fn run_macro(
        &mut self,
        function: &Arc<Function>,
        arguments: &[Datum],
        named: &[DatumEntry],
    ) -> crate::error::Result<Value> {
        let closure = self.isolate.heap.closure(Arc::clone(function), []);
        let positional: Vec<Value> = arguments.iter().map(|argument| datum_value(&self.isolate, argument)).collect();
        let named =
            named.iter().map(|entry| (Symbol::intern(&entry.name).into(), datum_value(&self.isolate, &entry.value)));
        let (names, values): (Vec<FieldName>, Vec<Value>) = named.unzip();
        let arguments = positional.into_iter().chain(values).collect();
        match self.isolate.scheduler().call(closure, CallShape { arguments, names }) {
            Ok(value) => self.isolate.scheduler().finish_program().map(|()| value),
            Err(error) => {
                self.isolate.scheduler().end_program();
                Err(error)
            }
        }
    }

    fn macro_failure(&mut self, error: Error) -> String {
        let uncaught = self.isolate.uncaught(error);
        match &uncaught.hint {
            Some(hint) if *uncaught.kind == *ErrorKind::LimitError.name() => format!("{uncaught}; {hint}"),
            _ => uncaught.to_string(),
        }
    }
}

/// Turns values into pieces of program.
struct Writer<'a> {
    parts: &'a mut usize,
}

impl Writer<'_> {
    fn datum(&mut self, value: &Value, depth: usize) -> Result<Datum, String> {
        if depth > MAX_DATUM_DEPTH {
            return Err(format!("a macro gave a form nested more than {MAX_DATUM_DEPTH} deep"));
        }
        // A text counts by its length, so that a thousand times the same long one is many parts.
        *self.parts += 1 + value.as_str().or_else(|| value.symbol_text()).map_or(0, |text| text.len() / 32);
        if *self.parts > MAX_PARTS {
            return Err(format!("the macros of this program make more than {MAX_PARTS} parts"));
        }
        Ok(match value.tag() {
            Tag::Null => Datum::Null,
            Tag::False | Tag::True => Datum::Bool(value.is_truthy()),
            Tag::Int => Datum::Int(value.payload() as i64),
            Tag::Float => Datum::Float(f64::from_bits(value.payload())),
            Tag::Symbol | Tag::MadeSymbol => Datum::Symbol(value.symbol_text().expect("the tag says so").into()),
            Tag::String => Datum::Str(value.as_str().expect("the tag says so").into()),
            Tag::Complex => {
                let complex = value.as_complex().expect("the tag says so");
                if complex.re != 0.0 {
                    return Err("a macro gave a complex number that no literal writes".into());
                }
                Datum::Imaginary(complex.im)
            }
            Tag::List => Datum::List(self.list(value, depth + 1)?),
            Tag::Record => Datum::Record(self.record(value, depth + 1)?),
            Tag::Node => {
                let node = value.as_node().expect("the tag says so");
                Datum::Node {
                    head: Box::new(self.datum(&node.head, depth + 1)?),
                    props: self.record(&node.props, depth + 1)?,
                    children: self.list(&node.children, depth + 1)?,
                }
            }
            _ => return Err(format!("a macro gave a value that is no program: {}", crate::builtins::type_name(value))),
        })
    }

    fn list(&mut self, list: &Value, depth: usize) -> Result<Vec<Datum>, String> {
        let items = list.as_list().expect("a list, or a node's children, which are one").items();
        let mut data = Vec::new();
        for item in items.iter() {
            data.push(self.datum(item, depth)?);
        }
        Ok(data)
    }

    /// The fields of a record; null has none.
    fn record(&mut self, value: &Value, depth: usize) -> Result<Vec<DatumEntry>, String> {
        let mut entries = Vec::new();
        let mut failure = None;
        if let Some(fields) = value.as_record() {
            fields.for_each(|name, value| {
                if failure.is_none() {
                    match self.datum(value, depth) {
                        Ok(value) => entries.push(DatumEntry { name: name.as_str().into(), value }),
                        Err(error) => failure = Some(error),
                    }
                }
            });
        }
        failure.map_or(Ok(entries), Err)
    }
}
