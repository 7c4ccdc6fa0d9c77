//! Modules as bytes, for programs that are kept compiled.
//!
//! What is read may be anything: a file that was cut off, or one that a stranger has made. So reading trusts nothing. It
//! gives either modules whose functions have all been verified, as those of the compiler are, or an error. Checksums are
//! the matter of the one who keeps the bytes.
//!
//! The layout: a mark, the version of this layout, a hash of the instruction set, then sources, functions and modules, each
//! with its number before it. A function names its source and the functions inside it by their places among those before
//! it, a module its main function and the modules that it imports. Numbers are written in as few bytes as they take, seven
//! bits in each. Code is written as the words that it consists of.

mod bytes;
mod read;
mod write;

pub use read::{ReadError, read};
pub use write::write;

use crate::function::Module;
use crate::op::Op;
use std::sync::Arc;

/// What the bytes begin with.
const MARK: &[u8; 8] = b"motetmod";

/// The version of the layout.
const VERSION: u64 = 1;

/// A module among others, and which of those before it are meant by its imports.
#[derive(Clone, Debug)]
pub struct PortableModule {
    pub module: Arc<Module>,
    /// One for each of the module's imports.
    pub imports: Vec<usize>,
}

/// Tells instruction sets apart: code of another one means something else.
fn instruction_set() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut note = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for op in Op::ALL {
        let info = op.info();
        note(info.name.as_bytes());
        for operand in [info.a, info.b, info.c] {
            note(format!(" {operand:?}").as_bytes());
        }
        note(&info.words.to_le_bytes());
    }
    hash
}
