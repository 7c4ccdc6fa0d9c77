//! What the command and embedders do with an isolate beside running modules.

use super::loaded::datum_value;
use super::{Isolate, Uncaught};
use crate::error::ErrorKind;
use crate::memory::{Frozen, PrintOptions, Symbol, Tag, Value, copy, freeze, print_value};
use crate::threads::Reporter;
use motet_code::{Datum, DatumEntry, Function};
use std::sync::Arc;

/// The names that programs may use without defining them.
pub struct GlobalNames {
    builtins: Arc<crate::builtins::Builtins>,
    globals: Vec<Box<str>>,
}

impl GlobalNames {
    pub(crate) fn new(builtins: Arc<crate::builtins::Builtins>, globals: Vec<Box<str>>) -> GlobalNames {
        GlobalNames { builtins, globals }
    }

    pub fn is_known(&self, name: &str) -> bool {
        self.globals.iter().any(|global| **global == *name) || self.builtins.is_extern(name)
    }

    pub fn all(&self) -> Vec<Box<str>> {
        self.globals.iter().cloned().chain(self.builtins.names().map(Into::into)).collect()
    }

    /// What the names of builtins mean.
    pub fn builtins(&self) -> &Arc<crate::builtins::Builtins> {
        &self.builtins
    }

    /// What a name from another language is called here, for hints.
    pub fn familiar(&self, name: &str) -> Option<&'static str> {
        self.builtins.familiar(name)
    }

    /// See [`Builtins::pure`](crate::builtins::Builtins::pure); an embedder's global may have any effect.
    pub fn pure(&self, name: &str) -> Option<&'static str> {
        let is_builtin = !self.globals.iter().any(|global| **global == *name);
        is_builtin.then(|| self.builtins.pure(name)).flatten()
    }
}

impl Isolate {
    /// The names that programs may use without defining them.
    pub fn global_names(&self) -> GlobalNames {
        let shared = self.here().program().machine.global_names();
        let globals = self.globals.keys().cloned().chain(shared).collect();
        GlobalNames { builtins: Arc::clone(&self.builtins), globals }
    }

    /// Defines a global of the embedder. Code that is loaded later sees it. Threads that the program starts see an
    /// immutable copy; one that cannot be made immutable is not known to them.
    pub fn set_global(&mut self, name: &str, value: Value) {
        let shared = copy(&value, &self.heap);
        if freeze(&shared, &self.heap).is_ok()
            && let Some(frozen) = Frozen::new(&shared)
        {
            self.here().program().machine.set_global(name, frozen);
        }
        self.globals.insert(name.into(), value);
    }

    /// It is the error of a deadlock that was reported when it was found.
    pub fn was_reported(&self, error: &Uncaught) -> bool {
        *error.kind == *ErrorKind::Deadlock.name() && self.here().program().deadlocks() > 0
    }

    /// Sets what shows the errors of threads, of tasks that nobody awaits and of message callbacks.
    pub fn set_reporter(&mut self, reporter: Reporter) {
        self.here().program().machine.set_reporter(reporter);
    }

    /// How many errors were reported so.
    pub fn reported_errors(&self) -> usize {
        self.here().program().failures()
    }

    /// The command line's arguments, as the list `args`.
    pub fn set_arguments(&mut self, arguments: &[String]) {
        let items = arguments.iter().map(|argument| self.heap.string(argument)).collect();
        let list = self.heap.list(items);
        self.set_global("args", list);
    }

    /// Prints a value on a line of its own, strings in quotes.
    pub fn show(&mut self, value: &Value) {
        let text = print_value(value, &PrintOptions { quote: true, ..self.print_options() });
        // The output reports what went wrong when it is flushed.
        let _ = writeln!(self.output(), "{text}");
    }

    /// Calls a macro with pieces of program, and gives the piece that it returns.
    pub fn call_macro(
        &mut self,
        function: &Arc<Function>,
        arguments: &[Datum],
        named: &[DatumEntry],
    ) -> Result<Datum, String> {
        let closure = self.heap.closure(Arc::clone(function), []);
        let positional: Vec<Value> = arguments.iter().map(|argument| datum_value(self, argument)).collect();
        let named = named.iter().map(|entry| (Symbol::intern(&entry.name), datum_value(self, &entry.value)));
        let (names, values): (Vec<Symbol>, Vec<Value>) = named.unzip();
        // While a macro runs, values print in the notation of the file that defines it.
        let gene = self.gene();
        self.set_gene(function.source.gene);
        let result = self.call_named(closure, positional, names, values);
        self.set_gene(gene);
        let value = result.map_err(|error| self.uncaught(error).to_string())?;
        value_datum(&value, 0)
    }
}

/// Programs that macros make are nested less deeply than this.
const MAX_DATUM_DEPTH: usize = 256;

/// A value as a piece of program.
fn value_datum(value: &Value, depth: usize) -> Result<Datum, String> {
    if depth > MAX_DATUM_DEPTH {
        return Err(format!("a macro gave a form nested more than {MAX_DATUM_DEPTH} deep"));
    }
    let below = |value: &Value| value_datum(value, depth + 1);
    let record = |value: &Value| -> Result<Vec<DatumEntry>, String> {
        let mut entries = Vec::new();
        let mut failure = None;
        if let Some(fields) = value.as_record() {
            fields.for_each(|name, value| match below(value) {
                Ok(value) => entries.push(DatumEntry { name: name.as_str().into(), value }),
                Err(error) => failure = Some(error),
            });
        }
        failure.map_or(Ok(entries), Err)
    };
    Ok(match value.tag() {
        Tag::Null => Datum::Null,
        Tag::False | Tag::True => Datum::Bool(value.is_truthy()),
        Tag::Int => Datum::Int(value.payload() as i64),
        Tag::Float => Datum::Float(f64::from_bits(value.payload())),
        Tag::Symbol => Datum::Symbol(value.as_symbol().expect("the tag says so").as_str().into()),
        Tag::String => Datum::Str(value.as_str().expect("the tag says so").into()),
        Tag::Complex => {
            let complex = value.as_complex().expect("the tag says so");
            if complex.re != 0.0 {
                return Err("a macro gave a complex number that no literal writes".into());
            }
            Datum::Imaginary(complex.im)
        }
        Tag::List => {
            let items = value.as_list().expect("the tag says so").items();
            Datum::List(items.iter().map(below).collect::<Result<_, _>>()?)
        }
        Tag::Record => Datum::Record(record(value)?),
        Tag::Node => {
            let node = value.as_node().expect("the tag says so");
            let children = node.children.as_list().expect("a node's children are a list").items();
            Datum::Node {
                head: Box::new(below(&node.head)?),
                props: record(&node.props)?,
                children: children.iter().map(below).collect::<Result<_, _>>()?,
            }
        }
        _ => return Err(format!("a macro gave a value that is no program: {}", crate::builtins::type_name(value))),
    })
}
