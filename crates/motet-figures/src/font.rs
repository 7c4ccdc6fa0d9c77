//! The bundled fonts: how wide a text is, and the outlines of its letters. Windows take the same files.

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use std::sync::LazyLock;

pub static SANS_REGULAR: &[u8] = include_bytes!("../fonts/MotetSans-Regular.otf");
pub static SANS_MEDIUM: &[u8] = include_bytes!("../fonts/MotetSans-Medium.otf");
pub static SANS_SEMI_BOLD: &[u8] = include_bytes!("../fonts/MotetSans-SemiBold.otf");
pub static SANS_BOLD: &[u8] = include_bytes!("../fonts/MotetSans-Bold.otf");
pub static MONO: &[u8] = include_bytes!("../fonts/MotetMono-Regular.ttf");
pub static SYMBOLS: &[u8] = include_bytes!("../fonts/MotetSymbols.ttf");

/// How far the letters H and 0 rise above the baseline, in ems.
pub const CAP_HEIGHT: f64 = 0.727;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    #[default]
    Regular,
    Medium,
    SemiBold,
}

/// Regular, medium, half bold; then what is asked for letters that these lack.
static FONTS: LazyLock<Vec<FontRef<'static>>> = LazyLock::new(|| {
    let files = [SANS_REGULAR, SANS_MEDIUM, SANS_SEMI_BOLD, SYMBOLS, MONO];
    files.iter().map(|file| FontRef::new(file).expect("a bundled font can be read")).collect()
});

/// The font that has a letter, and the letter's number in it.
fn glyph(letter: char, weight: Weight) -> (&'static FontRef<'static>, GlyphId) {
    let first = &FONTS[weight as usize];
    let mut fonts = std::iter::once(first).chain(&FONTS[3..]);
    let found = fonts.find_map(|font| Some((font, font.charmap().map(letter)?)));
    found.unwrap_or((first, GlyphId::NOTDEF))
}

/// How wide a text of a size is.
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let advance = |letter: char| {
        let (font, glyph) = glyph(letter, weight);
        let metrics = font.glyph_metrics(Size::new(size as f32), LocationRef::default());
        f64::from(metrics.advance_width(glyph).unwrap_or_default())
    };
    text.chars().map(advance).sum()
}

/// What takes the outlines of letters: the baseline is y = 0, and y grows downwards.
pub trait Outline {
    fn move_to(&mut self, x: f64, y: f64);
    fn line_to(&mut self, x: f64, y: f64);
    fn curve_to(&mut self, points: [[f64; 2]; 3]);
    fn close(&mut self);
}

struct Pen<'a, O> {
    outline: &'a mut O,
    left: f64,
    at: [f64; 2],
}

impl<O: Outline> Pen<'_, O> {
    fn place(&self, x: f32, y: f32) -> [f64; 2] {
        [self.left + f64::from(x), -f64::from(y)]
    }
}

impl<O: Outline> OutlinePen for Pen<'_, O> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = self.place(x, y);
        self.outline.move_to(self.at[0], self.at[1]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.at = self.place(x, y);
        self.outline.line_to(self.at[0], self.at[1]);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (control, end, start) = (self.place(cx, cy), self.place(x, y), self.at);
        let third = |from: [f64; 2]| [0, 1].map(|axis| from[axis] + (control[axis] - from[axis]) * 2.0 / 3.0);
        self.outline.curve_to([third(start), third(end), end]);
        self.at = end;
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.at = self.place(x, y);
        self.outline.curve_to([self.place(ax, ay), self.place(bx, by), self.at]);
    }

    fn close(&mut self) {
        self.outline.close();
    }
}

/// The outlines of a text that begins at x = 0; gives its width.
pub fn outlines(text: &str, size: f64, weight: Weight, outline: &mut impl Outline) -> f64 {
    let mut left = 0.0;
    for letter in text.chars() {
        let (font, glyph) = glyph(letter, weight);
        let size = Size::new(size as f32);
        if let Some(shape) = font.outline_glyphs().get(glyph) {
            let mut pen = Pen { outline: &mut *outline, left, at: [left, 0.0] };
            // A letter that cannot be drawn leaves its place empty.
            let _ = shape.draw(DrawSettings::unhinted(size, LocationRef::default()), &mut pen);
        }
        let metrics = font.glyph_metrics(size, LocationRef::default());
        left += f64::from(metrics.advance_width(glyph).unwrap_or_default());
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_axes_is_in_a_font() {
        for letter in "0123456789\u{2212}\u{202f}.×⁰¹²³⁴⁵⁶⁷⁸⁹⁻µπ±°αβ".chars() {
            assert_ne!(glyph(letter, Weight::Regular).1, GlyphId::NOTDEF, "{letter:?}");
        }
    }

    #[test]
    fn digits_are_equally_wide() {
        let widths: Vec<f64> = ('0'..='9').map(|digit| width(&digit.to_string(), 12.0, Weight::Regular)).collect();
        assert!(widths.iter().all(|width| (width - widths[0]).abs() < 1e-6), "{widths:?}");
        assert!(width("Temperature", 13.0, Weight::SemiBold) > width("Temperature", 12.0, Weight::Regular));
    }
}
