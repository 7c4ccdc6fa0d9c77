//! Canvases: shapes that a program describes as data, drawn without its code; and pictures.
//!
//! | module | its one job |
//! |---|---|
//! | `shape` | values of programs as shapes |
//! | `pixels` | grids of numbers or colours, and files, as pictures |
//! | `draw` | a canvas on the screen, and what the pointer and the keyboard do to it |

mod draw;
mod pixels;
mod shape;

pub use draw::{Seen, draw, image, image_size};
pub use pixels::{Colors, Pixels, pixels_of, read_picture};
pub use shape::{Shape, paint, shapes_of};

use crate::binding::Binding;
use std::sync::Arc;

/// Where the shapes of a canvas come from.
pub enum ShapeData {
    Fixed(Arc<Vec<Shape>>),
    Bound(Arc<Binding>),
}

/// A canvas as a program describes it.
pub struct Canvas {
    pub shapes: ShapeData,
    /// Left, top, right, bottom of what is shown, in the program's own units; none: pixels from the upper left corner.
    pub view: Option<[f64; 4]>,
    /// Functions are called for the pointer, and for keys.
    pub on_pointer: bool,
    pub on_key: bool,
}
