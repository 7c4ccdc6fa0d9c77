//! Whether a benchmark has become faster or slower, or whether it is noise that differs.

use super::measure::Measured;

/// A difference of less than this part is never told as a change.
const LEAST_CHANGE: f64 = 0.02;
/// A change is larger than the spreads of both runs together, so many times.
const SPREADS: f64 = 2.0;

pub struct Compared {
    /// The median of the earlier run in nanoseconds; none if it is not in there.
    pub before: Option<f64>,
    pub change: Change,
}

/// What is told of two runs.
#[derive(Debug, PartialEq)]
pub enum Change {
    New,
    /// The difference is no larger than that of samples of one run.
    Noise,
    /// By so many percent of what it took before.
    Faster(f64),
    Slower(f64),
}

pub fn compare(before: Option<&Measured>, now: &Measured) -> Compared {
    let Some(before) = before else { return Compared { before: None, change: Change::New } };
    let (was, is) = (before.median(), now.median());
    let noise = (SPREADS * (before.spread() + now.spread())).max(LEAST_CHANGE * was);
    let percent = (is - was).abs() / was * 100.0;
    let change = match is - was {
        difference if difference.abs() <= noise => Change::Noise,
        difference if difference > 0.0 => Change::Slower(percent),
        _ => Change::Faster(percent),
    };
    Compared { before: Some(was), change }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(samples: &[f64]) -> Measured {
        Measured { passes: 1, samples: samples.to_vec() }
    }

    #[test]
    fn noise_is_told_from_change() {
        let steady = run(&[100.0, 101.0, 99.0, 100.0, 100.5]);
        let loud = run(&[100.0, 130.0, 80.0, 95.0, 120.0]);
        for (before, now, expected) in [
            (&steady, &run(&[110.0, 111.0, 109.0]), Change::Slower(10.0)),
            (&steady, &run(&[90.0, 91.0, 89.0]), Change::Faster(10.0)),
            // As large a difference, among larger ones.
            (&loud, &run(&[110.0, 111.0, 109.0]), Change::Noise),
            (&steady, &run(&[110.0, 130.0, 90.0]), Change::Noise),
            // Steady, and too small to matter.
            (&run(&[100.0]), &run(&[101.5]), Change::Noise),
            (&steady, &steady, Change::Noise),
        ] {
            assert_eq!(compare(Some(before), now).change, expected, "{before:?} {now:?}");
        }
        assert_eq!(compare(None, &steady).change, Change::New);
    }
}
