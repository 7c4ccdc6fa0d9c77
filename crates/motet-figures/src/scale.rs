//! Axes as such: where values lie, which marks they have, what these say.

use crate::number;
use crate::time;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    #[default]
    Linear,
    Log,
    /// Seconds since 1970.
    Time,
}

impl Scale {
    /// Where a value lies before it is stretched to the paper; NaN if nowhere.
    pub fn place(self, value: f64) -> f64 {
        match self {
            Scale::Log if value > 0.0 => value.log10(),
            Scale::Log => f64::NAN,
            _ => value,
        }
    }

    /// The value at a place.
    pub fn value(self, place: f64) -> f64 {
        // A power of ten may be too small for floats, and is no place of an axis then.
        if self == Scale::Log { 10f64.powf(place).max(f64::MIN_POSITIVE) } else { place }
    }
}

/// 1, 2 or 5 times a power of ten: the least that is not below `least`.
pub fn nice_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| step * power >= least * (1.0 - 1e-9));
    // A power of ten below all numbers.
    let step = step.unwrap_or(10.0) * power;
    if step > 0.0 { step } else { f64::MIN_POSITIVE }
}

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub value: f64,
    /// Empty for a small mark.
    pub label: String,
}

/// The marks of an axis.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    pub marks: Vec<Mark>,
    /// What all labels have in common: a power of ten, a year.
    pub common: String,
    /// Small marks without labels.
    pub minor: Vec<f64>,
}

/// How far apart the marks of numbers are, for so many pixels.
fn linear_step(low: f64, high: f64, pixels: f64, gap: f64) -> f64 {
    let count = (pixels / gap).max(1.0);
    nice_step((high - low) / count)
}

