//! The side of the program: natives that build trees of widgets, and windows that programs open.
//!
//! | module | its one job |
//! |---|---|
//! | `build` | the tree that is being built |
//! | `arguments` | styles, texts, signals and options as arguments |
//! | `widgets`, `choices`, `plots`, `tables`, `drawing`, `overlays` | the natives that add widgets |
//! | `series` | `ui_series`: points that a program appends to |
//! | `dialogs` | messages, questions, the choice of files, toasts: what lies above a window |
//! | `animate` | `ui_animate`: signals that move to a number |
//! | `window` | `gui_run`: the task of a window |
//! | `testing` | `ui_test`: a window without a screen, for tests of programs |
//! | `fault` | errors as a window shows them |

mod animate;
mod arguments;
mod build;
mod choices;
mod dialogs;
mod drawing;
mod fault;
mod overlays;
mod plots;
mod series;
mod tables;
mod testing;
mod widgets;
mod window;

pub use self::fault::{fault_at, fault_of};

use motet_vm::builtins::Library;

/// All natives of the interface.
pub static LIBRARY: Library = Library {
    tables: &[
        animate::NATIVES,
        choices::NATIVES,
        dialogs::NATIVES,
        drawing::NATIVES,
        overlays::NATIVES,
        plots::NATIVES,
        series::NATIVES,
        tables::NATIVES,
        testing::NATIVES,
        widgets::NATIVES,
        window::NATIVES,
    ],
    ..Library::EMPTY
};
