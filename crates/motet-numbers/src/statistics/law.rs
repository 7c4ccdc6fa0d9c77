//! Distributions: what is known of each law, and how numbers are drawn of it.

use super::draws::Draws;
use super::special::{beta_parts, binomial_mass, erfc_inverse, gamma_parts, ln_beta, ln_gamma, normal, poisson_mass};
use std::f64::consts::{PI, SQRT_2, TAU};

/// The greatest number that a law of whole numbers may have as its mean: they are counted in floats.
pub(crate) const MOST: f64 = 1e15;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Law {
    Normal { mean: f64, std: f64 },
    Uniform { low: f64, high: f64 },
    Exponential { scale: f64 },
    Gamma { shape: f64, scale: f64 },
    ChiSquared { df: f64 },
    Beta { a: f64, b: f64 },
    StudentT { df: f64 },
    F { df1: f64, df2: f64 },
    LogNormal { mean: f64, std: f64 },
    Weibull { shape: f64, scale: f64 },
    Cauchy { location: f64, scale: f64 },
    Laplace { location: f64, scale: f64 },
    Logistic { location: f64, scale: f64 },
    Pareto { shape: f64, scale: f64 },
    Binomial { n: f64, p: f64 },
    Poisson { mean: f64 },
    Geometric { p: f64 },
    NegativeBinomial { n: f64, p: f64 },
}

/// What a parameter must be.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    Finite,
    AboveZero,
    /// A chance that is not 0.
    Chance,
    /// 0 to 1.
    Part,
    Count,
    Rate,
}

impl Bound {
    pub fn holds(self, number: f64) -> bool {
        match self {
            Bound::Finite => number.is_finite(),
            Bound::AboveZero => number > 0.0 && number.is_finite(),
            Bound::Chance => number > 0.0 && number <= 1.0,
            Bound::Part => (0.0..=1.0).contains(&number),
            Bound::Count => (0.0..=MOST).contains(&number) && number == number.floor(),
            Bound::Rate => (0.0..=MOST).contains(&number),
        }
    }

    pub fn description(self) -> &'static str {
        match self {
            Bound::Finite => "a finite number",
            Bound::AboveZero => "a finite number above 0",
            Bound::Chance => "a number above 0, up to 1",
            Bound::Part => "a number from 0 to 1",
            Bound::Count => "a whole number from 0 to 10^15",
            Bound::Rate => "a number from 0 to 10^15",
        }
    }
}

type Parameters = &'static [(&'static str, Bound)];

