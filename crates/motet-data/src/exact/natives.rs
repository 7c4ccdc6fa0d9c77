//! Functions and methods of exact numbers.

use super::arithmetic::{
    check_bits, check_places, decimal_quotient, floored, operand, power, power_within, product, quotient, sum,
    too_long, whole, work,
};
use super::decimal::{Decimal, MOST_PLACES, ROUNDINGS, Rounding};
use super::read::{self, Refused};
use super::{BIG, DECIMAL, Exact};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, integer, overflow, too_big, wrong};
use motet_vm::memory::{Value, print_float};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, Result};
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::ToPrimitive;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Bytes of a text that are read in the time that one unit of work takes: the longer the text, the fewer.
const READ_PER_UNIT: usize = 64;

fn give(context: &Context<'_>, exact: Exact) -> Outcome {
    exact.give(context.heap()).into()
}

/// The object that a method belongs to.
fn own<'a>(arguments: &Arguments<'a>) -> Result<&'a Exact> {
    Exact::of(arguments.at(0)).ok_or_else(|| wrong("this method", "an exact number", arguments.at(0)))
}

#[cold]
fn refused(function: &str, text: &str, refused: Refused, hint: &'static str) -> Error {
    match refused {
        Refused::Malformed => {
            let shown: String = text.chars().take(40).collect();
            bad_value(format!("{function}: {shown:?} is no number")).with_hint(hint)
        }
        Refused::TooLong => too_long(function),
    }
}

/// A text is about to be read as digits, in time that grows with the square of its length.
fn reading(context: &mut Context<'_>, text: &str) -> Result<()> {
    context.work(text.len().saturating_mul(text.len() / 4096 + 1) / READ_PER_UNIT)
}

/// `big(value, base = 10)`.
fn big(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "big";
    let value = arguments.at(0);
    if let Some(text) = value.as_str() {
        let base = arguments.get(1).map_or(Ok(10), |base| integer(NAME, "the base", base))?;
        let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
        let base = base.ok_or_else(|| bad_value(format!("{NAME}: a base is 2 to 36")))?;
        reading(context, text)?;
        let hint = "an integer is digits, with a sign before them or none; decimal(text) reads a fraction";
        let number = read::integer(text, base).map_err(|reason| refused(NAME, text, reason, hint))?;
        check_bits(NAME, number.bits())?;
        return Ok(give(context, Exact::Big(number)));
    }
    if let Some(integer) = value.as_int() {
        return Ok(give(context, Exact::Big(integer.into())));
    }
    if let Some(float) = value.as_float() {
        if float.fract() != 0.0 || !float.is_finite() {
            return Err(bad_value(format!("{NAME}: {} is no integer", print_float(float)))
                .with_hint("big(floor(x)) is the integer below it"));
        }
        return Ok(give(context, Exact::Big(Decimal::of_float(float).digits)));
    }
    match Exact::of(value) {
        Some(Exact::Big(_)) => Ok(value.clone().into()),
        Some(Exact::Decimal(decimal)) => {
            let stripped = decimal.clone().stripped(0);
            if stripped.places > 0 {
                return Err(bad_value(format!("{NAME}: {decimal} is no integer"))
                    .with_hint("big(floor(x)) is the integer below it"));
            }
            Ok(give(context, Exact::Big(stripped.digits)))
        }
        None => Err(wrong(NAME, "a text, an integer, or a whole number", value)),
    }
}

/// `decimal(value)`.
fn decimal(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "decimal";
    let value = arguments.at(0);
    if let Some(text) = value.as_str() {
        reading(context, text)?;
        let hint = "a decimal is written \"0.10\", \"-12\" or \"1.5e-3\"";
        let number = read::decimal(text).map_err(|reason| refused(NAME, text, reason, hint))?;
        return Ok(give(context, Exact::Decimal(number)));
    }
    if let Some(float) = value.as_float() {
        return Err(Error::type_error(format!("{NAME} takes no float: {} is not exact", print_float(float)))
            .with_hint(
                "a decimal is written as text, decimal(\"0.10\"); decimal(str(x)) takes the digits of a float",
            ));
    }
    let exact = operand(NAME, value).map_err(|_| wrong(NAME, "a text or an integer", value))?;
    Ok(give(context, Exact::Decimal(exact.to_decimal())))
}

