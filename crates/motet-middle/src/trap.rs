//! Why a program cannot go on.

use std::fmt;

macro_rules! traps {
    ($($number:literal $name:ident $text:literal;)*) => {
        /// Why a program cannot go on. The numbers are what devices write.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Trap {
            $(#[doc = $text] $name = $number,)*
        }

        impl Trap {
            /// Every trap.
            pub const ALL: &[Trap] = &[$(Trap::$name),*];
        }

        impl fmt::Display for Trap {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(match self {
                    $(Trap::$name => $text,)*
                })
            }
        }
    };
}

traps! {
    1 Unreachable "unreachable";
    2 DivisionByZero "integer divide by zero";
    3 IntegerOverflow "integer overflow";
    4 InvalidConversion "invalid conversion to integer";
    5 MemoryBounds "out of bounds memory access";
    6 TableBounds "out of bounds table access";
    7 UndefinedElement "undefined element";
    8 UninitializedElement "uninitialized element";
    9 SignatureMismatch "indirect call type mismatch";
    10 CallStackExhausted "call stack exhausted";
    11 OutOfFuel "all fuel is used up";
    12 IncompatibleImport "incompatible import type";
}

impl Trap {
    /// The trap with this number.
    pub fn from_number(number: u32) -> Option<Trap> {
        Trap::ALL.iter().copied().find(|trap| u32::from(*trap as u8) == number)
    }
}
