//! Decimal numbers: an integer of any size, and how many of its digits stand behind the point. Sums, differences and products
//! are exact; what has no end in decimal digits is rounded where the program says.

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use std::cmp::Ordering;
use std::fmt;

/// Digits behind the point, at most.
pub(super) const MOST_PLACES: u32 = 100_000;
/// Digits of a quotient that has no end, unless the program says otherwise: those of IEEE 754's decimal128.
pub(super) const QUOTIENT_DIGITS: u32 = 34;

/// See the module. Zeros at its end belong to it, as prices are written with them, but mean nothing when it is compared.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    pub digits: BigInt,
    /// How many of the digits stand behind the point.
    pub places: u32,
}

/// Which of two neighbours a number becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    HalfEven,
    HalfUp,
    HalfDown,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    Ceil,
    Floor,
}

/// Their names, and what each is.
pub(super) const ROUNDINGS: [(&str, Rounding); 7] = [
    ("half_even", Rounding::HalfEven),
    ("half_up", Rounding::HalfUp),
    ("half_down", Rounding::HalfDown),
    ("up", Rounding::Up),
    ("down", Rounding::Down),
    ("ceil", Rounding::Ceil),
    ("floor", Rounding::Floor),
];

pub(super) fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// Decimal digits of a number, or one more.
pub(super) fn digit_count(number: &BigInt) -> u64 {
    // log10(2) is 0.30103, a little less than this.
    number.bits() * 30_103 / 100_000 + 1
}

/// A quotient, rounded: `numerator / divisor`, of which the divisor is positive.
fn quotient(numerator: &BigInt, divisor: &BigInt, rounding: Rounding) -> BigInt {
    let (quotient, rest) = numerator.div_rem(divisor);
    if rest.sign() == Sign::NoSign {
        return quotient;
    }
    let is_negative = rest.sign() == Sign::Minus;
    let half = || (rest.magnitude() * 2_u32).cmp(divisor.magnitude());
    let goes_away = match rounding {
        Rounding::Up => true,
        Rounding::Down => false,
        Rounding::Ceil => !is_negative,
        Rounding::Floor => is_negative,
        Rounding::HalfUp => half() != Ordering::Less,
        Rounding::HalfDown => half() == Ordering::Greater,
        Rounding::HalfEven => match half() {
            Ordering::Equal => quotient.is_odd(),
            order => order == Ordering::Greater,
        },
    };
    match (goes_away, is_negative) {
        (false, _) => quotient,
        (true, false) => quotient + 1,
        (true, true) => quotient - 1,
    }
}

impl Decimal {
    pub fn of_integer(digits: BigInt) -> Decimal {
        Decimal { digits, places: 0 }
    }

    /// What a finite float is, exactly.
    pub fn of_float(float: f64) -> Decimal {
        let bits = float.to_bits();
        let raw = (bits >> 52 & 0x7ff) as i32;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = if raw == 0 { (fraction, -1074) } else { (fraction | 1 << 52, raw - 1075) };
        let mantissa = BigInt::from(mantissa) * if float.is_sign_negative() { -1 } else { 1 };
        if exponent >= 0 {
            return Decimal::of_integer(mantissa << exponent);
        }
        let places = exponent.unsigned_abs();
        Decimal { digits: mantissa * BigInt::from(5).pow(places), places }.stripped(0)
    }

    /// Without zeros at the end, but with so many places if it has them.
    pub fn stripped(mut self, least: u32) -> Decimal {
        if self.digits.sign() == Sign::NoSign {
            self.places = self.places.min(least);
            return self;
        }
        // Many zeros go in few steps: a power of ten at a time, twice as large each time, and back.
        let mut step = 1;
        while step > 0 {
            let fits = self.places >= least + step;
            let divided = fits.then(|| self.digits.div_rem(&power_of_ten(step)));
            match divided {
                Some((quotient, rest)) if rest.sign() == Sign::NoSign => {
                    self.digits = quotient;
                    self.places -= step;
                    step = (step * 2).min(4096);
                }
                _ => step /= 2,
            }
        }
        self
    }

    /// The same number with more places.
    fn with_places(&self, places: u32) -> BigInt {
        match places.saturating_sub(self.places) {
            0 => self.digits.clone(),
            more => &self.digits * power_of_ten(more),
        }
    }

    /// The digits of two numbers with as many places as the one of them that has more.
    pub fn aligned(&self, other: &Decimal) -> (BigInt, BigInt, u32) {
        let places = self.places.max(other.places);
        (self.with_places(places), other.with_places(places), places)
    }

