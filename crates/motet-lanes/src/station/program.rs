//! What a station can run: lane programs, and calls of modules.

use super::StationError;
use crate::modules::{Call, CompiledProgram, HostFunction, Image, Item, Linker, ModuleProgram, ModuleRuntime};
use crate::process::Program;
use crate::runtime::PersistentRuntime;
use motet_middle::{ItemKind, Module, Type};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How far the compilation of a program is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Compilation {
    /// Nothing has asked for it.
    #[default]
    NotAsked,
    /// It is under way.
    UnderWay,
    /// It is done: new processes run compiled.
    Done,
    /// It is not to be: new processes are interpreted.
    Refused(String),
}

impl fmt::Display for Compilation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Compilation::NotAsked => out.write_str("interpreted"),
            Compilation::UnderWay => out.write_str("interpreted, is compiled now"),
            Compilation::Done => out.write_str("compiled"),
            Compilation::Refused(why) => write!(out, "interpreted: {why}"),
        }
    }
}

/// A program that a station has loaded.
pub struct StationProgram {
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Lanes { program: Program, runtime: Arc<PersistentRuntime> },
    Module(Box<ModuleCall>),
}

/// A call of a module.
pub(super) struct ModuleCall {
    pub name: String,
    /// It is the start of a command, which has arguments of its own and results none.
    pub is_command: bool,
    pub call: Call,
    pub image: Arc<Image>,
    pub program: ModuleProgram,
    runtime: Arc<ModuleRuntime>,
    compiled: Mutex<(Compilation, Option<Arc<CompiledProgram>>)>,
}

impl StationProgram {
    pub(super) fn of_lanes(program: Program, runtime: &Arc<PersistentRuntime>) -> StationProgram {
        StationProgram { kind: Kind::Lanes { program, runtime: Arc::clone(runtime) } }
    }

    pub(super) fn of_module(
        module: &Arc<Module>,
        wanted: Option<&str>,
        runtime: &Arc<ModuleRuntime>,
    ) -> Result<StationProgram, StationError> {
        let mut linker = Linker::new(1);
        let (instance, _) = linker.instantiate(module, HostFunction::resolve, false).map_err(StationError::Link)?;
        let name = wanted.unwrap_or("_start");
        let Some(Item::Function(function, _)) = linker.export(instance, name) else {
            let exports = module.exports.iter().filter(|export| export.kind == ItemKind::Function);
            let exports = exports.map(|export| export.name.clone()).collect();
            return Err(StationError::NoFunction { wanted: wanted.map(str::to_owned), exports });
        };
        if let Some(Item::Function(initialize, _)) = linker.export(instance, "_initialize")
            && name != "_initialize"
        {
            linker.call(initialize, &[], false);
        }
        let call = linker.call_later(function);
        let image = Arc::new(linker.finish());
        let program = runtime.load(Arc::clone(&image))?;
        let call = ModuleCall {
            name: name.to_owned(),
            is_command: wanted.is_none(),
            call,
            image,
            program,
            runtime: Arc::clone(runtime),
            compiled: Mutex::default(),
        };
        Ok(StationProgram { kind: Kind::Module(Box::new(call)) })
    }

    pub(super) fn module(&self) -> Option<&ModuleCall> {
        match &self.kind {
            Kind::Module(call) => Some(call),
            Kind::Lanes { .. } => None,
        }
    }

    /// The name of the function that is called; for a lane program, that it is one.
    pub fn name(&self) -> &str {
        self.module().map_or("a lane program", |call| &call.name)
    }

    /// What a process takes: types, for a function of a module; none for commands and lane programs.
    pub fn parameters(&self) -> Option<&[Type]> {
        self.module().filter(|call| !call.is_command).map(|call| &call.call.parameters[..])
    }

    /// The same in words: `takes 2 arguments (i32, f64)`. A lane program takes a number of 32 bits.
    pub fn takes(&self) -> String {
        let of_lanes = [Type::I32];
        let types = match &self.kind {
            Kind::Lanes { .. } => &of_lanes[..],
            Kind::Module(call) => &call.call.parameters,
        };
        let shown = types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        format!("takes {} argument{} ({shown})", types.len(), if types.len() == 1 { "" } else { "s" })
    }

    /// What a process gives, likewise.
    pub fn results(&self) -> Option<&[Type]> {
        self.module().filter(|call| !call.is_command).map(|call| &call.call.types[..])
    }

    /// How far its compilation is. Lane programs are never compiled.
    pub fn compilation(&self) -> Compilation {
        self.module().map_or(Compilation::NotAsked, |call| call.compiled().0.clone())
    }
}

impl ModuleCall {
    /// Lock: a leaf.
    pub fn compiled(&self) -> MutexGuard<'_, (Compilation, Option<Arc<CompiledProgram>>)> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StationProgram {
    fn drop(&mut self) {
        // Each process of it holds it, so that none runs any more. A runtime that has failed keeps its pool to the end.
        let _ = match &self.kind {
            Kind::Lanes { program, runtime } => runtime.unload_bytecode(*program),
            Kind::Module(call) => call.runtime.unload(&call.program),
        };
    }
}

impl fmt::Debug for StationProgram {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StationProgram").field("name", &self.name()).finish_non_exhaustive()
    }
}