/// An operator and the same with the number in front.
macro_rules! operators {
    ($($name:ident $reverse:ident $word:literal |$context:ident, $a:ident, $b:ident| $result:expr;)*) => {
        $(
            fn $name($context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
                let ($a, $b) = (own(&arguments)?, operand($word, arguments.at(1))?);
                let $b = &*$b;
                $result
            }

            fn $reverse($context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
                let ($a, $b) = (operand($word, arguments.at(1))?, own(&arguments)?);
                let $a = &*$a;
                $result
            }
        )*
    };
}

operators! {
    add reverse_add "add" |context, a, b| {
        let sum = sum(context, "add", a, b, |a, b| a + b)?;
        Ok(give(context, sum))
    };
    subtract reverse_subtract "subtract" |context, a, b| {
        let difference = sum(context, "subtract", a, b, |a, b| a - b)?;
        Ok(give(context, difference))
    };
    multiply reverse_multiply "multiply" |context, a, b| {
        let product = product(context, "multiply", a, b)?;
        Ok(give(context, product))
    };
    floor_divide reverse_floor_divide "floor_divide" |context, a, b| {
        let (quotient, _) = floored(context, "floor_divide", a, b)?;
        Ok(give(context, quotient))
    };
    modulo reverse_modulo "modulo" |context, a, b| {
        let (_, rest) = floored(context, "modulo", a, b)?;
        Ok(give(context, rest))
    };
    raise reverse_power "power" |context, a, b| power(context, "power", a, b).map(Outcome::from);
    divided reverse_divide "divide" |context, a, b| quotient(context, "divide", a, b).map(Outcome::from);
}

/// The way of rounding that an option says.
fn rounding(function: &str, given: &WithOptions<'_>, otherwise: Rounding) -> Result<Rounding> {
    let Some(option) = given.option("rounding") else { return Ok(otherwise) };
    let found = option.as_str().and_then(|name| ROUNDINGS.iter().find(|(own, _)| *own == name));
    found.map(|(_, rounding)| *rounding).ok_or_else(|| {
        let names = ROUNDINGS.map(|(name, _)| name).join(", ");
        bad_value(format!("{function}: there is no such rounding")).with_hint(format!("there are {names}"))
    })
}

/// `divide(decimal, other, places: null, rounding: "half_even")`.
fn divide_decimal(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "divide";
    let given = WithOptions::of(NAME, arguments, 2, &["places", "rounding"])?;
    let rounding = rounding(NAME, &given, Rounding::HalfEven)?;
    let Some(places) = given.option("places") else {
        let divided =
            decimal_quotient(context, NAME, (own(&arguments)?, &*operand(NAME, arguments.at(1))?), None, rounding)?;
        return Ok(give(context, divided));
    };
    let places = count(NAME, "places", &places)?;
    check_places(NAME, places as u64)?;
    let operands = (own(&arguments)?, &*operand(NAME, arguments.at(1))?);
    let divided = decimal_quotient(context, NAME, operands, Some(places as u32), rounding)?;
    Ok(give(context, divided))
}

fn negate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(give(
        context,
        match own(&arguments)? {
            Exact::Big(number) => Exact::Big(-number),
            Exact::Decimal(Decimal { digits, places }) => Exact::Decimal(Decimal { digits: -digits, places: *places }),
        },
    ))
}

fn abs(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    if sign_of(own(&arguments)?) == Sign::Minus {
        negate(context, arguments)
    } else {
        Ok(arguments.at(0).clone().into())
    }
}

fn sign_of(exact: &Exact) -> Sign {
    let (Exact::Big(digits) | Exact::Decimal(Decimal { digits, .. })) = exact;
    digits.sign()
}

fn sign(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(match sign_of(own(&arguments)?) {
        Sign::Minus => -1,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    })
    .into())
}

