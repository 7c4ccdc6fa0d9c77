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

use cranelift_codegen::isa::OwnedTargetIsa;
use motet_vm::jit::{BackEnd, Compiled, Refused, Request};
use std::sync::OnceLock;

/// Compiles for the processor that the process runs on.
pub struct Cranelift {
    /// Made when something is compiled: most programs end before.
    isa: OnceLock<Option<OwnedTargetIsa>>,
    listing: Listing,
}

/// What is said of what was compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listing {
    #[default]
    Nothing,
    /// The typed form.
    Ir,
    /// The machine code.
    Native,
}

impl Cranelift {
    /// None where there is no such back end: on other processors than x86-64 and aarch64, and where no page may be executed.
    pub fn new() -> Option<Cranelift> {
        if !memory::is_possible() {
            return None;
        }
        Some(Cranelift { isa: OnceLock::new(), listing: Listing::Nothing })
    }

    /// Says what it compiles.
    pub fn with_listing(self, listing: Listing) -> Cranelift {
        Cranelift { listing, ..self }
    }
}

impl BackEnd for Cranelift {
    fn compile(&self, request: &Request<'_>) -> Result<Compiled, Refused> {
        let function = translate::translate(request)?;
        let isa = self.isa.get_or_init(lower::isa).as_deref();
        let isa = isa.ok_or_else(|| Refused("Cranelift does not know this processor".into()))?;
        let lowered = lower::lower(isa, &function, self.listing == Listing::Native)?;
        let code = memory::Code::new(&lowered.code).map_err(|error| Refused(format!("no memory for code: {error}")))?;
        Ok(Compiled {
            listing: match self.listing {
                Listing::Nothing => String::new(),
                Listing::Ir => function.text(),
                Listing::Native => format!("{}\n{}", function.function.name, lowered.listing),
            },
            exits: function.exits(),
            fixed: function.fixed.into(),
            registers: function.registers,
            frames: function.frames,
            is_leaf: ir::is_leaf(&function.function),
            code: Box::new(code),
        })
    }
}

#[cfg(test)]
mod tests;
