//! The functions that modules may import: a small set of our own, and part of WASI preview 1.
//!
//! A module that imports anything else is refused when it is linked, by the import's name. The list is declared once; what
//! the functions do is what a [`super::World`] does.

use super::link::Item;
use motet_middle::{Import, Signature, Type};

macro_rules! functions {
    ($($function:ident $module:literal $name:literal ($($parameter:ident),*) ($($result:ident),*) $effect:literal;)*) => {
        /// A function of the host's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum HostFunction {
            $(#[doc = $effect] $function,)*
        }

        impl HostFunction {
            /// Every one.
            pub const ALL: &[HostFunction] = &[$(HostFunction::$function),*];

            /// The module that it is imported from, and its name there.
            pub fn name(self) -> (&'static str, &'static str) {
                match self {
                    $(HostFunction::$function => ($module, $name),)*
                }
            }

            /// What it does, in one line.
            pub fn effect(self) -> &'static str {
                match self {
                    $(HostFunction::$function => $effect,)*
                }
            }

            /// What it takes and gives.
            pub fn signature(self) -> Signature {
                match self {
                    $(HostFunction::$function => Signature {
                        parameters: Box::new([$(Type::$parameter),*]),
                        results: Box::new([$(Type::$result),*]),
                    },)*
                }
            }
        }
    };
}

functions! {
    Clock "motet" "clock" () (I64) "Nanoseconds since the start.";
    Random "motet" "random" () (I64) "64 random bits.";
    Number "motet" "number" () (I32) "The number of the process, from 0.";
    Print "motet" "print" (I32, I32) () "Prints text: its place in memory, and its bytes.";
    PrintI32 "motet" "print_i32" (I32) () "Prints a number, on a line of its own.";
    PrintI64 "motet" "print_i64" (I64) () "Prints a number, on a line of its own.";
    PrintF32 "motet" "print_f32" (F32) () "Prints a number, on a line of its own.";
    PrintF64 "motet" "print_f64" (F64) () "Prints a number, on a line of its own.";
    Quad "motet" "quad" (F32, F32, F32, F32, I32) () "Draws a rectangle: left, top, width, height, colour 0xRRGGBBAA.";
    Input "motet" "input" (I32) () "Waits for an input event, and writes its four words to memory.";
    InputWaiting "motet" "input_waiting" () (I32) "The number of input events that wait.";
    FdWrite "wasi_snapshot_preview1" "fd_write" (I32, I32, I32, I32) (I32) "Writes to standard output or error.";
    FdRead "wasi_snapshot_preview1" "fd_read" (I32, I32, I32, I32) (I32) "Reads standard input.";
    FdClose "wasi_snapshot_preview1" "fd_close" (I32) (I32) "Closes one of the three standard streams.";
    FdSeek "wasi_snapshot_preview1" "fd_seek" (I32, I64, I32, I32) (I32) "Says that streams have no places.";
    FdStatus "wasi_snapshot_preview1" "fd_fdstat_get" (I32, I32) (I32) "Tells what the three standard streams are.";
    Exit "wasi_snapshot_preview1" "proc_exit" (I32) () "Ends the process.";
    ArgumentsGet "wasi_snapshot_preview1" "args_get" (I32, I32) (I32) "The arguments.";
    ArgumentsSizes "wasi_snapshot_preview1" "args_sizes_get" (I32, I32) (I32) "The arguments' number and bytes.";
    EnvironmentGet "wasi_snapshot_preview1" "environ_get" (I32, I32) (I32) "The environment, which is empty.";
    EnvironmentSizes "wasi_snapshot_preview1" "environ_sizes_get" (I32, I32) (I32) "The environment's number and bytes.";
    ClockTime "wasi_snapshot_preview1" "clock_time_get" (I32, I64, I32) (I32) "The time in nanoseconds.";
    RandomGet "wasi_snapshot_preview1" "random_get" (I32, I32) (I32) "Fills memory with random bytes.";
    Yield "wasi_snapshot_preview1" "sched_yield" () (I32) "Lets others run.";
}

impl HostFunction {
    /// The function with the number that services have.
    pub fn from_service(service: u32) -> Option<HostFunction> {
        HostFunction::ALL.get(service as usize).copied()
    }

    /// What an import means, if it is one of these.
    pub fn resolve(import: &Import) -> Option<Item> {
        let is_it = |function: &&HostFunction| function.name() == (import.module.as_str(), import.name.as_str());
        let function = HostFunction::ALL.iter().find(is_it)?;
        Some(Item::Service(*function as u32, function.signature()))
    }
}

/// The documentation's table of the functions that modules may import, as Markdown.
pub fn table() -> String {
    let mut text = String::from("| import | takes | gives | effect |\n|---|---|---|---|\n");
    for function in HostFunction::ALL {
        let (module, name) = function.name();
        let signature = function.signature();
        let types = |types: &[Type]| types.iter().map(Type::to_string).collect::<Vec<_>>().join(", ");
        let (takes, gives) = (types(&signature.parameters), types(&signature.results));
        text.push_str(&format!("| `{module}` `{name}` | {takes} | {gives} | {} |\n", function.effect()));
    }
    text
}
