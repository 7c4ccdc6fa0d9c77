//! The module `figures`: what programs call.
//!
//! | module | its one job |
//! |---|---|
//! | `data` | values as numbers |
//! | `options` | what is said beside the data |
//! | `call` | a call that adds to a figure |
//! | `series`, `charts`, `grids`, `marks` | what is drawn |
//! | `panels` | figures as wholes |
//! | `output` | files, text, bytes |

mod call;
mod charts;
mod data;
mod grids;
mod marks;
mod options;
mod output;
mod panels;
mod series;

use call::KIND;
use motet_vm::builtins::{Call, Entry, NativeModule};

/// A function that begins a figure, and a method that adds to one.
const fn drawing(signature: &'static str, call: Call, documentation: &'static str) -> Entry {
    Entry::function(signature, call, documentation).any_keywords().on_foreign(KIND).pure()
}

/// The tables of several files in one.
macro_rules! tables {
    ($($table:path: $($name:ident)*;)*) => {
        {
            $(let [$($name),*] = $table;)*
            [$($($name),*),*]
        }
    };
}

static ENTRIES: &[Entry] = &tables! {
    series::ENTRIES: plot scatter step area fill_between errorbar semilogx semilogy loglog axes;
    charts::ENTRIES: bar barh hist;
    grids::ENTRIES: heatmap imshow contour contourf;
    marks::ENTRIES: hline vline hspan vspan text annotate;
    panels::ENTRIES: subplots with title subtitle xlabel ylabel xlim ylim xscale yscale legend grid theme;
    output::ENTRIES: to_text show to_svg to_png save;
};

pub static MODULE: NativeModule = NativeModule {
    name: "figures",
    documentation: "Figures: a value for each, which adds to itself (`plot(x, y).scatter(x, z)`) and is shown, saved and sent to threads.",
    entries: ENTRIES,
    source: None,
};