    pub fn order(&self, other: &Decimal) -> Ordering {
        if self.places == other.places {
            return self.digits.cmp(&other.digits);
        }
        let signs = self.digits.sign().cmp(&other.digits.sign());
        signs.then_with(|| {
            let (a, b, _) = self.aligned(other);
            a.cmp(&b)
        })
    }

    /// With so many places, of which fewer than none are zeros before the point.
    pub fn rounded(&self, places: i64, rounding: Rounding) -> Decimal {
        let Ok(fewer) = u32::try_from(i64::from(self.places) - places) else {
            return Decimal { digits: self.with_places(places as u32), places: places as u32 };
        };
        let divisor = power_of_ten(fewer.min(2 * MOST_PLACES));
        let digits = quotient(&self.digits, &divisor, rounding);
        match u32::try_from(places) {
            Ok(places) => Decimal { digits, places },
            Err(_) => Decimal::of_integer(digits * power_of_ten(places.unsigned_abs().min(MOST_PLACES.into()) as u32)),
        }
    }

    /// Divided by a number that is not zero: exactly if that has an end within so many digits, else rounded to these.
    pub fn divided(&self, other: &Decimal, digits: u32, rounding: Rounding) -> Decimal {
        // So many digits of the quotient, and one more or less.
        let own = digit_count(&self.digits) as i64;
        let more = (i64::from(digits) - own + digit_count(&other.digits) as i64 + 1).max(0) as u32;
        let ideal = self.places.saturating_sub(other.places);
        let places = i64::from(self.places) + i64::from(more) - i64::from(other.places);
        let (numerator, places) = match u32::try_from(-places) {
            // Places of the divisor that the dividend has not.
            Ok(missing) => (&self.digits * power_of_ten(more + missing), 0),
            Err(_) => (&self.digits * power_of_ten(more), places as u32),
        };
        let is_negative = other.digits.sign() == Sign::Minus;
        let (numerator, divisor) =
            if is_negative { (-numerator, -&other.digits) } else { (numerator, other.digits.clone()) };
        let (exact, rest) = numerator.div_rem(&divisor);
        if rest.sign() == Sign::NoSign {
            let exact = Decimal { digits: exact.clone(), places };
            let exact = exact.stripped(ideal.min(places));
            if exact_digits(&exact.digits) <= u64::from(digits).max(own as u64) {
                return exact;
            }
        }
        // One digit too many, perhaps: a quotient is rounded once only, so it is made anew with the digits it keeps.
        let found = exact_digits(&exact);
        let extra = found.saturating_sub(digits.into()).min(places.into()) as u32;
        let divisor = divisor * power_of_ten(extra);
        Decimal { digits: quotient(&numerator, &divisor, rounding), places: places - extra }
    }

    /// Divided by a number that is not zero, with so many places.
    pub fn divided_to_places(&self, other: &Decimal, places: u32, rounding: Rounding) -> Decimal {
        let is_negative = other.digits.sign() == Sign::Minus;
        let (mut numerator, mut divisor) = (self.digits.clone(), other.digits.clone());
        if is_negative {
            (numerator, divisor) = (-numerator, -divisor);
        }
        let shift = i64::from(places) + i64::from(other.places) - i64::from(self.places);
        match u32::try_from(shift) {
            Ok(more) => numerator *= power_of_ten(more),
            Err(_) => divisor *= power_of_ten(shift.unsigned_abs() as u32),
        }
        Decimal { digits: quotient(&numerator, &divisor, rounding), places }
    }

    /// The nearest float.
    pub fn float(&self) -> f64 {
        // More digits than these say nothing about it, but that there are more.
        let spare = digit_count(&self.digits).saturating_sub(800).min(u32::MAX.into()) as u32;
        let (mut digits, rest) = self.digits.div_rem(&power_of_ten(spare));
        let mut exponent = i64::from(spare) - i64::from(self.places);
        if rest.sign() != Sign::NoSign {
            digits = digits * 10 + if rest.sign() == Sign::Minus { -1 } else { 1 };
            exponent -= 1;
        }
        format!("{digits}e{exponent}").parse().unwrap_or(f64::NAN)
    }
}

