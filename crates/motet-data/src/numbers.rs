//! Numbers as JSON and CSV write them: integers exactly, floats to the nearest.

use crate::place::Fault;
use crate::words;

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

/// Powers of ten that fit 64 bits.
const WHOLE_POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// Digits as they are read: how many, and their number as long as it fits.
struct Digits {
    number: u64,
    count: usize,
}

impl Digits {
    /// Reads digits on from a place; gives where they end.
    #[inline]
    fn read(&mut self, bytes: &[u8], start: usize) -> usize {
        let mut at = start;
        while let Some(number) = bytes.get(at..).and_then(|rest| rest.first_chunk()).and_then(eight_digits) {
            self.number = self.number.wrapping_mul(100_000_000).wrapping_add(number);
            at += 8;
        }
        while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
            self.number = self.number.wrapping_mul(10).wrapping_add(u64::from(digit));
            at += 1;
        }
        self.count += at - start;
        at
    }
}

/// The number of eight digits, if these are eight.
#[inline]
fn eight_digits(bytes: &[u8; 8]) -> Option<u64> {
    let word = u64::from_le_bytes(*bytes);
    // The upper half of a digit is 3, and stays so when 6 is added to it.
    let upper = |word: u64| word & words::each(0xf0);
    if upper(word) != words::each(0x30) || upper(word.wrapping_add(words::each(6))) != words::each(0x30) {
        return None;
    }
    // Neighbours are joined: digits to numbers of two, these to four, these to eight.
    let ones = word & words::each(0x0f);
    let twos = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos * 100 + (twos >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
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

/// The float nearest to digits times a power of ten, where few steps give it.
#[inline]
fn exact(digits: &Digits, exponent: i64) -> Option<f64> {
    if digits.count > FITTING_DIGITS {
        return None;
    }
    let size = usize::try_from(exponent.unsigned_abs()).ok()?;
    if digits.number > EXACT_INTEGERS {
        return if exponent < 0 { quotient(digits.number, *WHOLE_POWERS.get(size)?) } else { None };
    }
    // One multiplication or division of two exact floats is exact too.
    let power = EXACT_POWERS.get(size)?;
    let number = digits.number as f64;
    Some(if exponent < 0 { number / power } else { number * power })
}

/// The float nearest to a quotient of integers that are not 0, which are not so large or small that it would be none.
#[inline]
fn quotient(number: u64, divisor: u64) -> Option<f64> {
    let (up, down) = (number.leading_zeros(), divisor.leading_zeros());
    // With both as large as they can be, the quotient has 63 or 64 bits, ten more than a float keeps.
    let dividend = u128::from(number << up) << 63;
    let divisor = u128::from(divisor << down);
    let whole = dividend / divisor;
    // What is left over only says that the true value lies above: the lowest bit tells rounding as much.
    let is_above = whole * divisor != dividend;
    let rounded = (u64::try_from(whole).ok()? | u64::from(is_above)) as f64;
    let exponent = i64::from(down) - i64::from(up) - 63;
    Some(rounded * f64::from_bits(((1023 + exponent) as u64) << 52))
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

/// Writes an integer: two digits at a time, from the end.
#[inline]
pub(crate) fn write_integer(integer: i64, out: &mut String) {
    const PAIRS: &[u8; 200] =
        b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    let mut rest = integer.unsigned_abs();
    while rest >= 100 {
        let pair = (rest % 100) as usize * 2;
        rest /= 100;
        start -= 2;
        digits[start..start + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if rest >= 10 {
        let pair = rest as usize * 2;
        start -= 2;
        digits[start..start + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        start -= 1;
        digits[start] = b'0' + rest as u8;
    }
    if integer < 0 {
        out.push('-');
    }
    out.push_str(std::str::from_utf8(&digits[start..]).expect("digits are ASCII"));
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
        let parts = [
            "0",
            "1",
            "-1",
            "12",
            "12345678",
            "9007199254740993",
            "9007199254740995",
            "9999999999999999999",
            "123456789012345678901234567890",
            "-0",
        ];
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
