//! Runs the programs in `benches/programs` with small sizes, so that they stay right between measurements.

mod common;

use common::{motet, root, run};
use std::collections::BTreeSet;

/// Program, size, output.
const RUNS: &[(&str, &str, &str)] = &[
    ("hello", "", "hello"),
    ("fib", "20", "6765"),
    ("sum", "100000", "4999950000"),
    ("calls", "1000", "5000"),
    ("mandel", "40", "70230"),
    ("spectral", "20", "1.273839841"),
    ("nbody", "1000", "-0.169087605"),
    ("btrees", "6", "4398"),
    ("strings", "1000", "8780 9851 7110"),
    ("map", "1000", "544350"),
    ("sort", "1000", "705894 1003159108 2144075787"),
    ("polymorphic", "3", "70308"),
    ("closures", "800", "368206"),
    ("building", "30", "1893 217"),
    ("matrix", "12", "-1214"),
    ("generators", "2000", "433000"),
    ("dictionaries", "200", "124 430 176 3"),
    ("deep", "1", "23001"),
    ("throwing", "1000", "2401 200 1000"),
    ("matching", "1", "3952"),
    ("classes", "50", "574299 25000 0"),
];

#[test]
fn small_runs_print_what_they_should() {
    for (name, size, expected) in RUNS {
        let mut command = motet();
        command.current_dir(root()).args(["run", &format!("benches/programs/{name}.soc")]);
        if !size.is_empty() {
            command.arg(size);
        }
        let run = run(&mut command);
        assert_eq!((run.stdout.trim_end(), run.code), (*expected, Some(0)), "{name}: {}", run.stderr);
    }
}

#[test]
fn every_benchmark_is_run() {
    let files = std::fs::read_dir(root().join("benches/programs")).expect("the benchmarks are here");
    let found: BTreeSet<String> =
        files.map(|file| file.expect("a folder can be read").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(found, RUNS.iter().map(|(name, ..)| format!("{name}.soc")).collect());
}
