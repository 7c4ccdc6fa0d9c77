//! Numbers as axes and labels write them: a true minus, narrow spaces for thousands, powers of ten in raised digits.

use std::fmt::Write;

/// U+2212.
pub const MINUS: char = '\u{2212}';
/// Between thousands, from five digits on.
const THOUSANDS: char = '\u{202f}';

/// With so many decimals.
pub fn fixed(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::new();
    if value < 0.0 && plain.bytes().any(|digit| digit.is_ascii_digit() && digit != b'0') {
        text.push(MINUS);
    }
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if index > 0 && left % 3 == 0 && whole.len() > 4 {
            text.push(THOUSANDS);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// An integer in raised digits.
fn raised(exponent: i32) -> String {
    let raise = |letter: char| match letter {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or_default()).unwrap_or(digit),
    };
    exponent.to_string().chars().map(raise).collect()
}

/// `10ⁿ`.
pub fn power_of_ten(exponent: i32) -> String {
    format!("10{}", raised(exponent))
}

/// Three or so digits: `3.14`, `12 400`, `3.1 × 10⁻⁹`.
pub fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if !value.is_finite() {
        return if value.is_nan() {
            "\u{2013}".into()
        } else {
            format!("{value}").replace("inf", "∞").replace('-', "\u{2212}")
        };
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-3..6).contains(&exponent) {
        let mut text = trimmed(value / 10f64.powi(exponent), 2);
        let _ = write!(text, " × {}", power_of_ten(exponent));
        return text;
    }
    trimmed(value, (2 - exponent).max(0) as usize)
}

/// Without zeros at the end.
pub fn trimmed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_readers() {
        let cases: &[(f64, usize, &str)] = &[
            (0.0, 0, "0"),
            (-0.001, 2, "0.00"),
            (-1.5, 1, "−1.5"),
            (1234.0, 0, "1234"),
            (12345.0, 0, "12\u{202f}345"),
            (-1234567.25, 2, "−1\u{202f}234\u{202f}567.25"),
        ];
        for &(value, decimals, expected) in cases {
            assert_eq!(fixed(value, decimals), expected);
        }
        assert_eq!(power_of_ten(-12), "10⁻¹²");
        for (value, expected) in
            [(0.25, "0.25"), (3.0, "3"), (3.1e-9, "3.1 × 10⁻⁹"), (12_400.0, "12\u{202f}400"), (f64::NAN, "–")]
        {
            assert_eq!(short(value), expected);
        }
    }
}
