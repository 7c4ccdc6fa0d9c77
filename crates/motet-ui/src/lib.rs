//! Windows for programs: a UI thread that no computation can freeze.
//!
//! A program's function describes what a window shows, on the program's thread; it builds an immutable tree, which the UI
//! thread shows. What the user does comes back as events. Widgets that are bound to signals are brought up to date, and set
//! their signals, without running any code of the program. Neither side waits for the other.
//!
//! | module | its one job |
//! |---|---|
//! | `waking` | how programs wake the UI thread; explored by loom |
//! | `link` | what a window's two sides share |
//! | `notices` | dialogs and toasts |
//! | `tree` | what a window shows |
//! | `binding` | a widget's hold on a signal |
//! | `style` | utility classes |
//! | `program` | the program's side: natives that build trees, and the task of a window |
//! | `view` | one window on the UI thread: layout, drawing, what widgets remember |
//! | `widgets` | how each kind of widget looks and behaves |
//! | `plot` | plots: data, minima and maxima of long series, axes |
//! | `rows` | tables, logs and trees: rows of which only those that are seen are made |
//! | `canvas` | shapes and pictures |
//! | `figure` | figures |
//! | `calendar` | days |
//! | `look` | colours, fonts, sizes |
//! | `shell` | where windows are shown: on a screen, or nowhere, for pictures |
//!
//! It knows the VM by its public face (`motet_vm::interface`, natives, signals) and nothing of source text or files.

mod sync;
mod waking;

// The models of `waking` need nothing else, and loom's flags do not suit all the crates that windows are made of.
#[cfg(not(loom))]
mod binding;
#[cfg(not(loom))]
mod calendar;
#[cfg(not(loom))]
mod canvas;
#[cfg(not(loom))]
mod figure;
#[cfg(not(loom))]
mod link;
#[cfg(not(loom))]
mod look;
#[cfg(not(loom))]
mod notices;
#[cfg(not(loom))]
mod plot;
#[cfg(not(loom))]
mod program;
#[cfg(not(loom))]
mod rows;
#[cfg(not(loom))]
mod shell;
#[cfg(not(loom))]
mod style;
#[cfg(not(loom))]
mod tree;
#[cfg(not(loom))]
mod view;
#[cfg(not(loom))]
mod widgets;

#[cfg(not(loom))]
pub use self::{
    link::{Display, Fault, WindowConfig},
    program::{LIBRARY, fault_at, fault_of},
    shell::{Ended, Mode, NoPicture, Shot, host, settle},
    view::View,
};
#[cfg(not(loom))]
pub use egui::Theme;
