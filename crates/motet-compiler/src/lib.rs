//! Forms to register code: names and scopes, macros, control flow, registers and their liveness. Knows nothing of text,
//! files, values or running.
//!
//! ```text
//! forms ─► lower ─► tree ─► emit ─► steps ─► code (liveness, layout) ─► motet_code::Module
//! ```
//!
//! `lower` resolves names, expands macros and reports every error of a module; from a complete tree it is known which
//! variables are captured and assigned, so `emit` knows where each lives. `code` gives the steps the form that the VM relies
//! on: a dead register never owns a value.

mod code;
mod emit;
pub mod helpers;
mod lower;
mod options;
mod tree;

pub use lower::MAX_DEPTH;
pub use options::{CompileOptions, MacroExpander};

use motet_code::{Module, Source};
use motet_syntax::Diagnostic;
use motet_syntax::form::{Form, Span};
use std::sync::Arc;

/// Compiles the forms of a module, or reports all that is wrong with them.
pub fn compile(
    forms: &[Form],
    source: Arc<Source>,
    mut options: CompileOptions<'_>,
) -> Result<Module, Vec<Diagnostic>> {
    let mut lowered = lower::lower(forms, &source, &mut options)?;
    let shared = emit::Shared {
        variables: &lowered.variables,
        functions: &lowered.functions,
        source: &source,
        specialise: options.specialise,
    };
    let main = emit::constants(shared, &lowered.order, &mut lowered.compiled)
        .and_then(|()| emit::standalone(lowered.main, shared, &mut lowered.compiled))
        .map_err(|diagnostic| vec![*diagnostic])?;
    #[cfg(debug_assertions)]
    if let Err(problem) = motet_code::verify(&main) {
        panic!("the compiler made wrong code: {problem}\n{}", motet_code::disassemble(&main));
    }
    Ok(Module { main, source, imports: lowered.imports, exports: lowered.exports })
}

/// A place in the source, for code.
fn place(span: Span) -> motet_code::Span {
    motet_code::Span { start: span.start, end: span.end }
}