/// Multiples of the step that lie around a range.
pub fn rounded(low: f64, high: f64, pixels: f64, gap: f64) -> [f64; 2] {
    let [mut from, mut to] = [low, high];
    // The rounded range is longer, and may ask for a longer step.
    for _ in 0..3 {
        let step = linear_step(from, to, pixels, gap);
        [from, to] = [(low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step];
    }
    // Where there is room for one mark or two, the ends would lie far from the data.
    const LEAST: f64 = 0.55;
    let is_near = high - low >= LEAST * (to - from);
    if from.is_finite() && to.is_finite() && from < to && is_near { [from, to] } else { [low, high] }
}

/// Powers of ten around a range, if it spans one at least.
pub fn rounded_log(low: f64, high: f64) -> [f64; 2] {
    let (from, to) = ((low.log10() + 1e-9).floor(), (high.log10() - 1e-9).ceil());
    if to - from < 1.0 || high / low < 5.0 {
        return [low, high];
    }
    let ends = [10f64.powf(from), 10f64.powf(to)];
    if ends[0] > 0.0 && ends[1].is_finite() { ends } else { [low, high] }
}

fn linear_marks(low: f64, high: f64, step: f64) -> Marks {
    let first = (low / step - 1e-6).ceil();
    let count = (((high - low) / step + 1e-6).floor().max(0.0) as usize).min(1000);
    let mut values: Vec<f64> = (0..=count).map(|index| (first + index as f64) * step).collect();
    values.retain(|&value| value >= low - step * 1e-6 && value <= high + step * 1e-6);
    let base = base(low, high, step);
    let largest = (low - base).abs().max((high - base).abs());
    let exponent = if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
    // Very large and very small numbers have a power of ten in common.
    let factor = if (-3..6).contains(&exponent) { 0 } else { exponent.div_euclid(3) * 3 };
    let scale = 10f64.powi(factor);
    let decimals = (-(step / scale).log10() - 1e-9).ceil().clamp(0.0, 12.0) as usize;
    let label = |&value: &f64| Mark { value, label: number::fixed((value - base) / scale, decimals) };
    let mut common = if factor == 0 { String::new() } else { format!("× {}", number::power_of_ten(factor)) };
    if base != 0.0 {
        let sign = if base < 0.0 { number::MINUS } else { '+' };
        let decimals = (-base_unit(low, high).log10()).ceil().clamp(0.0, 12.0) as usize;
        common = format!("{common} {sign} {}", number::fixed(base.abs(), decimals)).trim_start().to_owned();
    }
    Marks { marks: values.iter().map(label).collect(), common, minor: Vec::new() }
}

/// What all marks have in common, if they would need many digits to differ: 1 000 000 of 1 000 000.5 and 1 000 001.
fn base(low: f64, high: f64, step: f64) -> f64 {
    const DIGITS: f64 = 1e5;
    if low.abs().max(high.abs()) < step * DIGITS || low.signum() != high.signum() {
        return 0.0;
    }
    let unit = base_unit(low, high);
    let base = (low / unit).floor() * unit;
    if base.is_finite() { base } else { 0.0 }
}

/// A power of ten that is longer than a range.
fn base_unit(low: f64, high: f64) -> f64 {
    10f64.powf((high - low).log10().ceil())
}

fn log_marks(low: f64, high: f64, pixels: f64, gap: f64) -> Marks {
    let (from, to) = (low.log10(), high.log10());
    let decades = to - from;
    if decades < 1.0 {
        // Marks of an ordinary axis: there is hardly a power of ten.
        let marks = linear_marks(low, high, linear_step(low, high, pixels, gap));
        return Marks { marks: marks.marks.into_iter().filter(|mark| mark.value > 0.0).collect(), ..marks };
    }
    let each = pixels / decades;
    let every = ((gap / each).ceil() as i32).max(1);
    let (first, last) = ((from - 1e-9).ceil() as i32, (to + 1e-9).floor() as i32);
    let exponents = first..=last;
    let mark = |exponent: i32| Mark { value: 10f64.powi(exponent), label: number::power_of_ten(exponent) };
    // The least powers are no floats.
    let marks = exponents.clone().filter(|exponent| exponent.rem_euclid(every) == 0).map(mark);
    let marks = marks.filter(|mark| mark.value > 0.0).collect();
    let mut minor = Vec::new();
    if every > 1 {
        minor.extend(exponents.filter(|exponent| exponent.rem_euclid(every) != 0).map(|exponent| 10f64.powi(exponent)));
    } else if each >= 20.0 {
        for exponent in first - 1..=last {
            let within = (2..10).map(|digit| f64::from(digit) * 10f64.powi(exponent));
            minor.extend(within.filter(|&value| value >= low * (1.0 - 1e-9) && value <= high * (1.0 + 1e-9)));
        }
    }
    minor.retain(|value| *value > 0.0);
    Marks { marks, common: String::new(), minor }
}

/// The marks between two values, on so many pixels, with labels at least so far apart.
pub fn marks(scale: Scale, low: f64, high: f64, pixels: f64, gap: f64) -> Marks {
    match scale {
        Scale::Linear => linear_marks(low, high, linear_step(low, high, pixels, gap)),
        Scale::Log => log_marks(low, high, pixels, gap),
        Scale::Time => {
            let least = (high - low) * gap / pixels.max(1.0);
            let (marks, common) = time::marks(low, high, least);
            let marks = marks.into_iter().map(|(value, label)| Mark { value, label }).collect();
            Marks { marks, common, minor: Vec::new() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(marks: &Marks) -> String {
        marks.marks.iter().map(|mark| mark.label.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn marks_are_where_readers_expect_them() {
        let cases: &[(Scale, f64, f64, &str, &str)] = &[
            (Scale::Linear, 0.0, 1.0, "0.0 0.2 0.4 0.6 0.8 1.0", ""),
            (Scale::Linear, -3.0, 3.0, "−3 −2 −1 0 1 2 3", ""),
            (
                Scale::Linear,
                0.0,
                100_000.0,
                "0 20\u{202f}000 40\u{202f}000 60\u{202f}000 80\u{202f}000 100\u{202f}000",
                "",
            ),
            (Scale::Linear, 0.0, 2e6, "0.0 0.5 1.0 1.5 2.0", "× 10⁶"),
            (Scale::Linear, 1e6, 1e6 + 2.0, "0.0 0.5 1.0 1.5 2.0", "+ 1\u{202f}000\u{202f}000"),
            (Scale::Linear, -2.000_000_2, -2.000_000_1, "800 820 840 860 880 900", "× 10⁻⁹ − 2.000001"),
            (Scale::Linear, 1e-7, 2e-7, "100 120 140 160 180 200", "× 10⁻⁹"),
            (Scale::Log, 1e-3, 1e2, "10⁻³ 10⁻² 10⁻¹ 10⁰ 10¹ 10²", ""),
            (Scale::Log, 1e-30, 1.0, "10⁻³⁰ 10⁻²⁵ 10⁻²⁰ 10⁻¹⁵ 10⁻¹⁰ 10⁻⁵ 10⁰", ""),
            (Scale::Log, 20.0, 40.0, "20 25 30 35 40", ""),
        ];
        for (scale, low, high, expected, common) in cases {
            let marks = marks(*scale, *low, *high, 300.0, 50.0);
            assert_eq!(said(&marks), *expected, "{low} {high}");
            assert_eq!(marks.common, *common);
        }
    }

    #[test]
    fn no_range_gives_many_marks_or_none_that_ends() {
        let ends = [0.0, 1e-300, 5e-324, 1.0, 1.0 + f64::EPSILON, 1e15, 1e15 + 1.0, f64::MAX, -f64::MAX, -1.0];
        for scale in [Scale::Linear, Scale::Log, Scale::Time] {
            for low in ends {
                for high in ends {
                    let is_out = scale == Scale::Time && low.abs().max(high.abs()) > time::MOST;
                    if low >= high || scale == Scale::Log && low <= 0.0 || is_out || !(high - low).is_finite() {
                        continue;
                    }
                    let marks = marks(scale, low, high, 400.0, 50.0);
                    assert!(marks.marks.len() < 40, "{scale:?} {low} {high}: {}", marks.marks.len());
                }
            }
        }
        assert_eq!(nice_step(f64::NAN), 1.0);
        assert_eq!(rounded(3.5, 27.0, 284.0, 40.0), [0.0, 30.0]);
        assert_eq!(rounded_log(2.5e-4, 0.2), [1e-4, 1.0]);
    }
}
