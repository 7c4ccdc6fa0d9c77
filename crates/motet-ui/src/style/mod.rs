//! Styles: strings of utility classes, as Tailwind CSS has them. Parsed once on the program's thread; colours that follow
//! the theme are names until they are painted.

mod classes;
mod color;

pub use classes::{known_classes, parse};
pub use color::{Paint, hex_color};

/// A length of a box: of its content, in logical pixels, or a part of what holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    Auto,
    Pixels(f32),
    /// 1.0 is all of it.
    Part(f32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Display {
    #[default]
    Column,
    Row,
    ColumnReverse,
    RowReverse,
    Grid,
    Hidden,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Start,
    Center,
    End,
    Stretch,
    Baseline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Justify {
    Start,
    Center,
    End,
    Between,
    Around,
    Evenly,
}

/// Top, right, bottom, left.
pub type Sides = [Option<f32>; 4];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextAlign {
    Left,
    Center,
    Right,
}

/// What a button is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Primary,
    Quiet,
    Danger,
}

/// What changes while the pointer is over a widget, it is pressed, focused or disabled.
#[derive(Clone, Debug, Default)]
pub struct Colors {
    pub background: Option<Paint>,
    pub text: Option<Paint>,
    pub border: Option<Paint>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Style {
    pub display: Option<Display>,
    pub wraps: bool,
    pub grid_columns: Option<u16>,
    pub column_span: Option<u16>,
    pub grow: Option<f32>,
    pub shrink: Option<f32>,
    pub basis: Option<Length>,
    pub items: Option<Align>,
    pub own_align: Option<Align>,
    pub justify: Option<Justify>,
    pub gap: [Option<f32>; 2],
    pub padding: Sides,
    pub margin: Sides,
    /// Sides of the margin that take what is left.
    pub margin_auto: [bool; 4],
    pub width: Option<Length>,
    pub height: Option<Length>,
    pub min: [Option<Length>; 2],
    pub max: [Option<Length>; 2],
    pub radius: Option<f32>,
    pub border_width: Sides,
    pub colors: Colors,
    pub hover: Colors,
    pub active: Colors,
    pub focus: Colors,
    pub disabled: Colors,
    /// In the dark theme, instead of the others.
    pub dark: Colors,
    pub shadow: Option<[f32; 2]>,
    pub font_size: Option<f32>,
    pub line_height: Option<f32>,
    pub leading: Option<f32>,
    pub tracking: Option<f32>,
    pub weight: Option<u16>,
    pub is_mono: Option<bool>,
    pub is_italic: bool,
    pub is_underlined: bool,
    pub is_struck: bool,
    pub is_truncated: bool,
    pub no_wrap: bool,
    pub text_align: Option<TextAlign>,
    pub opacity: Option<f32>,
    pub ring: bool,
    pub role: Option<Role>,
    pub scrolls: bool,
    pub clips: bool,
}

/// A colour by the name that classes have for fills.
pub fn color_named(name: &str) -> Option<Paint> {
    color::color(name, color::For::Background)
}

impl Style {
    /// Does any side of the padding say something?
    pub fn has_padding(&self) -> bool {
        self.padding.iter().any(Option::is_some)
    }
}
