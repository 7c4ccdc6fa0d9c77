//! What a word without quotes means, by the core schema of YAML 1.2.

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that has more than 64 bits.
    Large,
    Float(f64),
    Text,
}

/// What a word means.
pub(super) fn meaning(word: &str) -> Meaning {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "true" | "True" | "TRUE" => return Meaning::Bool(true),
        "false" | "False" | "FALSE" => return Meaning::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Meaning::Float(f64::NAN),
        _ => {}
    }
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Meaning::Float(if word.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    for (prefix, base) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = word.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|digit| digit.is_digit(base))
        {
            return i64::from_str_radix(digits, base).map_or(Meaning::Large, Meaning::Int);
        }
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.parse().map_or(Meaning::Large, Meaning::Int);
    }
    if is_float(unsigned) { word.parse().map_or(Meaning::Text, Meaning::Float) } else { Meaning::Text }
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(word: &str) -> bool {
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        None => (word, None),
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_mantissa = are_digits(whole) && are_digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    is_mantissa && exponent.is_none_or(|exponent| !exponent.is_empty() && are_digits(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_the_core_schema_says() {
        let numbers = [
            ("0", 0),
            ("-12", -12),
            ("+7", 7),
            ("007", 7),
            ("0x1F", 31),
            ("0o17", 15),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ];
        for (word, number) in numbers {
            assert_eq!(meaning(word), Meaning::Int(number), "{word}");
        }
        for (word, number) in
            [("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("-1.5E-3", -0.0015), ("+.inf", f64::INFINITY)]
        {
            assert_eq!(meaning(word), Meaning::Float(number), "{word}");
        }
        for word in [
            "yes",
            "no",
            "on",
            "12:30",
            "1_000",
            "0b1",
            "-",
            "+",
            ".",
            "e5",
            "1e",
            "1e+",
            "0x",
            "0xg",
            "nan",
            "inf",
            "2026-11-28",
            "1.2.3",
            "-.e1",
            "tRue",
        ] {
            assert_eq!(meaning(word), Meaning::Text, "{word}");
        }
        assert_eq!(meaning("9223372036854775808"), Meaning::Large);
        assert_eq!(meaning("~"), Meaning::Null);
        assert_eq!(meaning("True"), Meaning::Bool(true));
    }
}
