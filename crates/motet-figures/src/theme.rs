//! What figures are painted in, on light paper and on dark. The colours of series are told apart by readers with any of the
//! common kinds of colour blindness; series n keeps its hue when the theme changes.

use crate::color::{Color, Paint};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    #[default]
    Light,
    Dark,
}

impl ThemeName {
    pub fn theme(self) -> &'static Theme {
        match self {
            ThemeName::Light => &LIGHT,
            ThemeName::Dark => &DARK,
        }
    }
}

pub struct Theme {
    pub background: Color,
    pub text: Color,
    pub text_secondary: Color,
    pub axis: Color,
    pub grid: Color,
    /// Of a legend that lies on data.
    pub card: Color,
    pub series: [Color; 8],
    /// The same hues for words, which need more contrast.
    pub series_text: [Color; 8],
    /// Cells of heat maps without a value.
    pub missing: Color,
}

impl Theme {
    pub fn paint(&self, paint: Paint) -> Color {
        match paint {
            Paint::Fixed(color) => color,
            Paint::Series(index) => self.series[index % self.series.len()],
        }
    }

    /// A colour for words in the colour of a series.
    pub fn words(&self, paint: Paint) -> Color {
        match paint {
            Paint::Fixed(color) => color,
            Paint::Series(index) => self.series_text[index % self.series_text.len()],
        }
    }
}

const fn all(values: [u32; 8]) -> [Color; 8] {
    let mut colors = [Color::rgb(0); 8];
    let mut index = 0;
    while index < 8 {
        colors[index] = Color::rgb(values[index]);
        index += 1;
    }
    colors
}

static LIGHT: Theme = Theme {
    background: Color::rgb(0xffffff),
    text: Color::rgb(0x161a20),
    text_secondary: Color::rgb(0x474e5a),
    axis: Color::rgb(0x8a929e),
    grid: Color::rgb(0xe9ecf0),
    card: Color::rgb(0xffffff),
    series: all([0x2987e9, 0xc67253, 0x2d5441, 0xa40782, 0x846c14, 0x624cc4, 0x930c0f, 0x717b81]),
    series_text: all([0x006fcf, 0xaa593a, 0x2d5441, 0xa40782, 0x846c14, 0x624cc4, 0x930c0f, 0x677177]),
    missing: Color::rgb(0xeef0f3),
};

static DARK: Theme = Theme {
    background: Color::rgb(0x171a20),
    text: Color::rgb(0xe8ebf0),
    text_secondary: Color::rgb(0xadb5c1),
    axis: Color::rgb(0x6e7786),
    grid: Color::rgb(0x282d36),
    card: Color::rgb(0x171a20),
    series: all([0x6a9df0, 0xf9ad4e, 0x5ee0bd, 0xc0627f, 0xf5f0a0, 0x8a58e6, 0xdc4020, 0xd0f0fb]),
    series_text: all([0x6a9df0, 0xf9ad4e, 0x5ee0bd, 0xcd6e8b, 0xf5f0a0, 0x9f6ffe, 0xf35738, 0xd0f0fb]),
    missing: Color::rgb(0x20242c),
};
