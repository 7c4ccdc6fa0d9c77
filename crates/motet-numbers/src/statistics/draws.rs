//! Numbers of laws, each computed from a seed and its own number: however many words of Philox it takes, no other number
//! takes them.

use super::special::ln_gamma;
use crate::random::{philox, unit};
use std::f64::consts::TAU;

/// What one number may use.
pub(crate) struct Draws {
    seed: u64,
    number: u64,
    /// How often it has asked.
    stream: u64,
    /// The word that the last answer left.
    kept: Option<u64>,
}

/// Means up to which numbers are counted from 0 on.
const FEW: f64 = 20.0;

impl Draws {
    pub fn new(seed: u64, number: usize) -> Draws {
        Draws { seed, number: number as u64, stream: 0, kept: None }
    }

    fn word(&mut self) -> u64 {
        if let Some(word) = self.kept.take() {
            return word;
        }
        let [a, b, c, d] = philox(self.seed, self.stream, self.number);
        self.stream += 1;
        self.kept = Some(u64::from(c) | u64::from(d) << 32);
        u64::from(a) | u64::from(b) << 32
    }

    /// From 0 to before 1.
    pub fn unit(&mut self) -> f64 {
        unit(self.word())
    }

    /// Above 0 and below 1.
    pub fn unit_between(&mut self) -> f64 {
        unit(self.word()) + 0.5 / (1u64 << 53) as f64
    }

    /// Box and Muller: a length and an angle.
    pub fn normal(&mut self) -> f64 {
        let length = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        length * (TAU * self.unit()).cos()
    }

    /// Marsaglia and Tsang.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 { self.ln_gamma(shape).exp() } else { self.gamma_from_one(shape) }
    }

    /// The logarithm of a number of gamma's law, which may be too small for a float itself.
    pub fn ln_gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let lift = self.unit_between().ln() / shape;
            return self.gamma_from_one(shape + 1.0).ln() + lift;
        }
        self.gamma_from_one(shape).ln()
    }

    fn gamma_from_one(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let cube = root * root * root;
            let u = self.unit_between();
            if u.ln() < 0.5 * x * x + d - d * cube + d * cube.ln() {
                return d * cube;
            }
        }
    }

    /// Small means by their chances from 0 on; large ones by Hörmann's rejection (PTRS).
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean <= FEW {
            return self.counted(500, (-mean).exp(), |k| mean / k);
        }
        let (root, ln_mean) = (mean.sqrt(), mean.ln());
        let b = 0.931 + 2.53 * root;
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let surely = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.unit_between() - 0.5;
            let v = self.unit_between();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= surely {
                return k;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let left = (v * inverse_alpha / (a / (us * us) + b)).ln();
            if left <= k * ln_mean - mean - ln_gamma(k + 1.0) {
                return k;
            }
        }
    }

    /// The same for trials (BTRS).
    pub fn binomial(&mut self, n: f64, p: f64) -> f64 {
        if p > 0.5 {
            return n - self.binomial(n, 1.0 - p);
        }
        let q = 1.0 - p;
        if n * p <= FEW {
            let odds = p / q;
            return self.counted(n.min(500.0) as u32, (n * (-p).ln_1p()).exp(), |k| odds * (n - k + 1.0) / k);
        }
        let spread = (n * p * q).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let c = n * p + 0.5;
        let surely = 0.92 - 4.2 / b;
        let alpha = (2.83 + 5.1 / b) * spread;
        let ln_odds = (p / q).ln();
        let middle = ((n + 1.0) * p).floor();
        let height = ln_gamma(middle + 1.0) + ln_gamma(n - middle + 1.0);
        loop {
            let u = self.unit_between() - 0.5;
            let v = self.unit_between();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + c).floor();
            if us >= 0.07 && v <= surely {
                return k;
            }
            if k < 0.0 || k > n {
                continue;
            }
            let left = (v * alpha / (a / (us * us) + b)).ln();
            if left <= height - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) + (k - middle) * ln_odds {
                return k;
            }
        }
    }

    /// Counts from 0 on, until the chances of what is passed come to more than a number from 0 to 1. `ratio` says how the
    /// chance of each is to the one before it.
    fn counted(&mut self, most: u32, first: f64, ratio: impl Fn(f64) -> f64) -> f64 {
        let mut left = self.unit();
        let mut chance = first;
        let mut count = 0;
        while left >= chance && count < most {
            left -= chance;
            count += 1;
            chance *= ratio(f64::from(count));
        }
        f64::from(count)
    }
}
