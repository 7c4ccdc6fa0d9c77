//! Running modules and calling functions: the face of an isolate.

use super::{Isolate, LinkedModule, Uncaught};
use crate::error::{Error, Result};
use crate::interpreter::{self, CallShape};
use crate::memory::{Symbol, Value, freeing_apart};
use motet_code::Function;
use std::sync::Arc;

impl Isolate {
    /// Runs a module, and all tasks that it starts, to their ends; gives the module's exports.
    pub fn run_module(&mut self, module: &Arc<LinkedModule>) -> std::result::Result<Value, Uncaught> {
        freeing_apart(|| self.run_linked(module))
    }

    fn run_linked(&mut self, module: &Arc<LinkedModule>) -> std::result::Result<Value, Uncaught> {
        self.set_gene(module.module.source.gene);
        self.link(module);
        self.begin_trace(0);
        let main = Arc::clone(&module.module.main);
        let result = self.load(&main).map(|_| self.heap.closure(main, [])).and_then(|main| self.call(main, Vec::new()));
        let result = match result {
            Ok(exports) => self.finish_program().map(|()| exports),
            Err(error) => {
                self.end_program();
                Err(error)
            }
        };
        self.end_trace();
        result.map_err(|error| self.uncaught(error))
    }

    /// Calls a function and runs tasks until it has returned.
    pub fn call(&mut self, function: Value, arguments: Vec<Value>) -> Result<Value> {
        freeing_apart(|| {
            let (_, future) = self.start_task(function, arguments)?;
            self.finish(&future)
        })
    }

    /// The same, the last arguments by name.
    pub(crate) fn call_named(
        &mut self,
        function: Value,
        mut arguments: Vec<Value>,
        names: Vec<Symbol>,
        named: Vec<Value>,
    ) -> Result<Value> {
        arguments.extend(named);
        let (_, future) = self.start_task_with(function, CallShape { arguments, names })?;
        self.finish(&future)
    }

    /// An error in a form that outlives the isolate.
    pub fn uncaught(&mut self, error: Error) -> Uncaught {
        let instance = interpreter::unwind::error_instance(self, error);
        interpreter::uncaught(self, &instance)
    }

    /// Notes what a module's imports mean.
    pub(crate) fn link(&mut self, module: &Arc<LinkedModule>) {
        self.linked.insert(module.module.main.id(), Arc::clone(module));
    }

    /// How traces name a function.
    pub(crate) fn trace_name(&self, function: &Function) -> Box<str> {
        if self.linked.contains_key(&function.id()) {
            "top level".into()
        } else if function.name.is_empty() {
            "fn".into()
        } else {
            function.name.clone()
        }
    }

    /// The module that an import of a running module's main function means.
    pub(crate) fn import_of(&self, main: u32, index: usize) -> Arc<LinkedModule> {
        Arc::clone(&self.linked[&main].imports[index])
    }

    /// What a module exports, if it has run here.
    pub(crate) fn exports_of(&self, module: &LinkedModule) -> Option<Value> {
        self.exports.get(&module.module.main.id()).cloned()
    }

    pub(crate) fn set_exports(&mut self, main: u32, exports: Value) {
        self.exports.insert(main, exports);
    }
}
