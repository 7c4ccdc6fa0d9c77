//! Figures: a program makes one value, and every surface shows it.
//!
//! | module | its one job |
//! |---|---|
//! | `figure` | figures as values: what is drawn, without any paper |
//! | `natives` | the module `figures`: what programs call |
//! | `scale`, `time` | axes as such: marks and what they say |
//! | `layout` | from a figure to a scene: where everything stands |
//! | `scene` | shapes, the one list that all surfaces paint |
//! | `out` | surfaces: SVG, pixels, terminals |
//! | `color`, `maps`, `theme` | colours |
//! | `shown` | figures for windows |
//! | `font` | the bundled fonts, which windows take too |
//! | `hints` | what to write instead of the words of other tools |
//! | `number` | numbers as axes write them |
//!
//! It knows the VM by its public face alone. It has no window and reads no file; one native writes files, if the program may.

mod color;
mod figure;
pub mod font;
mod hints;
mod layout;
pub mod maps;
mod natives;
mod number;
mod out;
mod scale;
mod scene;
mod shown;
#[cfg(test)]
mod tests;
mod theme;
mod time;

pub use color::Color;
pub use out::raster::Picture;
pub use scale::Scale;
pub use shown::Shown;

use motet_vm::builtins::{ForeignType, Library};

/// All that it brings.
pub static LIBRARY: Library = Library {
    modules: &[&natives::MODULE],
    types: &[ForeignType {
        kind: &figure::FIGURE,
        documentation: "Figures: curves, points, bars and the like on axes.",
        constructor: None,
    }],
    familiar: hints::FAMILIAR,
    elsewhere: hints::ELSEWHERE,
    ..Library::EMPTY
};
