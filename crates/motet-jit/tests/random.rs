//! Random programs as machine code: they do the same, and leave nothing behind. Fuzzers make the same programs.

#[path = "../../../fuzz/src/modes.rs"]
mod modes;
#[path = "programs/running.rs"]
#[allow(dead_code, reason = "each file of tests uses some of it")]
mod running;
#[path = "../../../fuzz/src/typed/mod.rs"]
mod typed;

use modes::How;
use running as both;
use running::{check, check_steps};
use std::time::{Duration, Instant, SystemTime};
use typed::{Choices, calls, numbers, things};

#[test]
fn random_programs_do_the_same_as_machine_code() {
    let mut compiled = 0;
    for seed in 0..100 {
        let (_, said) = check(&numbers::program(Choices::Random(seed)), &[]);
        compiled += usize::from(said.iter().any(|line| line.starts_with("compiled")));
    }
    assert!(compiled > 80, "of 100 programs, {compiled} were compiled");
}

#[test]
fn random_programs_take_the_same_steps_as_machine_code() {
    for seed in 1000..1015 {
        check_steps(&numbers::program(Choices::Random(seed)), &[]);
    }
}

#[test]
fn random_calls_do_the_same_as_machine_code() {
    let mut compiled = 0;
    for seed in 0..40 {
        let (_, said) = check(&calls::program(Choices::Random(seed)), &[]);
        compiled += usize::from(said.iter().any(|line| line.starts_with("compiled")));
    }
    assert!(compiled > 35, "of 40 programs, {compiled} were compiled");
}

#[test]
fn random_calls_take_the_same_steps_as_machine_code() {
    for seed in 1000..1008 {
        check_steps(&calls::program(Choices::Random(seed)), &[]);
    }
}

#[test]
fn random_things_do_the_same_as_machine_code() {
    let mut compiled = 0;
    for seed in 0..60 {
        let (_, said) = check(&things::program(Choices::Random(seed)), &[]);
        compiled += usize::from(said.iter().any(|line| line.starts_with("compiled")));
    }
    assert!(compiled > 50, "of 60 programs, {compiled} were compiled");
}

#[test]
fn random_things_take_the_same_steps_as_machine_code() {
    for seed in 1000..1010 {
        check_steps(&things::program(Choices::Random(seed)), &[]);
    }
}

/// Other programs in each run, in all modes. What it finds it shows, with the number that makes it again.
#[test]
#[ignore = "takes MOTET_STRESS_SECONDS"]
fn random_programs_of_all_kinds_for_a_while() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seconds = number("MOTET_STRESS_SECONDS").unwrap_or(10);
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_micros() as u64);
    let mut seed = number("MOTET_RANDOM").unwrap_or(clock);
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let compared = std::panic::catch_unwind(|| {
            let mut choices = Choices::Random(seed);
            let mut next = || choices.below(1 << 16) as u32;
            let how = How { hot: next(), seed: next(), steps: next() };
            modes::compare_program(&typed::program(choices), how);
        });
        assert!(compared.is_ok(), "with MOTET_RANDOM={seed}");
        (seed, count) = (seed.wrapping_add(1), count + 1);
    }
    assert!(count > 0);
    println!("{count} programs");
}
