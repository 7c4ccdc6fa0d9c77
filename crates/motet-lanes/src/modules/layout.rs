//! Where each part of a process of the module kernel lies. The constants reach the kernel under the same names.

use motet_middle::Trap;

macro_rules! cells {
    ($($(#[doc = $text:literal])* $name:ident = $value:expr;)*) => {
        $($(#[doc = $text])* pub(crate) const $name: u32 = $value;)*

        /// The constants above, for the kernel's text.
        pub(crate) const CONSTANTS: &[(&str, u32)] = &[$((stringify!($name), $name)),*];
    };
}

cells! {
    // --- What the process's words hold between slices, in place of registers. ---
    /// The first of its cells.
    STATE_CELLS = 0;
    /// Where the present frame begins on the stack.
    STATE_FRAME = 1;
    /// Frames that wait for their callees.
    STATE_DEPTH = 2;
    /// The function that runs.
    STATE_FUNCTION = 3;
    /// Where its far locals begin.
    STATE_FAR = 4;
    /// Where a trap goes; 0 if it ends the process.
    STATE_GUARD = 5;

    // --- Its cells. ---
    /// The last trap that went to the guard.
    HEADER_TRAP = 0;
    /// Instructions that it may carry out.
    HEADER_FUEL = 1;
    STACK_START = 8;
    STACK_CELLS = 16_384;
    /// Behind the stack is room for what the kernel copies with its last registers.
    RECORDS_START = STACK_START + STACK_CELLS + 4;
    /// Calls that can wait for one another.
    MOST_FRAMES_DEEP = 4_096;
    FAR_START = RECORDS_START + 2 * MOST_FRAMES_DEEP;
    FAR_CELLS = 4_096;
    /// What the program lays out: memories first, each with its first word, its bytes and its most bytes.
    LISTS_START = FAR_START + FAR_CELLS;
    LISTED_CELLS = 3;

    // --- The kernel. ---
    /// Registers in private memory; a power of two. A frame that begins `WINDOW_BEHIND` behind the window's start fits.
    WINDOW = 256;
    WINDOW_MASK = WINDOW - 1;
    WINDOW_BEHIND = 32;

    TRAP_DIVISION = Trap::DivisionByZero as u32;
    TRAP_OVERFLOW = Trap::IntegerOverflow as u32;
    TRAP_CONVERSION = Trap::InvalidConversion as u32;
    TRAP_MEMORY = Trap::MemoryBounds as u32;
    TRAP_TABLE = Trap::TableBounds as u32;
    TRAP_UNDEFINED = Trap::UndefinedElement as u32;
    TRAP_UNINITIALIZED = Trap::UninitializedElement as u32;
    TRAP_SIGNATURE = Trap::SignatureMismatch as u32;
    TRAP_STACK = Trap::CallStackExhausted as u32;
    TRAP_FUEL = Trap::OutOfFuel as u32;
}

const _: () = assert!(WINDOW.is_power_of_two() && WINDOW_BEHIND + super::compile::MOST_REGISTERS <= WINDOW);
