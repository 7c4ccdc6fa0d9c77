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
        loop {
            let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk()) else {
                while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
                    self.number = self.number.wrapping_mul(10).wrapping_add(u64::from(digit));
                    at += 1;
                }
                break;
            };
            let (number, count) = leading_digits(chunk);
            self.number = self.number.wrapping_mul(WHOLE_POWERS[count]).wrapping_add(number);
            at += count;
            if count < chunk.len() {
                break;
            }
        }
        self.count += at - start;
        at
    }
}

/// The number of the digits that these bytes begin with, and how many they are. However many, it takes the same steps: guessing
/// wrong how many digits come takes longer than reading them.
#[inline]
fn leading_digits(bytes: &[u8; 8]) -> (u64, usize) {
    // A digit is now its own value, everything else more than 9, and so more than 0x7f when 0x76 is added; only what was large
    // before goes beyond a byte, and spoils no byte below it.
    let word = u64::from_le_bytes(*bytes) ^ words::each(b'0');
    let others = (word.wrapping_add(words::each(0x76)) | word) & words::each(0x80);
    let bits = others.trailing_zeros() & !7;
    // As if zeros stood in front.
    let ones = word.checked_shl(u64::BITS - bits).unwrap_or(0);
    // Neighbours are joined: digits to numbers of two, these to four, these to eight.
    let twos = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos * 100 + (twos >> 16)) & 0x0000_ffff_0000_ffff;
    ((fours * 10_000 + (fours >> 32)) & 0xffff_ffff, bits as usize / 8)
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
        return if exponent < 0 { quotient(digits.number, size) } else { None };
    }
    // One multiplication or division of two exact floats is exact too.
    let power = EXACT_POWERS.get(size)?;
    let number = digits.number as f64;
    Some(if exponent < 0 { number / power } else { number * power })
}

/// A power of ten to divide by: multiplying takes a tenth of the time of dividing 128 bits.
#[derive(Clone, Copy)]
struct Divisor {
    /// The power, times a power of two: as large as 64 bits hold.
    divisor: u64,
    /// By so many bits.
    shift: u32,
    /// 2^191 / `divisor`, rounded up. It is too large by less than one, so the quotient of 127 bits that it gives is too large by
    /// less than 1 / `divisor`, and rounded down it is exact.
    inverse: u128,
}

/// The powers of ten from 10 on that fit 64 bits.
const DIVISORS: [Divisor; WHOLE_POWERS.len() - 1] = {
    let mut divisors = [Divisor { divisor: 0, shift: 0, inverse: 0 }; WHOLE_POWERS.len() - 1];
    let mut at = 0;
    while at < divisors.len() {
        let power = WHOLE_POWERS[at + 1];
        let shift = power.leading_zeros();
        let divisor = power << shift;
        let wide = divisor as u128;
        let (high, rest) = ((1 << 127) / wide, (1 << 127) % wide);
        // There is always something left over, as 5 divides a power of ten.
        let inverse = ((high << 64) | ((rest << 64) / wide)) + 1;
        divisors[at] = Divisor { divisor, shift, inverse };
        at += 1;
    }
    divisors
};

/// The float nearest to an integer above 2^53 divided by a power of ten that fits 64 bits.
#[inline]
fn quotient(number: u64, power: usize) -> Option<f64> {
    let Divisor { divisor, shift, inverse } = *DIVISORS.get(power.checked_sub(1)?)?;
    let up = number.leading_zeros();
    // With both as large as they can be, and the number 2^63 times that, the quotient has 63 or 64 bits, ten more than a float
    // keeps.
    let large = number << up;
    let times = |part: u128| u128::from(large) * part;
    let whole = ((times(inverse >> 64) + (times(inverse & u128::from(u64::MAX)) >> 64)) >> 64) as u64;
    // What is left over is less than the divisor, so its low bits are all of it. It only says that the true value lies above:
    // the lowest bit tells rounding as much.
    let is_above = (large << 63) != whole.wrapping_mul(divisor);
    let rounded = (whole | u64::from(is_above)) as f64;
    let exponent = i64::from(shift) - i64::from(up) - 63;
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
    fn leading_digits_end_at_every_byte_that_is_none() {
        for other in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
            for count in 0..8 {
                for filling in [b'9', b'0', 0xff, other] {
                    let mut bytes = *b"90817263";
                    bytes[count] = other;
                    bytes[count + 1..].fill(filling);
                    let expected = "90817263"[..count].parse().unwrap_or(0);
                    assert_eq!(leading_digits(&bytes), (expected, count), "{bytes:?}");
                }
            }
        }
        assert_eq!(leading_digits(b"99999999"), (99_999_999, 8));
    }

    #[test]
    fn quotients_by_powers_of_ten_are_what_rust_reads() {
        let mut seed = 11u64;
        for round in 0..200_000 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let power = 1 + round % 19;
            let divisor = WHOLE_POWERS[power];
            // Any integer, and neighbours of multiples of the power, where little is left over.
            let number = match round / 19 % 4 {
                0 => seed,
                1 => seed / divisor * divisor,
                2 => (seed / divisor * divisor).saturating_add(1),
                _ => (seed / divisor * divisor).saturating_sub(1),
            };
            if number > EXACT_INTEGERS {
                let expected: f64 = format!("{number}e-{power}").parse().expect("a float");
                assert_eq!(quotient(number, power).map(f64::to_bits), Some(expected.to_bits()), "{number}e-{power}");
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
