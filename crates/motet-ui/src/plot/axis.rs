//! Marks and labels of axes, by what they mean: numbers, powers of ten, or times.

use super::Scale;
use egui_plot::{GridInput, GridMark};

/// Where the marks of an axis lie, at least `apart` of the input's base steps from each other.
pub fn marks(scale: Scale, input: &GridInput, apart: f64) -> Vec<GridMark> {
    match scale {
        Scale::Linear => steps(input, apart),
        Scale::Time => times(input, apart),
        Scale::Log => {
            let (low, high) = input.bounds;
            if high - low < 1.0 {
                return steps(input, apart);
            }
            // Far out there may be more decades than can be counted.
            let apart = ((high - low) / 8.0).ceil().max(1.0);
            let (first, last) = ((low / apart).ceil() as i64, (high / apart).floor() as i64);
            (first..=last.min(first.saturating_add(20))).map(|index| mark(index as f64 * apart, 1.0)).collect()
        }
    }
}

fn mark(value: f64, step_size: f64) -> GridMark {
    GridMark { value, step_size }
}

/// Steps of 1, 2 and 5 times a power of ten.
fn steps(input: &GridInput, apart: f64) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let wished = (input.base_step_size * apart).max((high - low) / 20.0);
    if !wished.is_finite() || wished <= 0.0 {
        return Vec::new();
    }
    let step = round_step(wished);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last.min(first.saturating_add(200))).map(|index| mark(index as f64 * step, step)).collect()
}

/// The next step of 1, 2 or 5 times a power of ten.
pub fn round_step(wished: f64) -> f64 {
    let power = 10f64.powf(wished.log10().floor());
    [1.0, 2.0, 5.0].map(|factor| factor * power).into_iter().find(|step| *step >= wished).unwrap_or(power * 10.0)
}

/// Steps that people count time in, in seconds.
const TIMES: [f64; 16] = [
    1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21600.0, 43200.0, 86400.0, 604_800.0,
];

fn times(input: &GridInput, apart: f64) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let wished = (input.base_step_size * apart * 1.5).max((high - low) / 20.0);
    let Some(step) = TIMES.iter().copied().find(|step| *step >= wished) else {
        return steps(input, apart);
    };
    if wished < 0.5 {
        return steps(input, apart);
    }
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last.min(first.saturating_add(200))).map(|index| mark(index as f64 * step, step)).collect()
}

/// A mark's label: as many decimals as its step has.
pub fn label(scale: Scale, mark: GridMark) -> String {
    match scale {
        Scale::Linear => decimal(mark.value, mark.step_size),
        Scale::Log if mark.value.fract() == 0.0 => power(mark.value as i64),
        Scale::Log => short(10f64.powf(mark.value)),
        Scale::Time => time(mark.value, mark.step_size),
    }
}

fn decimal(value: f64, step: f64) -> String {
    let digits = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    let value = if value == 0.0 { 0.0 } else { value };
    if value.abs() >= 1e6 { short(value) } else { minus(&format!("{value:.digits$}")) }
}

/// With the sign that is as wide as a plus.
fn minus(text: &str) -> String {
    text.replace('-', "\u{2212}")
}

/// A value in few characters: `3.1 × 10⁻⁹`.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e5).contains(&size) {
        let digits = if size >= 100.0 || value == 0.0 {
            0
        } else if size >= 10.0 {
            1
        } else {
            3
        };
        return minus(&format!("{value:.digits$}"));
    }
    if !value.is_finite() {
        return "–".into();
    }
    let exponent = size.log10().floor() as i64;
    minus(&format!("{:.1} × {}", value / 10f64.powi(exponent as i32), power(exponent)))
}

/// `10⁻³`
fn power(exponent: i64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = exponent.unsigned_abs().to_string();
    let raised = digits.bytes().map(|digit| DIGITS[usize::from(digit - b'0')]);
    let sign = if exponent < 0 { "⁻" } else { "" };
    format!("10{sign}{}", raised.collect::<String>())
}

/// A time of day, or a day, in universal time.
fn time(seconds: f64, step: f64) -> String {
    let whole = seconds.floor() as i64;
    let (days, rest) = (whole.div_euclid(86_400), whole.rem_euclid(86_400));
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    if step >= 86_400.0 {
        crate::calendar::text(days)
    } else if step >= 60.0 {
        format!("{hour:02}:{minute:02}")
    } else if step >= 1.0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{second:02}{}", decimal(seconds - seconds.floor(), step).trim_start_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_as_much_as_the_step() {
        let at = |scale, value, step_size| label(scale, GridMark { value, step_size });
        assert_eq!(at(Scale::Linear, -0.5, 0.25), "\u{2212}0.5");
        assert_eq!(at(Scale::Linear, -0.0, 1.0), "0");
        assert_eq!(at(Scale::Linear, 1200.0, 200.0), "1200");
        assert_eq!(at(Scale::Log, -3.0, 1.0), "10⁻³");
        assert_eq!(at(Scale::Time, 0.0, 86_400.0), "1970-01-01");
        assert_eq!(at(Scale::Time, 951_782_400.0, 86_400.0), "2000-02-29");
        assert_eq!(at(Scale::Time, 3661.0, 60.0), "01:01");
    }

    #[test]
    fn values_are_short() {
        for (value, text) in
            [(3.1e-9, "3.1 × 10⁻⁹"), (0.0, "0"), (12.34, "12.3"), (1.5, "1.500"), (-4e7, "\u{2212}4.0 × 10⁷")]
        {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn marks_are_round_and_not_too_many() {
        for (low, high) in [(0.0, 1.0), (-3.0, 1e6), (1e-9, 2e-9), (5.0, 5.1)] {
            let input = GridInput { bounds: (low, high), base_step_size: (high - low) / 400.0 };
            let marks = marks(Scale::Linear, &input, 40.0);
            assert!((2..=20).contains(&marks.len()), "{low} to {high}: {}", marks.len());
        }
    }
}
