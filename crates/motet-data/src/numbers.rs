//! Numbers as JSON writes them: integers exactly, floats to the nearest.

use crate::place::Fault;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
    /// An integer of more than 64 bits: what it is as a float.
    Big(f64),
}

/// Powers of ten that are exact as floats.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
/// Integers up to here are exact as floats.
const EXACT_INTEGERS: u64 = 1 << 53;
/// So many digits always fit 64 bits.
const FITTING_DIGITS: usize = 19;

/// Digits as they are read: their number as long as it fits.
struct Digits {
    number: u64,
    /// Those that count: zeros in front do not.
    count: usize,
}

impl Digits {
    /// Reads digits on from a place; gives where they end.
    #[inline]
    fn read(&mut self, bytes: &[u8], mut at: usize) -> usize {
        while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
            self.number = self.number.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.count += usize::from(self.count > 0 || digit > 0);
            at += 1;
        }
        at
    }
}

/// Reads the number that begins at a byte, a digit or `-`; gives it and where it ends.
#[inline]
pub(crate) fn read(text: &str, start: usize) -> Result<(Number, usize), Box<Fault>> {
    let bytes = text.as_bytes();
    let is_negative = bytes[start] == b'-';
    let first = start + usize::from(is_negative);
    let mut digits = Digits { number: 0, count: 0 };
    let whole_end = digits.read(bytes, first);
    if whole_end == first {
        return Err(Fault::new(first, "a digit is missing behind `-`"));
    }
    if bytes[first] == b'0' && whole_end > first + 1 {
        return Err(Fault::new(first, "a number does not begin with 0").with_hint("a text of digits stands in quotes"));
    }
    if !matches!(bytes.get(whole_end), Some(b'.' | b'e' | b'E')) {
        return Ok((integer(&text[start..whole_end], is_negative, &digits), whole_end));
    }
    let mut at = whole_end;
    let mut exponent = 0i64;
    if bytes[at] == b'.' {
        let fraction = at + 1;
        at = digits.read(bytes, fraction);
        if at == fraction {
            return Err(Fault::new(at, "a digit is missing behind the point"));
        }
        exponent = -((at - fraction) as i64);
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = bytes.get(at + 1).filter(|byte| matches!(byte, b'+' | b'-'));
        let first = at + 1 + usize::from(sign.is_some());
        let mut read = Digits { number: 0, count: 0 };
        at = read.read(bytes, first);
        if at == first {
            return Err(Fault::new(at, "a digit is missing in the exponent"));
        }
        // One that does not fit makes an exact power impossible, which is all that it is needed for.
        let size = if read.count < FITTING_DIGITS { read.number as i64 } else { i64::MAX / 2 };
        exponent = exponent.saturating_add(if sign == Some(&b'-') { -size } else { size });
    }
    let magnitude = exact(&digits, exponent);
    let float = match magnitude {
        Some(magnitude) if is_negative => -magnitude,
        Some(magnitude) => magnitude,
        None => text[start..at].parse().expect("digits, a point and an exponent are a float"),
    };
    if float.is_infinite() {
        return Err(Fault::new(start, "this number is too large for a float"));
    }
    Ok((Number::Float(float), at))
}

/// A float of few digits and a small exponent is one multiplication or division of two exact floats, so it is exact too.
#[inline]
fn exact(digits: &Digits, exponent: i64) -> Option<f64> {
    if digits.count > FITTING_DIGITS || digits.number > EXACT_INTEGERS {
        return None;
    }
    let power = EXACT_POWERS.get(usize::try_from(exponent.unsigned_abs()).ok()?)?;
    let number = digits.number as f64;
    Some(if exponent < 0 { number / power } else { number * power })
}

#[inline]
fn integer(text: &str, is_negative: bool, digits: &Digits) -> Number {
    if digits.count < FITTING_DIGITS {
        let number = digits.number as i64;
        return Number::Int(if is_negative { -number } else { number });
    }
    match text.parse() {
        Ok(integer) => Number::Int(integer),
        Err(_) => Number::Big(text.parse().expect("digits are a float")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        let (number, end) = read(text, 0).unwrap_or_else(|fault| panic!("{text}: {}", fault.message));
        assert_eq!(end, text.len(), "{text}");
        number
    }

    #[test]
    fn integers_are_exact_to_the_ends_of_64_bits() {
        for integer in [0, 7, -7, 999_999_999_999_999_999, 1_000_000_000_000_000_000, i64::MAX, i64::MIN] {
            assert_eq!(number(&integer.to_string()), Number::Int(integer));
        }
        assert_eq!(number("9223372036854775808"), Number::Big(9_223_372_036_854_775_808.0));
        assert_eq!(number("-9223372036854775809"), Number::Big(-9_223_372_036_854_775_808.0));
        assert_eq!(number("-0"), Number::Int(0));
        assert_eq!(number(&"9".repeat(400)), Number::Big(f64::INFINITY));
    }

    #[test]
    fn floats_are_what_rust_reads() {
        let parts = ["0", "1", "-1", "12", "9007199254740993", "123456789012345678901234567890", "-0"];
        let fractions =
            ["", ".0", ".5", ".1", ".000000000000000000000001", ".30000000000000004", ".123456789012345678901"];
        let exponents = ["", "e0", "E5", "e+22", "e-22", "e23", "e-23", "e-300", "e-400", "e-99999999999999999999"];
        for whole in parts {
            for fraction in fractions {
                for exponent in exponents {
                    let text = format!("{whole}{fraction}{exponent}");
                    if fraction.is_empty() && exponent.is_empty() {
                        continue;
                    }
                    let expected: f64 = text.parse().expect("a float");
                    let Number::Float(found) = number(&text) else { panic!("{text} is a float") };
                    assert_eq!(found.to_bits(), expected.to_bits(), "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_is_refused_at_its_place() {
        for (text, at) in
            [("-", 1), ("-x", 1), ("01", 0), ("-01", 1), ("1.", 2), ("1.e5", 2), ("1e", 2), ("1e+", 3), ("1e999", 0)]
        {
            let fault = read(text, 0).expect_err(text);
            assert_eq!(fault.at, at, "{text}: {}", fault.message);
        }
    }
}
