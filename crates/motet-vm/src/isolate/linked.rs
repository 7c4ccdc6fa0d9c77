//! The modules that an isolate knows, and what they export.

use super::{Isolate, LinkedModule};
use crate::error::Error;
use crate::interpreter;
use crate::main_isolate::Uncaught;
use crate::memory::Value;
use motet_code::Function;
use std::sync::Arc;

impl Isolate {
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