/// Which one comes first; null beside NaN.
fn compare(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (own, other) = (own(&arguments)?, arguments.at(1));
    let order = match other.as_float() {
        Some(float) if float.is_nan() => return Ok(Value::NULL.into()),
        Some(float) if float.is_infinite() => {
            if float > 0.0 {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        Some(float) => own.order(&Exact::Decimal(Decimal::of_float(float))),
        None => own.order(&*operand("compare", other)?),
    };
    Ok(Value::int(order as i64).into())
}

/// The integer part, as an integer of the language.
fn int(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let integer = match own(&arguments)? {
        Exact::Big(number) => number.to_i64(),
        Exact::Decimal(decimal) => decimal.rounded(0, Rounding::Down).digits.to_i64(),
    };
    let integer = integer.ok_or_else(|| overflow("int: this number").with_hint("big(x) is an integer of any size"))?;
    Ok(Value::int(integer).into())
}

fn float(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let float = own(&arguments)?.float();
    if float.is_infinite() {
        return Err(bad_value("float: this number is larger than any float"));
    }
    Ok(Value::float(float).into())
}

/// A number without its fraction, rounded in some way; of a decimal a decimal.
fn without_fraction(context: &Context<'_>, arguments: &Arguments<'_>, rounding: Rounding) -> Result<Outcome> {
    match own(arguments)? {
        Exact::Big(_) => Ok(arguments.at(0).clone().into()),
        Exact::Decimal(decimal) => Ok(give(context, Exact::Decimal(decimal.rounded(0, rounding)))),
    }
}

fn floor(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    without_fraction(context, &arguments, Rounding::Floor)
}

fn ceil(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    without_fraction(context, &arguments, Rounding::Ceil)
}

fn trunc(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    without_fraction(context, &arguments, Rounding::Down)
}

/// `round(number, digits = 0, rounding: "half_up")`.
fn round(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "round";
    let given = WithOptions::of(NAME, arguments, 1, &["rounding"])?;
    let rounding = rounding(NAME, &given, Rounding::HalfUp)?;
    let digits = given.at(1).map_or(Ok(0), |digits| integer(NAME, "the number of digits", digits))?;
    let most = i64::from(MOST_PLACES);
    if !(-most..=most).contains(&digits) {
        return Err(too_big(NAME, digits, MOST_PLACES as usize, "digits"));
    }
    let exact = own(&arguments)?;
    let size = (digits.unsigned_abs() * 4) + sizes(exact);
    check_bits(NAME, size)?;
    work(context, size, size)?;
    Ok(give(
        context,
        match exact {
            Exact::Big(number) if digits < 0 => {
                Exact::Big(Decimal::of_integer(number.clone()).rounded(digits, rounding).digits)
            }
            Exact::Big(number) => Exact::Big(number.clone()),
            Exact::Decimal(decimal) => Exact::Decimal(decimal.rounded(digits, rounding)),
        },
    ))
}

/// Bits of its digits.
fn sizes(exact: &Exact) -> u64 {
    let (Exact::Big(digits) | Exact::Decimal(Decimal { digits, .. })) = exact;
    digits.bits()
}

/// `to_fixed(number, digits = 0)`: its text with so many digits behind the point.
fn to_fixed(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "to_fixed";
    let digits = arguments.get(1).map_or(Ok(0), |digits| count(NAME, "the number of digits", digits))?;
    check_places(NAME, digits as u64)?;
    let exact = own(&arguments)?;
    let size = digits as u64 * 4 + sizes(exact);
    work(context, size, size)?;
    let text = exact.to_decimal().rounded(digits as i64, Rounding::HalfUp).to_string();
    Ok(context.heap().string(&text).into())
}

fn stripped(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(give(
        context,
        match own(&arguments)? {
            Exact::Decimal(decimal) => Exact::Decimal(decimal.clone().stripped(0)),
            big => big.clone(),
        },
    ))
}

fn places(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(match own(&arguments)? {
        Exact::Decimal(decimal) => decimal.places.into(),
        Exact::Big(_) => 0,
    })
    .into())
}

fn divmod(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (quotient, rest) = floored(context, "divmod", own(&arguments)?, &*operand("divmod", arguments.at(1))?)?;
    let heap = context.heap();
    Ok(heap.list(vec![quotient.give(heap), rest.give(heap)]).into())
}

/// A native of two integers of any size.
fn of_two(
    context: &mut Context<'_>,
    arguments: &Arguments<'_>,
    function: &str,
    make: fn(&BigInt, &BigInt) -> BigInt,
) -> Result<Outcome> {
    let (a, b) = (whole(function, arguments.at(0))?, whole(function, arguments.at(1))?);
    check_bits(function, a.bits() + b.bits())?;
    // Each of a divisor's steps goes over all limbs.
    work(context, a.bits().max(b.bits()) * 8, a.bits().max(b.bits()))?;
    Ok(give(context, Exact::Big(make(&a, &b))))
}

fn gcd(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_two(context, &arguments, "gcd", |a, b| a.gcd(b))
}

fn lcm(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_two(context, &arguments, "lcm", |a, b| a.lcm(b))
}

fn band(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_two(context, &arguments, "band", |a, b| a & b)
}

fn bor(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_two(context, &arguments, "bor", |a, b| a | b)
}

fn bxor(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    of_two(context, &arguments, "bxor", |a, b| a ^ b)
}

fn shl(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let number = whole("shl", arguments.at(0))?;
    let by = count("shl", "the number of places", arguments.at(1))?;
    check_bits("shl", number.bits().saturating_add(by as u64))?;
    context.work(by / 1024)?;
    Ok(give(context, Exact::Big(&*number << by)))
}

fn shr(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let number = whole("shr", arguments.at(0))?;
    let by = count("shr", "the number of places", arguments.at(1))?;
    Ok(give(context, Exact::Big(&*number >> by)))
}

fn bit_length(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::int(whole("bit_length", arguments.at(0))?.bits() as i64).into())
}

