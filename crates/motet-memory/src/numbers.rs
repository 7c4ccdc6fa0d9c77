//! Comparing integers and floats by their exact values. Turning the integer into a float would not do: 2^53 + 1 and the
//! float 2^53 would become equal.

use std::cmp::Ordering;

/// The digits of an integer, and where they stand.
pub struct Decimal {
    digits: [u8; Decimal::MOST],
    from: u8,
}

impl Decimal {
    /// A sign, and the digits of the largest integer.
    const MOST: usize = 20;

    pub fn new(number: i64) -> Decimal {
        let (mut digits, mut from, mut rest) = ([0; Decimal::MOST], Decimal::MOST, number.unsigned_abs());
        // Two at a time: each division waits for the one before.
        while rest >= 100 {
            let two = (rest % 100) as u8;
            rest /= 100;
            from -= 2;
            digits[from] = b'0' + two / 10;
            digits[from + 1] = b'0' + two % 10;
        }
        if rest >= 10 {
            from -= 1;
            digits[from] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        from -= 1;
        digits[from] = b'0' + rest as u8;
        if number < 0 {
            from -= 1;
            digits[from] = b'-';
        }
        Decimal { digits, from: from as u8 }
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[self.from as usize..]).expect("digits are ASCII")
    }
}

/// The floored quotient of two floats and the remainder, which has the sign of the divisor. The quotient belongs to the
/// remainder, which is exact: `1.0` holds `0.1` nine times, because the float `0.1` is a little more than a tenth.
pub fn floored_division(a: f64, b: f64) -> (f64, f64) {
    let rest = a % b;
    if b == 0.0 || !rest.is_finite() || b.is_infinite() && rest == 0.0 {
        return ((a / b).floor(), rest);
    }
    let is_between = rest != 0.0 && (rest < 0.0) != (b < 0.0);
    // Without the remainder the division comes out even, but for what it rounds.
    let whole = ((a - rest) / b).round();
    if is_between { (whole - 1.0, rest + b) } else { (whole, rest) }
}

/// How an integer compares with a float; None if that is NaN.
pub(super) fn compare_int_float(int: i64, float: f64) -> Option<Ordering> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        return None;
    }
    if float >= TWO_63 {
        return Some(Ordering::Less);
    }
    if float < -TWO_63 {
        return Some(Ordering::Greater);
    }
    let whole = float.trunc();
    // Within the range of integers, so the conversion is exact.
    int.cmp(&(whole as i64)).then(whole.partial_cmp(&float)?).into()
}

/// An integer and a float are the same number.
#[inline]
pub(super) fn is_equal_int_float(int: i64, float: f64) -> bool {
    compare_int_float(int, float) == Some(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering::*;

    #[test]
    fn integers_and_floats_compare_exactly() {
        let two_53 = 1i64 << 53;
        let cases = [
            (1, 1.0, Some(Equal)),
            (1, 1.5, Some(Less)),
            (-1, -1.5, Some(Greater)),
            (2, 1.5, Some(Greater)),
            (0, -0.0, Some(Equal)),
            (two_53 + 1, two_53 as f64, Some(Greater)),
            (two_53 - 1, two_53 as f64, Some(Less)),
            (i64::MAX, i64::MAX as f64, Some(Less)),
            (i64::MIN, i64::MIN as f64, Some(Equal)),
            (i64::MAX, f64::INFINITY, Some(Less)),
            (i64::MIN, f64::NEG_INFINITY, Some(Greater)),
            (0, f64::NAN, None),
        ];
        for (int, float, expected) in cases {
            assert_eq!(compare_int_float(int, float), expected, "{int} and {float}");
        }
    }

    #[test]
    fn digits_are_those_of_the_number() {
        for number in [0, 7, -7, 10, 99, 100, -12345, i64::MAX, i64::MIN] {
            assert_eq!(Decimal::new(number).as_str(), number.to_string());
        }
    }

    #[test]
    fn quotients_belong_to_their_remainders() {
        assert_eq!(floored_division(7.0, 2.0), (3.0, 1.0));
        assert_eq!(floored_division(-7.0, 2.0), (-4.0, 1.0));
        assert_eq!(floored_division(7.0, -2.0), (-4.0, -1.0));
        let (quotient, rest) = floored_division(1.0, 0.1);
        assert!(quotient == 9.0 && rest > 0.09 && rest < 0.1);
        assert_eq!(floored_division(-1e-200, 1e200), (-1.0, 1e200));
        assert_eq!(floored_division(1.0, 0.0).0, f64::INFINITY);
        assert!(floored_division(1.0, 0.0).1.is_nan());
        assert_eq!(floored_division(6.0, f64::INFINITY), (0.0, 6.0));
    }
}
