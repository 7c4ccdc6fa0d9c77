//! A program that keeps its state between calls.

use super::error::{Error, Result};
use super::machine::{Code, Vm};
use super::value::{FromValue, IntoArguments, Value, try_frozen};
use motet_vm::MainIsolate;
use motet_vm::memory::{Frozen, Value as Raw};

/// A program with state of its own, which belongs to the thread that made it and takes one call at a time: `&mut self`. Its
/// modules' variables live as long as it does.
///
/// ```
/// let vm = motet::Vm::new();
/// let mut program = vm.program();
/// let counter = vm.compile_text("mut n = 0; export fn next() { n += 1; n }")?;
/// program.run(&counter)?;
/// program.call::<i64>("next", ())?;
/// assert_eq!(program.call::<i64>("next", ())?, 2);
/// # Ok::<(), motet::Error>(())
/// ```
pub struct Program {
    isolate: MainIsolate,
    /// What the modules that ran export, the latest last.
    exports: Vec<Raw>,
    /// Code that waits for changes of signals goes on waiting while a program lives that may set them.
    _vm: Vm,
}

impl Program {
    pub(super) fn new(vm: Vm) -> Program {
        Program { isolate: vm.inner.isolate(), exports: Vec::new(), _vm: vm }
    }

    /// Runs a module; what it exports can be called by name.
    pub fn run(&mut self, code: &Code) -> Result<()> {
        let exports = self.isolate.run_module(&code.0)?;
        self.exports.push(exports);
        Ok(())
    }

    fn export(&self, name: &str) -> Result<Raw> {
        let find = |exports: &Raw| exports.as_record()?.get(name);
        let found = self.exports.iter().rev().find_map(find);
        found.ok_or_else(|| Error::missing(format!("the program exports no {name}")))
    }

    /// Calls an exported function.
    pub fn call<R: FromValue>(&mut self, name: &str, arguments: impl IntoArguments) -> Result<R> {
        let function = self.export(name)?;
        let arguments = arguments.into_frozen().into_iter().map(Frozen::into_value).collect();
        match self.isolate.call(function, arguments) {
            Ok(value) => {
                if let Err(error) = self.isolate.context().settle(std::slice::from_ref(&value)) {
                    return Err(self.isolate.uncaught(error).into());
                }
                R::from_raw(&value, self.isolate.heap()).map_err(|expected| Error::conversion(expected, &value))
            }
            Err(error) => Err(self.isolate.uncaught(error).into()),
        }
    }

    /// An immutable copy of an exported value.
    pub fn get(&self, name: &str) -> Result<Value> {
        let value = self.export(name)?;
        let copy = try_frozen(&value, self.isolate.heap());
        copy.map(Value).ok_or_else(|| Error::missing(format!("{name} cannot be made immutable")))
    }
}