/// The largest integer whose square is not above the number.
fn integer_root(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let number = whole("isqrt", arguments.at(0))?;
    if number.sign() == Sign::Minus {
        return Err(bad_value("isqrt: a negative number has no root"));
    }
    work(context, number.bits() * 4, number.bits())?;
    Ok(give(context, Exact::Big(number.sqrt())))
}

fn pow_mod(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "pow_mod";
    let [base, exponent, modulus] =
        [whole(NAME, arguments.at(0))?, whole(NAME, arguments.at(1))?, whole(NAME, arguments.at(2))?];
    let result = power_within(context, NAME, &base, &exponent, &modulus)?;
    Ok(give(context, Exact::Big(result)))
}

/// `text(number, base = 10)`.
fn text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let number: Cow<'_, BigInt> = whole("text", arguments.at(0))?;
    let base = arguments.get(1).map_or(Ok(10), |base| integer("text", "the base", base))?;
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
    let base = base.ok_or_else(|| bad_value("text: a base is 2 to 36"))?;
    work(context, number.bits(), number.bits())?;
    Ok(context.heap().string(&number.to_str_radix(base)).into())
}

fn hex(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = whole("hex", arguments.at(0))?.to_str_radix(16);
    Ok(context.heap().string(&text).into())
}

fn to_json(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = context.text_of(arguments.at(0), false)?;
    Ok(context.heap().string(&text).into())
}

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function(
        "big(value, base = 10)",
        big,
        "An integer of any size: of an integer, of a text of digits, or of a whole number. Results beside it are exact, up to a million bits.",
    )
    .pure(),
    Entry::function(
        "decimal(value)",
        decimal,
        "An exact decimal: of a text, `decimal(\"0.10\")`, or of an integer. Sums, differences and products are exact; a float beside it is an error.",
    )
    .pure(),
];

/// Methods of both kinds of exact numbers.
macro_rules! of_both {
    ($($signature:literal $call:ident $documentation:literal;)*) => {
        [$(
            Entry::method(&BIG, $signature, $call, $documentation),
            Entry::method(&DECIMAL, $signature, $call, $documentation),
        )*]
    };
}

