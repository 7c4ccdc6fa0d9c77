//! The back end of the VM's hook for machine code: bytecode that has run, with the types that were seen, becomes a typed
//! form ([`ir`]), and that becomes machine code through Cranelift.
//!
//! `flow` says what is alive where, `translate` makes the typed form, `lower` hands it to Cranelift, `memory` holds
//! the result. What compiled code may do, and what the interpreter relies on, stands in ARCHITECTURE.md, "Machine code".

mod flow;
pub mod ir;
mod lower;
#[cfg(unix)]
mod memory;
#[cfg(not(unix))]
#[path = "no_memory.rs"]
mod memory;
mod translate;

use motet_vm::jit::{BackEnd, Compiled, Refused, Request};

/// Compiles for the processor that the process runs on.
pub struct Cranelift {
    isa: cranelift_codegen::isa::OwnedTargetIsa,
}

impl Cranelift {
    /// None where there is no such back end: on other processors than x86-64, and where no page may be executed.
    pub fn new() -> Option<Cranelift> {
        if !memory::is_possible() {
            return None;
        }
        Some(Cranelift { isa: lower::isa()? })
    }
}

impl BackEnd for Cranelift {
    fn compile(&self, request: &Request<'_>) -> Result<Compiled, Refused> {
        let function = translate::translate(request)?;
        let (code, size) = lower::lower(&*self.isa, &function)?;
        debug_assert_eq!(code.len(), size);
        let code = memory::Code::new(&code).map_err(|error| Refused(format!("no memory for code: {error}")))?;
        Ok(Compiled {
            text: function.text(),
            exits: function.exits(),
            registers: function.registers,
            frames: function.function.exits.iter().map(|exit| exit.frames.len()).max().unwrap_or(0),
            code: Box::new(code),
        })
    }
}

#[cfg(test)]
mod tests;
