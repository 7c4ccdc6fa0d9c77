//! Colours, and the names that programs give them.

/// Red, green, blue and how opaque it is, each from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    pub r: u8,
    pub g: u8,
    pub b: u8,
    pub a: u8,
}

impl Color {
    pub const fn rgb(value: u32) -> Color {
        Color { r: (value >> 16) as u8, g: (value >> 8) as u8, b: value as u8, a: 255 }
    }

    /// The same colour, less opaque.
    pub fn faded(self, alpha: f64) -> Color {
        Color { a: (f64::from(self.a) * alpha.clamp(0.0, 1.0)).round() as u8, ..self }
    }

    /// Between two colours: at 0 it is this one.
    pub fn mixed(self, other: Color, share: f64) -> Color {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
        Color { r: mix(self.r, other.r), g: mix(self.g, other.g), b: mix(self.b, other.b), a: mix(self.a, other.a) }
    }

    /// How light it is to the eye, from 0 to 1.
    pub fn lightness(self) -> f64 {
        (0.2126 * f64::from(self.r) + 0.7152 * f64::from(self.g) + 0.0722 * f64::from(self.b)) / 255.0
    }

    /// `#rrggbb`, without its opacity.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.r, self.g, self.b)
    }
}

/// What a program says about a colour: one of its own, or the n-th of the series' colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Paint {
    Fixed(Color),
    Series(usize),
}

/// CSS's names, and the letters of matplotlib and MATLAB.
const NAMES: &[(&str, u32)] = &[
    ("b", 0x0000ff),
    ("beige", 0xf5f5dc),
    ("black", 0x000000),
    ("blue", 0x0000ff),
    ("brown", 0xa52a2a),
    ("c", 0x00bfbf),
    ("coral", 0xff7f50),
    ("crimson", 0xdc143c),
    ("cyan", 0x00ffff),
    ("darkblue", 0x00008b),
    ("darkgreen", 0x006400),
    ("darkred", 0x8b0000),
    ("g", 0x008000),
    ("gold", 0xffd700),
    ("gray", 0x808080),
    ("green", 0x008000),
    ("grey", 0x808080),
    ("indigo", 0x4b0082),
    ("k", 0x000000),
    ("khaki", 0xf0e68c),
    ("lightblue", 0xadd8e6),
    ("lightgray", 0xd3d3d3),
    ("lightgreen", 0x90ee90),
    ("lightgrey", 0xd3d3d3),
    ("lime", 0x00ff00),
    ("m", 0xbf00bf),
    ("magenta", 0xff00ff),
    ("maroon", 0x800000),
    ("navy", 0x000080),
    ("olive", 0x808000),
    ("orange", 0xffa500),
    ("orchid", 0xda70d6),
    ("pink", 0xffc0cb),
    ("purple", 0x800080),
    ("r", 0xff0000),
    ("red", 0xff0000),
    ("salmon", 0xfa8072),
    ("silver", 0xc0c0c0),
    ("skyblue", 0x87ceeb),
    ("steelblue", 0x4682b4),
    ("tan", 0xd2b48c),
    ("teal", 0x008080),
    ("tomato", 0xff6347),
    ("turquoise", 0x40e0d0),
    ("violet", 0xee82ee),
    ("w", 0xffffff),
    ("white", 0xffffff),
    ("y", 0xbfbf00),
    ("yellow", 0xffff00),
];

/// The colour that a text names: `"#rgb"`, `"#rrggbb"`, `"#rrggbbaa"`, a name of CSS, or `"C0"` to `"C9"` for a series' colour.
pub fn parse(text: &str) -> Option<Paint> {
    if let Some(digits) = text.strip_prefix('#') {
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        let color = match digits.len() {
            3 => {
                let digit = |shift: u32| ((value >> shift & 0xf) * 0x11) as u8;
                Color { r: digit(8), g: digit(4), b: digit(0), a: 255 }
            }
            6 => Color::rgb(value),
            8 => Color { a: value as u8, ..Color::rgb(value >> 8) },
            _ => return None,
        };
        return Some(Paint::Fixed(color));
    }
    if let Some(digit) = text.strip_prefix('C').filter(|rest| rest.len() == 1).and_then(|rest| rest.parse().ok()) {
        return Some(Paint::Series(digit));
    }
    let lower = text.to_ascii_lowercase();
    let at = NAMES.binary_search_by_key(&lower.as_str(), |name| name.0).ok()?;
    Some(Paint::Fixed(Color::rgb(NAMES[at].1)))
}

/// The names that are known.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|name| name.0).filter(|name| name.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_found_by_their_names() {
        assert!(NAMES.is_sorted_by_key(|name| name.0));
        assert_eq!(parse("#f80"), parse("#ff8800"));
        assert_eq!(parse("Teal"), Some(Paint::Fixed(Color::rgb(0x008080))));
        assert_eq!(parse("#ff880080"), Some(Paint::Fixed(Color { a: 0x80, ..Color::rgb(0xff8800) })));
        assert_eq!(parse("C3"), Some(Paint::Series(3)));
        for wrong in ["", "#", "#12", "#ggg", "C12", "#+12345", "blau", "#ééé"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
