//! What `motet bench` prints.

use super::Outcome;
use super::compare::{Change, Compared};

/// A line for a benchmark.
pub fn line(outcome: &Outcome) -> String {
    let measured = &outcome.measured;
    let (median, spread) = (measured.median(), measured.spread());
    let passes = match measured.passes {
        1 => String::new(),
        passes => format!(" of {passes} passes"),
    };
    let change = outcome.compared.as_ref().map_or(String::new(), |compared| format!("   {}", change(compared)));
    let (name, samples) = (&outcome.name, measured.samples.len());
    format!("  {name:<32} {:>9} ± {:<9} {samples} samples{passes}{change}\n", duration(median), duration(spread))
}

fn change(compared: &Compared) -> String {
    let was = compared.before.map_or(String::new(), |before| format!(" (was {})", duration(before)));
    match compared.change {
        Change::New => "new".into(),
        Change::Noise => format!("no change{was}"),
        Change::Faster(percent) => format!("{percent:.0} % faster{was}"),
        Change::Slower(percent) => format!("{percent:.0} % slower{was}"),
    }
}

/// Nanoseconds with three digits.
fn duration(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (size, unit) = units.into_iter().find(|(size, _)| nanoseconds >= *size * 0.9995).unwrap_or((1.0, "ns"));
    let value = nanoseconds / size;
    let decimals = match value {
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        let shown = [0.0, 1.234, 25.06, 999.0, 999.7, 1234.5, 56_789_000.0, 2e9].map(duration);
        let expected = ["0.00 ns", "1.23 ns", "25.1 ns", "999 ns", "1.00 µs", "1.23 µs", "56.8 ms", "2.00 s"];
        assert_eq!(shown, expected);
    }
}