/// How many decimal digits a number has.
fn exact_digits(number: &BigInt) -> u64 {
    let count = digit_count(number);
    if count <= 1 {
        return 1;
    }
    let is_shorter = number.magnitude() < power_of_ten((count - 1).min(u32::MAX.into()) as u32).magnitude();
    count - u64::from(is_shorter)
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits.magnitude().to_string();
        if self.digits.sign() == Sign::Minus {
            f.write_str("-")?;
        }
        let places = self.places as usize;
        if places == 0 {
            return f.write_str(&digits);
        }
        match digits.len().checked_sub(places).filter(|&whole| whole > 0) {
            Some(whole) => write!(f, "{}.{}", &digits[..whole], &digits[whole..]),
            // A format's width has a limit that the number of zeros has not.
            None => write!(f, "0.{}{digits}", "0".repeat(places - digits.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        super::super::read::decimal(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    #[test]
    fn they_are_written_as_they_were_read() {
        for text in ["0", "1", "-1", "0.10", "-0.001", "123.4500", "100", "0.0"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(decimal("1.5e3").to_string(), "1500");
        assert_eq!(decimal("15e-3").to_string(), "0.015");
        assert_eq!(decimal("1_000.5").to_string(), "1000.5");
    }

    #[test]
    fn every_way_of_rounding_decides_halves_and_signs() {
        let rows = [
            ("2.5", ["2", "3", "2", "3", "2", "3", "2"]),
            ("-2.5", ["-2", "-3", "-2", "-3", "-2", "-2", "-3"]),
            ("3.5", ["4", "4", "3", "4", "3", "4", "3"]),
            ("2.51", ["3", "3", "3", "3", "2", "3", "2"]),
            ("2.49", ["2", "2", "2", "3", "2", "3", "2"]),
            ("-0.4", ["0", "0", "0", "-1", "0", "0", "-1"]),
            ("7.0", ["7", "7", "7", "7", "7", "7", "7"]),
        ];
        for (text, expected) in rows {
            for ((name, rounding), expected) in ROUNDINGS.into_iter().zip(expected) {
                assert_eq!(decimal(text).rounded(0, rounding).to_string(), expected, "{text} {name}");
            }
        }
        assert_eq!(decimal("1250").rounded(-2, Rounding::HalfEven).to_string(), "1200");
        assert_eq!(decimal("1.5").rounded(3, Rounding::HalfEven).to_string(), "1.500");
        assert_eq!(decimal("5").rounded(-3, Rounding::HalfUp).to_string(), "0");
    }

    #[test]
    fn quotients_are_exact_where_they_have_an_end() {
        let divided =
            |a: &str, b: &str| decimal(a).divided(&decimal(b), QUOTIENT_DIGITS, Rounding::HalfEven).to_string();
        assert_eq!(divided("1", "4"), "0.25");
        assert_eq!(divided("1.00", "2"), "0.50");
        assert_eq!(divided("1", "-8"), "-0.125");
        assert_eq!(divided("6", "0.002"), "3000");
        assert_eq!(divided("1", "3"), format!("0.{}", "3".repeat(34)));
        assert_eq!(divided("2", "3"), format!("0.{}7", "6".repeat(33)));
        assert_eq!(divided("200", "3"), format!("66.{}7", "6".repeat(31)));
        assert_eq!(divided("0", "3"), "0");
        let long = "9".repeat(60);
        assert_eq!(divided(&long, "1"), long);
        let places = |a: &str, b: &str, places| {
            decimal(a).divided_to_places(&decimal(b), places, Rounding::HalfEven).to_string()
        };
        assert_eq!(places("1", "3", 2), "0.33");
        assert_eq!(places("10", "4", 0), "2");
        assert_eq!(places("1.23456", "1", 3), "1.235");
        assert_eq!(places("1", "0.0004", 1), "2500.0");
    }

    #[test]
    fn zeros_at_the_end_go_and_stay() {
        assert_eq!(decimal("1.5000").stripped(0).to_string(), "1.5");
        assert_eq!(decimal("1.5000").stripped(2).to_string(), "1.50");
        assert_eq!(decimal("100").stripped(0).to_string(), "100");
        assert_eq!(decimal("0.000").stripped(0).to_string(), "0");
        let long = format!("1.{}", "0".repeat(9999));
        assert_eq!(decimal(&long).stripped(0).to_string(), "1");
    }

    #[test]
    fn floats_become_what_they_are_exactly() {
        assert_eq!(Decimal::of_float(0.5).to_string(), "0.5");
        assert_eq!(Decimal::of_float(-3.0).to_string(), "-3");
        assert!(Decimal::of_float(0.1).to_string().starts_with("0.1000000000000000055511151231257827"));
        for float in [0.1, -1.5e300, 5e-324, f64::MAX, 1.0 / 3.0, 0.0] {
            assert_eq!(Decimal::of_float(float).float().to_bits(), float.to_bits(), "{float}");
        }
        let halfway = format!("9007199254740993{}1", ".".to_owned() + &"0".repeat(2000));
        assert_eq!(decimal(&halfway).float(), 9007199254740994.0);
    }
}
