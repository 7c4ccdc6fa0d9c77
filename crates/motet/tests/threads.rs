//! Threads under stress: random work in which every message is accounted for (T-07, T-09, T-16, T-22).

use std::process::Command;
use std::time::{Duration, Instant};

fn run(seed: u64, rounds: u32) {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/threads/stress.soc");
    let output = Command::new(env!("CARGO_BIN_EXE_motet"))
        .args(["run", "--mailbox", "40", "--threads", "6", program, &rounds.to_string(), &seed.to_string()])
        .output()
        .expect("the command runs");
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out == "accounted for\n", "seed {seed}, {rounds} rounds:\n{out}{errors}");
}

#[test]
fn t09_t16_t22_every_message_is_accounted_for() {
    (1..=4).for_each(|seed| run(seed, 5));
}

#[test]
#[ignore = "ten minutes: ./test --long"]
fn t09_t16_t22_every_message_is_accounted_for_in_ten_minutes() {
    let begin = Instant::now();
    let mut seed = 1;
    while begin.elapsed() < Duration::from_secs(600) {
        run(seed, 50);
        seed += 1;
    }
}
