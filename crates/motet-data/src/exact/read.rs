//! Texts to exact numbers. How large one may be is known before it is made.

use super::decimal::{Decimal, MOST_PLACES, digit_count, power_of_ten};
use super::{MOST_BITS, MOST_DIGITS};
use num_bigint::BigInt;

/// Why a text is no number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Malformed,
    /// It has more digits than a number may have.
    TooLong,
}

type Read<T> = Result<T, Refused>;

/// Its digits without `_`, each of which stands between two digits.
fn plain(digits: &str, base: u32) -> Read<String> {
    let is_well_formed = !digits.is_empty()
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__")
        && digits.chars().all(|digit| digit == '_' || digit.is_digit(base));
    if is_well_formed { Ok(digits.replace('_', "")) } else { Err(Refused::Malformed) }
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// An integer as programs write it: digits with `_` between them, `0x`, `0o` and `0b` before them.
pub(super) fn integer(text: &str, base: u32) -> Read<BigInt> {
    let (is_negative, digits) = signed(text.trim());
    let prefixed = |prefix: &str, of: u32| {
        let rest = digits.strip_prefix(prefix).or_else(|| digits.strip_prefix(prefix.to_uppercase().as_str()))?;
        (base == 10 || base == of).then_some((rest, of))
    };
    let (digits, base) =
        prefixed("0x", 16).or_else(|| prefixed("0b", 2)).or_else(|| prefixed("0o", 8)).unwrap_or((digits, base));
    let digits = plain(digits, base)?;
    let digits = digits.trim_start_matches('0');
    // A digit has so many bits at least.
    if digits.len() as u64 * u64::from(base.ilog2()) > MOST_BITS {
        return Err(Refused::TooLong);
    }
    let number = if digits.is_empty() {
        BigInt::ZERO
    } else {
        BigInt::parse_bytes(digits.as_bytes(), base).ok_or(Refused::Malformed)?
    };
    Ok(if is_negative { -number } else { number })
}

/// A decimal: `12`, `-0.10`, `1_000.5`, `1.5e-3`.
pub(super) fn decimal(text: &str) -> Read<Decimal> {
    let (is_negative, text) = signed(text.trim());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        None => (text, 0),
        Some((mantissa, exponent)) => {
            let (is_negative, digits) = signed(exponent);
            let digits = plain(digits, 10)?;
            let digits = digits.trim_start_matches('0');
            // What has more than nine digits is more than any number may have.
            let exponent = match digits.len() {
                0 => 0,
                1..=9 => digits.parse::<i64>().map_err(|_| Refused::Malformed)?,
                _ => return Err(Refused::TooLong),
            };
            (mantissa, if is_negative { -exponent } else { exponent })
        }
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        None => (plain(mantissa, 10)?, String::new()),
        Some((whole, fraction)) => (plain(whole, 10)?, plain(fraction, 10)?),
    };
    let digits = whole + &fraction;
    let digits = digits.trim_start_matches('0');
    if digits.len() as u64 > MOST_DIGITS {
        return Err(Refused::TooLong);
    }
    let mut number = if digits.is_empty() {
        BigInt::ZERO
    } else {
        BigInt::parse_bytes(digits.as_bytes(), 10).ok_or(Refused::Malformed)?
    };
    if is_negative {
        number = -number;
    }
    let places = fraction.len() as i64 - exponent;
    if places > MOST_PLACES.into() {
        return Err(Refused::TooLong);
    }
    let Ok(more) = u32::try_from(-places) else { return Ok(Decimal { digits: number, places: places as u32 }) };
    if digits.is_empty() {
        return Ok(Decimal::of_integer(number));
    }
    if digit_count(&number) + u64::from(more) > MOST_DIGITS {
        return Err(Refused::TooLong);
    }
    Ok(Decimal::of_integer(number * power_of_ten(more)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", "+", ".", "1.", ".5", "1..2", "1e", "e5", "1e+", "0x", "1__0", "_1", "1_", "1 2", "١", "NaN",
            "inf", "--1",
        ] {
            assert_eq!(decimal(text).map(|number| number.to_string()), Err(Refused::Malformed), "{text}");
            assert_eq!(integer(text, 10), Err(Refused::Malformed), "{text}");
        }
        for text in ["1e300001", "1e-100001", "1e99999999999999999999", "1e-99999999999999999999"] {
            assert_eq!(decimal(text).map(|number| number.to_string()), Err(Refused::TooLong), "{text}");
        }
        assert!(decimal("0e99999").is_ok());
        assert_eq!(integer(&"9".repeat(400_000), 10), Err(Refused::TooLong));
        assert_eq!(integer("0xff", 10), Ok(BigInt::from(255)));
        assert_eq!(integer("-zz", 36), Ok(BigInt::from(-1295)));
        assert_eq!(integer("0b1_01", 10), Ok(BigInt::from(5)));
    }
}
