//! What calls from Rust, and changes told to Rust, cost: medians of rounds that are measured in turn.
//!
//! `cargo bench -p motet --bench embedding` · rounds as an argument: `-- 15`

use motet::{CallContext, Limits, Vm};
use std::hint::black_box;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const CALLS: u32 = 10_000;
const SETS: i64 = 2_000;

/// What one call takes.
fn each(mut call: impl FnMut()) -> Duration {
    let began = Instant::now();
    (0..CALLS).for_each(|_| call());
    began.elapsed() / CALLS
}

/// The time below which so many of a hundred lie.
fn quantile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

fn show(what: &str, figure: impl std::fmt::Display, bound: &str) {
    println!("{what:<74} {figure:>9}   {bound}");
}

fn microseconds(time: Duration) -> String {
    format!("{:.2} µs", time.as_secs_f64() * 1e6)
}

fn main() {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(7);
    let vm = Vm::new();
    let one = vm.load_text("export fn one() { 1 }").and_then(|module| module.get("one")).expect("the program is right");
    let limits = Limits { time: Some(Duration::from_secs(3600)), ..Limits::default() };
    let (plain, limited) = (CallContext::new(), CallContext::new().limits(limits));
    let call =
        |context: &CallContext| each(|| _ = black_box(vm.call_with::<i64>(context, &one, ()).expect("no error")));
    let (mut free, mut watched) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        free.push(call(&plain));
        watched.push(call(&limited));
    }
    let (free, watched) = (quantile(&mut free, 50), quantile(&mut watched, 50));

    // Each set is seen before the next one, so it finds the thread that tells waiting.
    let signal = vm.signal(0_i64);
    let (sender, told) = mpsc::channel();
    let subscription = signal.on_change(move |value| sender.send((value, Instant::now())).expect("the test listens"));
    let mut delays: Vec<Duration> = (1..=SETS)
        .map(|value| {
            let set = Instant::now();
            signal.set(value);
            let (seen, at) = told.recv().expect("the machine lives");
            assert_eq!(seen.expect("it is a number"), value);
            at - set
        })
        .collect();
    drop(subscription);

    println!("medians of {rounds} rounds");
    show("V-02 a call of a function that does nothing", microseconds(free), "");
    show("V-06 the same with a limit of time, which one thread watches for all calls", microseconds(watched), "");
    show(
        "S-05 from a set to the callback of a subscription, median",
        microseconds(quantile(&mut delays, 50)),
        "< 100 µs",
    );
    show("S-05 the same, 99th percentile", microseconds(quantile(&mut delays, 99)), "< 5000 µs");
}
