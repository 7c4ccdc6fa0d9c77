//! Colours of styles: absolute ones, and those that follow the theme.

use crate::look::{PALETTE, SHADES, Tokens};
use egui::Color32;

/// A colour that is looked up when it is painted.
#[derive(Clone, Copy, Debug)]
pub enum Paint {
    Fixed(Color32),
    /// Of the theme, with an opacity.
    Token(fn(&Tokens) -> Color32, u8),
    Series(u8),
}

impl Paint {
    pub fn color(self, tokens: &Tokens) -> Color32 {
        match self {
            Paint::Fixed(color) => color,
            Paint::Token(token, 255) => token(tokens),
            Paint::Token(token, alpha) => token(tokens).gamma_multiply_u8(alpha),
            Paint::Series(index) => tokens.series[usize::from(index) % tokens.series.len()],
        }
    }

    fn with_alpha(self, alpha: u8) -> Paint {
        match self {
            Paint::Fixed(color) => {
                let [r, g, b, _] = color.to_srgba_unmultiplied();
                Paint::Fixed(Color32::from_rgba_unmultiplied(r, g, b, alpha))
            }
            Paint::Token(token, _) => Paint::Token(token, alpha),
            Paint::Series(_) => self,
        }
    }
}

/// What a colour is wanted for: some names mean another colour of the theme for text than for a fill.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    Background,
    Text,
    Border,
}

type Named = (&'static str, fn(&Tokens) -> Color32);

static BACKGROUNDS: &[Named] = &[
    ("window", |t| t.window),
    ("card", |t| t.card),
    ("raised", |t| t.raised),
    ("sunken", |t| t.sunken),
    ("control", |t| t.control),
    ("field", |t| t.field),
    ("accent", |t| t.accent),
    ("accent-soft", |t| t.accent_soft),
    ("success", |t| t.success),
    ("success-soft", |t| t.success_soft),
    ("warning", |t| t.warn),
    ("warning-soft", |t| t.warn_soft),
    ("error", |t| t.error_fill),
    ("error-soft", |t| t.error_soft),
];

static TEXTS: &[Named] = &[
    ("primary", |t| t.text),
    ("secondary", |t| t.text_secondary),
    ("muted", |t| t.text_faint),
    ("accent", |t| t.accent_text),
    ("on-accent", |t| t.on_accent),
    ("success", |t| t.success),
    ("warning", |t| t.warn),
    ("error", |t| t.error),
];

static BORDERS: &[Named] = &[
    ("subtle", |t| t.stroke_subtle),
    ("strong", |t| t.stroke_control),
    ("accent", |t| t.accent),
    ("success", |t| t.success),
    ("warning", |t| t.warn),
    ("error", |t| t.error),
];

fn names(purpose: For) -> &'static [Named] {
    match purpose {
        For::Background => BACKGROUNDS,
        For::Text => TEXTS,
        For::Border => BORDERS,
    }
}

/// The colour of a class behind its first dash: `gray-800`, `[#1a1a1a]`, `card`, `series-1`, each with `/50` for opacity.
pub fn color(name: &str, purpose: For) -> Option<Paint> {
    if let Some((name, percent)) = name.rsplit_once('/') {
        let percent: f32 = percent.parse().ok().filter(|percent| (0.0..=100.0).contains(percent))?;
        return Some(color(name, purpose)?.with_alpha((percent * 2.55).round() as u8));
    }
    if let Some(hex) = name.strip_prefix("[#").and_then(|rest| rest.strip_suffix(']')) {
        return hex_color(hex).map(Paint::Fixed);
    }
    if let Some(number) = name.strip_prefix("series-") {
        return number
            .parse()
            .ok()
            .filter(|number| (1..=8).contains(number))
            .map(|number: u8| Paint::Series(number - 1));
    }
    match name {
        "white" => return Some(Paint::Fixed(Color32::WHITE)),
        "black" => return Some(Paint::Fixed(Color32::BLACK)),
        "transparent" => return Some(Paint::Fixed(Color32::TRANSPARENT)),
        _ => {}
    }
    if let Some(&(_, token)) = names(purpose).iter().find(|(known, _)| *known == name) {
        return Some(Paint::Token(token, 255));
    }
    let (hue, shade) = name.rsplit_once('-')?;
    let shade = SHADES.iter().position(|known| *known == shade)?;
    let (_, shades) = PALETTE.iter().find(|(known, _)| *known == hue)?;
    let [_, r, g, b] = shades[shade].to_be_bytes();
    Some(Paint::Fixed(Color32::from_rgb(r, g, b)))
}

/// `#rgb`, `#rrggbb` and `#rrggbbaa`, without the `#`.
pub fn hex_color(hex: &str) -> Option<Color32> {
    if !hex.is_ascii() {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok();
    let nibble = |at: usize| u8::from_str_radix(&hex[at..=at], 16).ok().map(|value| value * 17);
    match hex.len() {
        3 => Some(Color32::from_rgb(nibble(0)?, nibble(1)?, nibble(2)?)),
        6 => Some(Color32::from_rgb(byte(0)?, byte(2)?, byte(4)?)),
        8 => Some(Color32::from_rgba_unmultiplied(byte(0)?, byte(2)?, byte(4)?, byte(6)?)),
        _ => None,
    }
}

/// The names of all colours for a purpose.
pub fn known(purpose: For) -> impl Iterator<Item = String> {
    let absolute = PALETTE.iter().flat_map(|(hue, _)| SHADES.iter().map(move |shade| format!("{hue}-{shade}")));
    let plain = ["white", "black", "transparent"].into_iter().map(String::from);
    let series = (1..=8).map(|number| format!("series-{number}"));
    names(purpose).iter().map(|(name, _)| name.to_string()).chain(plain).chain(series).chain(absolute)
}
