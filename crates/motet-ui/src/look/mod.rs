//! How everything looks: colours, type, and what egui itself has to be told of them.

mod fonts;
mod palette;
mod tokens;
mod visuals;

pub use fonts::{Weight, family, mono};
pub use palette::{PALETTE, SHADES};
pub use tokens::{DARK, LIGHT, Tokens};
pub use visuals::{apply, tokens_of};

/// A colour of figures as windows have it.
pub fn color_of_figure(color: motet_figures::Color) -> egui::Color32 {
    egui::Color32::from_rgba_unmultiplied(color.r, color.g, color.b, color.a)
}

/// Sizes of text: of a line's letters, and of the line.
pub const LABEL: (f32, f32) = (12.0, 16.0);
pub const BODY: (f32, f32) = (13.0, 20.0);
pub const MONO: (f32, f32) = (12.0, 18.0);

/// Heights and widths of controls, in logical pixels.
pub const CONTROL: f32 = 28.0;
pub const CONTROL_RADIUS: f32 = 6.0;
pub const CHECK: f32 = 16.0;
pub const RAIL: f32 = 4.0;
pub const KNOB: f32 = 14.0;
