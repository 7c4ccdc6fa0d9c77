//! How long a benchmark takes: many samples, each of as many passes as make it long enough to tell.

use motet_vm::{Block, MainIsolate, Uncaught};
use std::time::{Duration, Instant};

/// Samples of a benchmark whose passes are short.
const SAMPLES: usize = 31;
/// Samples of one whose passes are long.
const LEAST_SAMPLES: usize = 5;

/// The times of a benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Passes of each sample.
    pub passes: u32,
    /// Nanoseconds that one pass took, in each sample, in their order.
    pub samples: Vec<f64>,
}

impl Measured {
    pub fn median(&self) -> f64 {
        quantile(&sorted(&self.samples), 0.5)
    }

    /// The median of how far the samples are from their median: half of them lie closer to it.
    pub fn spread(&self) -> f64 {
        let median = self.median();
        let distances: Vec<f64> = self.samples.iter().map(|sample| (sample - median).abs()).collect();
        quantile(&sorted(&distances), 0.5)
    }

    /// Below the first lies a quarter of the samples, above the second another.
    pub fn quartiles(&self) -> (f64, f64) {
        let sorted = sorted(&self.samples);
        (quantile(&sorted, 0.25), quantile(&sorted, 0.75))
    }
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut samples = samples.to_vec();
    samples.sort_by(f64::total_cmp);
    samples
}

/// The value below which a part of the sorted samples lies, between two of them if need be.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = part * last as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// Measures a benchmark for about so long.
pub fn measure(isolate: &mut MainIsolate, bench: &Block, time: Duration) -> Result<Measured, Uncaught> {
    let mut run = |passes: u32| {
        let began = Instant::now();
        isolate.run_bench(bench, passes).map(|()| began.elapsed())
    };
    let sample = time / SAMPLES as u32;
    // Caches fill, and the machine wakes up, while it is found out how many passes a sample takes.
    let warm_up = Instant::now();
    let mut passes = 1;
    let a_pass = loop {
        let took = run(passes)?;
        if took >= sample || warm_up.elapsed() >= time / 5 && took > Duration::ZERO {
            break took.as_secs_f64() / f64::from(passes);
        }
        passes = passes_for(sample.min(took * 2), took, passes);
    };
    let passes = (sample.as_secs_f64() / a_pass).round().clamp(1.0, f64::from(u32::MAX)) as u32;
    let passes = passes.max(1);
    let began = Instant::now();
    let mut samples = Vec::with_capacity(SAMPLES);
    while samples.len() < SAMPLES && (samples.len() < LEAST_SAMPLES || began.elapsed() < time) {
        samples.push(run(passes)?.as_secs_f64() * 1e9 / f64::from(passes));
    }
    Ok(Measured { passes, samples })
}

/// How many passes take about so long, if some took `took`; more than these in any case.
fn passes_for(wanted: Duration, took: Duration, passes: u32) -> u32 {
    let ratio = wanted.as_secs_f64() / took.as_secs_f64().max(1e-9);
    let more = (f64::from(passes) * ratio).ceil().clamp(1.0, f64::from(u32::MAX)) as u32;
    more.max(passes.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_spreads_stand_outliers() {
        let measured = Measured { passes: 1, samples: vec![10.0, 12.0, 11.0, 900.0, 13.0] };
        assert_eq!((measured.median(), measured.spread(), measured.quartiles()), (12.0, 1.0, (11.0, 13.0)));
        let even = Measured { passes: 1, samples: vec![4.0, 2.0] };
        assert_eq!((even.median(), even.quartiles()), (3.0, (2.5, 3.5)));
    }

    #[test]
    fn passes_grow_until_they_take_long_enough() {
        let ms = Duration::from_millis;
        assert_eq!(passes_for(ms(30), ms(10), 100), 300);
        assert_eq!(passes_for(ms(30), Duration::ZERO, u32::MAX), u32::MAX);
        assert_eq!(passes_for(ms(1), ms(1), 7), 8);
    }
}