static OF_BOTH: &[Entry] = &of_both! {
    "add(number, other)" add "What `+` means.";
    "reverse_add(number, other)" reverse_add "The same with an integer in front.";
    "subtract(number, other)" subtract "What `-` means.";
    "reverse_subtract(number, other)" reverse_subtract "The same with an integer in front.";
    "multiply(number, other)" multiply "What `*` means.";
    "reverse_multiply(number, other)" reverse_multiply "The same with an integer in front.";
    "reverse_divide(number, other)" reverse_divide "The same as `divide` with an integer in front.";
    "floor_divide(number, other)" floor_divide "What `~/` means: the quotient, rounded down.";
    "reverse_floor_divide(number, other)" reverse_floor_divide "The same with an integer in front.";
    "modulo(number, other)" modulo "What `%` means: the remainder, with the sign of the divisor.";
    "reverse_modulo(number, other)" reverse_modulo "The same with an integer in front.";
    "power(number, exponent)" raise "What `^` means, with an integer as exponent.";
    "reverse_power(number, base)" reverse_power "The same with an integer in front.";
    "negate(number)" negate "What `-` before it means.";
    "compare(number, other)" compare "What `<` means: below 0 if the first is less. The other may be any number.";
    "abs(number)" abs "Its absolute value.";
    "sign(number)" sign "-1, 0 or 1: its sign.";
    "floor(number)" floor "The greatest whole number that is not above it.";
    "ceil(number)" ceil "The smallest whole number that is not below it.";
    "trunc(number)" trunc "What it has before its point.";
    "round(number, digits = 0, rounding: \"half_up\")" round "It with so many digits behind the point; fewer than 0 are zeros before it. The ways of rounding are half_even, half_up, half_down, up (away from zero), down, ceil and floor.";
    "divmod(number, other)" divmod "A list of the floored quotient and the remainder.";
    "int(number)" int "What it has before its point, as an integer of 64 bits.";
    "float(number)" float "The nearest float.";
    "to_fixed(number, digits = 0)" to_fixed "Its text with so many digits behind the point.";
    "to_json(number)" to_json "What stands for it in JSON: its text.";
};

static OF_BIGS: &[Entry] = &[
    Entry::method(
        &BIG,
        "divide(number, other)",
        divided,
        "What `/` means: of integers the nearest float, beside a decimal a decimal.",
    ),
    Entry::method(&BIG, "gcd(a, b)", gcd, "The greatest common divisor."),
    Entry::method(&BIG, "lcm(a, b)", lcm, "The least common multiple."),
    Entry::method(&BIG, "band(a, b)", band, "The bits that both have."),
    Entry::method(&BIG, "bor(a, b)", bor, "The bits that either has."),
    Entry::method(&BIG, "bxor(a, b)", bxor, "The bits that one has and the other has not."),
    Entry::method(&BIG, "shl(number, places)", shl, "Its bits moved up."),
    Entry::method(&BIG, "shr(number, places)", shr, "Its bits moved down."),
    Entry::method(&BIG, "bit_length(number)", bit_length, "How many bits its absolute value has."),
    Entry::method(&BIG, "isqrt(number)", integer_root, "The largest integer whose square is not above it."),
    Entry::method(&BIG, "pow_mod(base, exponent, modulus)", pow_mod, "The remainder of a power, which is not made."),
    Entry::method(&BIG, "text(number, base = 10)", text, "Its digits in a base."),
    Entry::method(&BIG, "hex(number)", hex, "Its hexadecimal digits."),
];

static OF_DECIMALS: &[Entry] = &[
    Entry::method(
        &DECIMAL,
        "divide(decimal, other, places: null, rounding: \"half_even\")",
        divide_decimal,
        "What `/` means: exactly if 34 digits are enough or as many as the decimal has, else rounded to these. With `places`, with so many digits behind the point.",
    ),
    Entry::method(&DECIMAL, "normalize(decimal)", stripped, "The same number without zeros at its end."),
    Entry::method(&DECIMAL, "places(decimal)", places, "How many digits stand behind its point."),
];

pub(crate) const METHODS: [&[Entry]; 3] = [OF_BOTH, OF_BIGS, OF_DECIMALS];
