//! Figures in a terminal: as a picture where the terminal shows pictures, else in dots of braille and letters.
//!
//! | module | its one job |
//! |---|---|
//! | `cells` | a scene in the cells of a terminal |
//! | `dots` | lines and areas in dots, eight to a cell |
//! | `pictures` | pixels as a terminal takes them: kitty's protocol, sixels |

mod cells;
mod dots;
mod pictures;

pub use pictures::{kitty, sixel};

use crate::figure::Figure;
use crate::layout::{self, metrics};
use crate::theme::ThemeName;

/// A figure in so many columns and rows, in colours or without.
pub fn text(figure: &Figure, columns: usize, rows: usize, has_colors: bool) -> String {
    // Most terminals are dark, and the colours for dark paper are seen on light paper too.
    let theme = figure.theme.unwrap_or(ThemeName::Dark).theme();
    let size = [columns as f64 * metrics::CELL[0], rows as f64 * metrics::CELL[1]];
    let scene = layout::scene(figure, size, &metrics::TERMINAL, theme);
    cells::painted(&scene, theme, columns, rows).text(has_colors)
}