/// A law by its name, what it takes, and how it is made of that.
type Known = (&'static str, Parameters, fn(&[f64]) -> Law);

/// The laws by their names, with what each takes.
pub(crate) static LAWS: &[Known] = &[
    ("normal", &[("mean", Bound::Finite), ("std", Bound::AboveZero)], |p| Law::Normal { mean: p[0], std: p[1] }),
    ("uniform", &[("low", Bound::Finite), ("high", Bound::Finite)], |p| Law::Uniform { low: p[0], high: p[1] }),
    ("exponential", &[("scale", Bound::AboveZero)], |p| Law::Exponential { scale: p[0] }),
    ("gamma", &[("shape", Bound::AboveZero), ("scale", Bound::AboveZero)], |p| Law::Gamma { shape: p[0], scale: p[1] }),
    ("chi_squared", &[("df", Bound::AboveZero)], |p| Law::ChiSquared { df: p[0] }),
    ("beta", &[("a", Bound::AboveZero), ("b", Bound::AboveZero)], |p| Law::Beta { a: p[0], b: p[1] }),
    ("student_t", &[("df", Bound::AboveZero)], |p| Law::StudentT { df: p[0] }),
    ("f", &[("df1", Bound::AboveZero), ("df2", Bound::AboveZero)], |p| Law::F { df1: p[0], df2: p[1] }),
    ("lognormal", &[("mean", Bound::Finite), ("std", Bound::AboveZero)], |p| Law::LogNormal { mean: p[0], std: p[1] }),
    ("weibull", &[("shape", Bound::AboveZero), ("scale", Bound::AboveZero)], |p| Law::Weibull {
        shape: p[0],
        scale: p[1],
    }),
    ("cauchy", &[("location", Bound::Finite), ("scale", Bound::AboveZero)], |p| Law::Cauchy {
        location: p[0],
        scale: p[1],
    }),
    ("laplace", &[("location", Bound::Finite), ("scale", Bound::AboveZero)], |p| Law::Laplace {
        location: p[0],
        scale: p[1],
    }),
    ("logistic", &[("location", Bound::Finite), ("scale", Bound::AboveZero)], |p| Law::Logistic {
        location: p[0],
        scale: p[1],
    }),
    ("pareto", &[("shape", Bound::AboveZero), ("scale", Bound::AboveZero)], |p| Law::Pareto {
        shape: p[0],
        scale: p[1],
    }),
    ("binomial", &[("n", Bound::Count), ("p", Bound::Part)], |p| Law::Binomial { n: p[0], p: p[1] }),
    ("poisson", &[("mean", Bound::Rate)], |p| Law::Poisson { mean: p[0] }),
    ("geometric", &[("p", Bound::Chance)], |p| Law::Geometric { p: p[0] }),
    ("negative_binomial", &[("n", Bound::AboveZero), ("p", Bound::Chance)], |p| Law::NegativeBinomial {
        n: p[0],
        p: p[1],
    }),
];

impl Law {
    /// Its name and its parameters, as programs write them.
    pub fn parts(&self) -> (&'static str, Vec<f64>) {
        match *self {
            Law::Normal { mean, std } => ("normal", vec![mean, std]),
            Law::Uniform { low, high } => ("uniform", vec![low, high]),
            Law::Exponential { scale } => ("exponential", vec![scale]),
            Law::Gamma { shape, scale } => ("gamma", vec![shape, scale]),
            Law::ChiSquared { df } => ("chi_squared", vec![df]),
            Law::Beta { a, b } => ("beta", vec![a, b]),
            Law::StudentT { df } => ("student_t", vec![df]),
            Law::F { df1, df2 } => ("f", vec![df1, df2]),
            Law::LogNormal { mean, std } => ("lognormal", vec![mean, std]),
            Law::Weibull { shape, scale } => ("weibull", vec![shape, scale]),
            Law::Cauchy { location, scale } => ("cauchy", vec![location, scale]),
            Law::Laplace { location, scale } => ("laplace", vec![location, scale]),
            Law::Logistic { location, scale } => ("logistic", vec![location, scale]),
            Law::Pareto { shape, scale } => ("pareto", vec![shape, scale]),
            Law::Binomial { n, p } => ("binomial", vec![n, p]),
            Law::Poisson { mean } => ("poisson", vec![mean]),
            Law::Geometric { p } => ("geometric", vec![p]),
            Law::NegativeBinomial { n, p } => ("negative_binomial", vec![n, p]),
        }
    }

    pub fn is_of_whole_numbers(&self) -> bool {
        matches!(
            self,
            Law::Binomial { .. } | Law::Poisson { .. } | Law::Geometric { .. } | Law::NegativeBinomial { .. }
        )
    }

    /// Units of work that one number takes.
    pub fn units(&self) -> usize {
        let size = match *self {
            Law::Gamma { shape, .. } => shape,
            Law::ChiSquared { df } | Law::StudentT { df } => df,
            Law::Beta { a, b } => a.max(b),
            Law::F { df1, df2 } => df1.max(df2),
            Law::Binomial { n, .. } => n,
            Law::Poisson { mean } => mean,
            Law::NegativeBinomial { n, p } => n / p,
            _ => 0.0,
        };
        4 + size.min(1e10).sqrt() as usize
    }

    /// The numbers that it gives lie from here to there.
    fn support(&self) -> [f64; 2] {
        match *self {
            Law::Normal { .. }
            | Law::StudentT { .. }
            | Law::Cauchy { .. }
            | Law::Laplace { .. }
            | Law::Logistic { .. } => [f64::NEG_INFINITY, f64::INFINITY],
            Law::Uniform { low, high } => [low, high],
            Law::Beta { .. } => [0.0, 1.0],
            Law::Pareto { scale, .. } => [scale, f64::INFINITY],
            Law::Binomial { n, .. } => [0.0, n],
            Law::Geometric { .. } => [1.0, f64::INFINITY],
            _ => [0.0, f64::INFINITY],
        }
    }

    /// How dense the numbers lie at a place; of whole numbers, how likely this one is.
    pub fn density(&self, x: f64) -> f64 {
        if x.is_nan() {
            return x;
        }
        let [low, high] = self.support();
        if x < low || x > high || !x.is_finite() || (self.is_of_whole_numbers() && x != x.floor()) {
            return 0.0;
        }
        match *self {
            Law::Normal { mean, std } => {
                let z = (x - mean) / std;
                (-z * z / 2.0).exp() / (std * TAU.sqrt())
            }
            Law::Uniform { low, high } => 1.0 / (high - low),
            Law::Exponential { scale } => (-x / scale).exp() / scale,
            Law::Gamma { shape, scale } => gamma_density(x, shape, scale),
            Law::ChiSquared { df } => gamma_density(x, df / 2.0, 2.0),
            Law::Beta { a, b } => beta_density(x, 1.0 - x, a, b),
            Law::StudentT { df } => {
                // The logarithm of what the constant is, by a difference that stays small.
                let half = df / 2.0;
                let constant = -ln_beta(0.5, half) - 0.5 * df.ln();
                (constant - (half + 0.5) * (x * x / df).ln_1p()).exp()
            }
            Law::F { df1, df2 } => {
                if x == 0.0 {
                    return if df1 < 2.0 {
                        f64::INFINITY
                    } else if df1 == 2.0 {
                        1.0
                    } else {
                        0.0
                    };
                }
                let sum = df2 + df1 * x;
                let (part, rest) = (df1 * x / sum, df2 / sum);
                beta_density(part, rest, df1 / 2.0, df2 / 2.0) * df1 * df2 / (sum * sum)
            }
            Law::LogNormal { mean, std } => {
                if x == 0.0 {
                    return 0.0;
                }
                let z = (x.ln() - mean) / std;
                (-z * z / 2.0).exp() / (x * std * TAU.sqrt())
            }
            Law::Weibull { shape, scale } => {
                let z = x / scale;
                shape / scale * z.powf(shape - 1.0) * (-z.powf(shape)).exp()
            }
            Law::Cauchy { location, scale } => {
                let z = (x - location) / scale;
                1.0 / (PI * scale * (1.0 + z * z))
            }
            Law::Laplace { location, scale } => (-(x - location).abs() / scale).exp() / (2.0 * scale),
            Law::Logistic { location, scale } => {
                let e = (-((x - location) / scale).abs()).exp();
                e / (scale * (1.0 + e) * (1.0 + e))
            }
            Law::Pareto { shape, scale } => shape / x * (scale / x).powf(shape),
            Law::Binomial { n, p } => binomial_mass(x, n, p, 1.0 - p),
            Law::Poisson { mean } => poisson_mass(x, mean),
            Law::Geometric { p } => p * ((x - 1.0) * (-p).ln_1p()).exp(),
            Law::NegativeBinomial { n, p } => {
                if p == 1.0 {
                    return if x == 0.0 { 1.0 } else { 0.0 };
                }
                n / (n + x) * binomial_mass(n, n + x, p, 1.0 - p)
            }
        }
    }

    /// How many of the numbers lie up to a place, and how many beyond it.
    pub fn parts_at(&self, x: f64) -> [f64; 2] {
        if x.is_nan() {
            return [x, x];
        }
        let x = if self.is_of_whole_numbers() { x.floor() } else { x };
        let [low, high] = self.support();
        if x < low {
            return [0.0, 1.0];
        }
        if x >= high {
            return [1.0, 0.0];
        }
        match *self {
            Law::Normal { mean, std } => normal((x - mean) / std),
            Law::Uniform { low, high } => [(x - low) / (high - low), (high - x) / (high - low)],
            Law::Exponential { scale } => [-(-x / scale).exp_m1(), (-x / scale).exp()],
            Law::Gamma { shape, scale } => gamma_parts(shape, x / scale),
            Law::ChiSquared { df } => gamma_parts(df / 2.0, x / 2.0),
            Law::Beta { a, b } => beta_parts(a, b, x, 1.0 - x),
            Law::StudentT { df } => {
                let square = x * x;
                let sum = df + square;
                let tail =
                    if square.is_infinite() { 0.0 } else { beta_parts(df / 2.0, 0.5, df / sum, square / sum)[0] / 2.0 };
                if x < 0.0 { [tail, 1.0 - tail] } else { [1.0 - tail, tail] }
            }
            Law::F { df1, df2 } => {
                let sum = df2 + df1 * x;
                beta_parts(df1 / 2.0, df2 / 2.0, df1 * x / sum, df2 / sum)
            }
            Law::LogNormal { mean, std } => normal((x.ln() - mean) / std),
            Law::Weibull { shape, scale } => {
                let z = (x / scale).powf(shape);
                [-(-z).exp_m1(), (-z).exp()]
            }
            Law::Cauchy { location, scale } => {
                let z = (x - location) / scale;
                [(1.0f64).atan2(-z) / PI, (1.0f64).atan2(z) / PI]
            }
            Law::Laplace { location, scale } => {
                let z = (x - location) / scale;
                let tail = (-z.abs()).exp() / 2.0;
                if z < 0.0 { [tail, 1.0 - tail] } else { [1.0 - tail, tail] }
            }
            Law::Logistic { location, scale } => {
                let z = (x - location) / scale;
                [1.0 / (1.0 + (-z).exp()), 1.0 / (1.0 + z.exp())]
            }
            Law::Pareto { shape, scale } => {
                let exponent = shape * (scale / x).ln();
                [-exponent.exp_m1(), exponent.exp()]
            }
            Law::Binomial { n, p } => {
                let [below, above] = beta_parts(n - x, x + 1.0, 1.0 - p, p);
                [below, above]
            }
            Law::Poisson { mean } => {
                let [below, above] = gamma_parts(x + 1.0, mean);
                [above, below]
            }
            Law::Geometric { p } => {
                let exponent = x * (-p).ln_1p();
                [-exponent.exp_m1(), exponent.exp()]
            }
            Law::NegativeBinomial { n, p } => beta_parts(n, x + 1.0, p, 1.0 - p),
        }
    }

    /// The number that a part of the numbers, from 0 to 1, lies up to.
    pub fn quantile(&self, part: f64) -> f64 {
        let [low, high] = self.support();
        if part.is_nan() || part == 0.0 {
            return if part == 0.0 { low } else { part };
        }
        if part == 1.0 {
            return high;
        }
        let rest = 1.0 - part;
        match *self {
            Law::Normal { mean, std } => mean - std * SQRT_2 * erfc_inverse(2.0 * part),
            Law::Uniform { low, high } => low + (high - low) * part,
            Law::Exponential { scale } => -scale * (-part).ln_1p(),
            Law::LogNormal { mean, std } => (mean - std * SQRT_2 * erfc_inverse(2.0 * part)).exp(),
            Law::Weibull { shape, scale } => scale * (-(-part).ln_1p()).powf(1.0 / shape),
            Law::Cauchy { location, scale } => {
                let tail = 1.0 / (PI * part.min(rest)).tan();
                location + if part < 0.5 { -scale * tail } else { scale * tail }
            }
            Law::Laplace { location, scale } => {
                location + if part < 0.5 { scale * (2.0 * part).ln() } else { -scale * (2.0 * rest).ln() }
            }
            Law::Logistic { location, scale } => location + scale * (part / rest).ln(),
            Law::Pareto { shape, scale } => scale * (-(-part).ln_1p() / shape).exp(),
            Law::StudentT { .. } if part == 0.5 => 0.0,
            Law::StudentT { .. } => {
                let there = self.place_of(part.min(rest), true);
                if part < 0.5 { -there } else { there }
            }
            Law::Gamma { .. } | Law::ChiSquared { .. } | Law::Beta { .. } | Law::F { .. } => {
                if part <= 0.5 {
                    self.place_of(part, false)
                } else {
                    self.place_of(rest, true)
                }
            }
            Law::Binomial { .. } | Law::Poisson { .. } | Law::Geometric { .. } | Law::NegativeBinomial { .. } => {
                self.whole_place_of(part)
            }
        }
    }

    /// The place above 0 below which, or above which, such a part lies: by Newton's method for logarithms, of which both
    /// tails are nearly straight, kept between places that are known to lie on both sides.
    fn place_of(&self, part: f64, is_above: bool) -> f64 {
        let highest = self.support()[1];
        let (mut low, mut high) = (-745.0, if highest.is_finite() { 0.0 } else { 709.0 });
        let mean = self.mean();
        let mut place: f64 = if mean.is_finite() && mean > 0.0 { mean.ln().clamp(low, high) } else { 0.0 };
        if place == high {
            place = (low + high) / 2.0;
        }
        for _ in 0..200 {
            let x = place.exp();
            let tail = self.parts_at(x)[usize::from(is_above)];
            let off = if is_above { part.ln() - tail.ln() } else { tail.ln() - part.ln() };
            if off == 0.0 {
                break;
            }
            if off < 0.0 {
                low = place
            } else {
                high = place
            }
            let slope = self.density(x) * x / tail;
            let next = place - off / slope;
            let next = if next > low && next < high { next } else { (low + high) / 2.0 };
            if (next - place).abs() <= f64::EPSILON * place.abs().max(1.0) {
                place = next;
                break;
            }
            place = next;
        }
        place.exp()
    }

    /// The first whole number up to which such a part lies.
    fn whole_place_of(&self, part: f64) -> f64 {
        let [lowest, highest] = self.support();
        let highest = highest.min(4.0 * MOST);
        let is_enough = |x: f64| {
            let [below, above] = self.parts_at(x);
            let near = 4.0 * f64::EPSILON;
            if part < 0.5 { below >= part * (1.0 - near) } else { above <= (1.0 - part) * (1.0 + near) }
        };
        // From where the normal distribution would have it, in growing steps to both sides.
        let guess = self.mean() - self.variance().sqrt() * SQRT_2 * erfc_inverse(2.0 * part);
        let guess = guess.floor().clamp(lowest, highest);
        let (mut low, mut high) = (lowest - 1.0, highest);
        let mut step = 1.0;
        if is_enough(guess) {
            high = guess;
            while high - step > low {
                if !is_enough(high - step) {
                    low = high - step;
                    break;
                }
                high -= step;
                step *= 2.0;
            }
        } else {
            low = guess;
            while low + step < high {
                if is_enough(low + step) {
                    high = low + step;
                    break;
                }
                low += step;
                step *= 2.0;
            }
        }
        while high - low > 1.0 {
            let middle = ((low + high) / 2.0).floor();
            if is_enough(middle) { high = middle } else { low = middle }
        }
        high
    }

    pub fn mean(&self) -> f64 {
        match *self {
            Law::Normal { mean, .. } | Law::Poisson { mean } => mean,
            Law::Uniform { low, high } => low + (high - low) / 2.0,
            Law::Exponential { scale } => scale,
            Law::Gamma { shape, scale } => shape * scale,
            Law::ChiSquared { df } => df,
            Law::Beta { a, b } => a / (a + b),
            Law::StudentT { df } => {
                if df > 1.0 {
                    0.0
                } else {
                    f64::NAN
                }
            }
            Law::F { df2, .. } => {
                if df2 > 2.0 {
                    df2 / (df2 - 2.0)
                } else {
                    f64::INFINITY
                }
            }
            Law::LogNormal { mean, std } => (mean + std * std / 2.0).exp(),
            Law::Weibull { shape, scale } => scale * ln_gamma(1.0 + 1.0 / shape).exp(),
            Law::Cauchy { .. } => f64::NAN,
            Law::Laplace { location, .. } | Law::Logistic { location, .. } => location,
            Law::Pareto { shape, scale } => {
                if shape > 1.0 {
                    shape * scale / (shape - 1.0)
                } else {
                    f64::INFINITY
                }
            }
            Law::Binomial { n, p } => n * p,
            Law::Geometric { p } => 1.0 / p,
            Law::NegativeBinomial { n, p } => n * (1.0 - p) / p,
        }
    }

    pub fn variance(&self) -> f64 {
        match *self {
            Law::Normal { std, .. } => std * std,
            Law::Uniform { low, high } => (high - low) * (high - low) / 12.0,
            Law::Exponential { scale } => scale * scale,
            Law::Gamma { shape, scale } => shape * scale * scale,
            Law::ChiSquared { df } => 2.0 * df,
            Law::Beta { a, b } => a * b / ((a + b) * (a + b) * (a + b + 1.0)),
            Law::StudentT { df } if df > 2.0 => df / (df - 2.0),
            Law::StudentT { df } => {
                if df > 1.0 {
                    f64::INFINITY
                } else {
                    f64::NAN
                }
            }
            Law::F { df1, df2 } if df2 > 4.0 => {
                2.0 * df2 * df2 * (df1 + df2 - 2.0) / (df1 * (df2 - 2.0) * (df2 - 2.0) * (df2 - 4.0))
            }
            Law::F { .. } => f64::INFINITY,
            Law::LogNormal { mean, std } => {
                let square = std * std;
                square.exp_m1() * (2.0 * mean + square).exp()
            }
            Law::Weibull { shape, scale } => {
                let (first, second) = (ln_gamma(1.0 + 1.0 / shape).exp(), ln_gamma(1.0 + 2.0 / shape).exp());
                scale * scale * (second - first * first)
            }
            Law::Cauchy { .. } => f64::NAN,
            Law::Laplace { scale, .. } => 2.0 * scale * scale,
            Law::Logistic { scale, .. } => scale * scale * PI * PI / 3.0,
            Law::Pareto { shape, scale } if shape > 2.0 => {
                scale * scale * shape / ((shape - 1.0) * (shape - 1.0) * (shape - 2.0))
            }
            Law::Pareto { .. } => f64::INFINITY,
            Law::Binomial { n, p } => n * p * (1.0 - p),
            Law::Poisson { mean } => mean,
            Law::Geometric { p } => (1.0 - p) / (p * p),
            Law::NegativeBinomial { n, p } => n * (1.0 - p) / (p * p),
        }
    }

    /// A number of the law.
    pub fn draw(&self, draws: &mut Draws) -> f64 {
        match *self {
            Law::Normal { mean, std } => mean + std * draws.normal(),
            Law::LogNormal { mean, std } => (mean + std * draws.normal()).exp(),
            Law::Gamma { shape, scale } => scale * draws.gamma(shape),
            Law::ChiSquared { df } => 2.0 * draws.gamma(df / 2.0),
            Law::Beta { a, b } => {
                // Logarithms, so that shapes near 0 give no 0 / 0.
                let (x, y) = (draws.ln_gamma(a), draws.ln_gamma(b));
                1.0 / (1.0 + (y - x).exp())
            }
            Law::StudentT { df } => draws.normal() / (2.0 * draws.gamma(df / 2.0) / df).sqrt(),
            Law::F { df1, df2 } => draws.gamma(df1 / 2.0) / df1 / (draws.gamma(df2 / 2.0) / df2),
            Law::Binomial { n, p } => draws.binomial(n, p),
            Law::Poisson { mean } => draws.poisson(mean),
            Law::NegativeBinomial { n, p } => {
                let mean = draws.gamma(n) * (1.0 - p) / p;
                draws.poisson(mean.min(MOST))
            }
            Law::Geometric { p: 1.0 } => 1.0,
            Law::Geometric { p } => ((1.0 - draws.unit()).ln() / (-p).ln_1p()).ceil().clamp(1.0, 4.0 * MOST),
            _ => self.quantile(draws.unit_between()),
        }
    }
}

fn gamma_density(x: f64, shape: f64, scale: f64) -> f64 {
    if x == 0.0 {
        return if shape < 1.0 {
            f64::INFINITY
        } else if shape == 1.0 {
            1.0 / scale
        } else {
            0.0
        };
    }
    if shape < 1.0 {
        return poisson_mass(shape, x / scale) * shape / x;
    }
    poisson_mass(shape - 1.0, x / scale) / scale
}

fn beta_density(x: f64, y: f64, a: f64, b: f64) -> f64 {
    let at_end = |shape: f64, other: f64| {
        if shape < 1.0 {
            f64::INFINITY
        } else if shape == 1.0 {
            other
        } else {
            0.0
        }
    };
    if x <= 0.0 {
        return at_end(a, b);
    }
    if y <= 0.0 {
        return at_end(b, a);
    }
    match (a < 1.0, b < 1.0) {
        (true, true) => a * b / ((a + b) * x * y) * binomial_mass(a, a + b, x, y),
        (true, false) => a / x * binomial_mass(a, a + b - 1.0, x, y),
        (false, true) => b / y * binomial_mass(a - 1.0, a + b - 1.0, x, y),
        (false, false) => (a + b - 1.0) * binomial_mass(a - 1.0, a + b - 2.0, x, y),
    }
}
