//! What the compiler produces and the VM runs: the instruction set, declared once in [`op`], code objects, the verifier
//! that lets the interpreter trust them, and the disassembler. It knows nothing of text notations, values or running.

mod constant;
mod disassemble;
mod function;
mod instruction;
pub mod op;
pub mod portable;
pub mod roles;
mod verify;

pub use constant::{Constant, Datum, DatumEntry};
pub use disassemble::disassemble;
pub use function::{
    Capture, Function, FunctionFlags, FunctionParts, Handler, Module, ModuleImport, ModuleParts, NamedParameter,
    Parameters, SpanEntry,
};
pub use instruction::{Instruction, LAST_A, LAST_B, LAST_C, VARIANT};
pub use motet_source::{Comment, Source, Span};
pub use op::{Op, OpInfo, Operand};
pub use verify::{CaptureNeed, Needs, VerifyError};
