//! Workers and calls from several threads, as ratios measured in one run, interleaved; medians (V-02, W-03).
//!
//! `cargo bench -p motet --bench workers` · rounds as an argument: `-- 15` · with the interpreter alone: `-- --no-jit`
//!
//! "Speed-up" is the time of one thread over the time of two for the same work. It is compared with the speed-up of two raw
//! threads of Rust that compute the same thing natively, because two cores are seldom twice one.

use motet::{Value, Vm};
use rayon::prelude::*;
use std::hint::black_box;
use std::time::{Duration, Instant};

const CALLS: usize = 64;
const ITEMS: usize = 10_000_000;
/// Natively about as much work as `fib(27)` of a program.
const NATIVE: u64 = 33;

fn native_fib(n: u64) -> u64 {
    if black_box(n) < 2 { n } else { native_fib(n - 1) + native_fib(n - 2) }
}

fn time(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// Spreads calls over so many OS threads.
fn on_threads(threads: usize, calls: usize, call: impl Fn() + Sync) -> Duration {
    time(|| {
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let call = &call;
                scope.spawn(move || (thread..calls).step_by(threads).for_each(|_| call()));
            }
        });
    })
}

fn ratio(one: Duration, two: Duration) -> f64 {
    one.as_secs_f64() / two.as_secs_f64()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn show(what: &str, figures: Vec<f64>, bound: &str) {
    println!("{what:<74} {:>6.3}   {bound}", median(figures));
}

fn main() {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(7);
    let builder = Vm::builder().workers(2);
    // As the command has it.
    #[cfg(feature = "jit")]
    let builder =
        if std::env::args().any(|argument| argument == "--no-jit") { builder } else { builder.machine_code(64 << 20) };
    let vm = builder.build();
    let module = vm
        .load_text(
            "export fn fib(n) { if (n < 2) { n } else { fib(n - 1) + fib(n - 2) } }
             export fn spread(calls, workers) { parallel_map(0..calls, i => fib(27), workers: workers) }
             export fn cheap(count) { len(map(x => x + 1, 0..count)) }
             export fn cheap_parallel(count) { len(parallel_map(0..count, x => x + 1, workers: 1)) }",
        )
        .expect("the program is right");
    let get = |name: &str| module.get(name).expect("it is exported");
    let (fib, spread, cheap, cheap_parallel) = (get("fib"), get("spread"), get("cheap"), get("cheap_parallel"));
    let call_fib = || _ = black_box(vm.call::<i64>(&fib, (27,)).expect("no error"));
    let call =
        |function: &Value, count: usize| time(|| _ = black_box(vm.call::<i64>(function, (count,)).expect("no error")));
    let spread_over = |workers: usize| time(|| vm.call::<()>(&spread, (CALLS, workers)).expect("no error"));
    let rayon = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let native = || _ = black_box(native_fib(NATIVE));

    let (mut threads, mut workers, mut against_rayon, mut sequential) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        // One thread and two, of each kind in turn, so that what else the machine does meets all alike.
        let (raw_one, vm_one, map_one) = (on_threads(1, CALLS, native), on_threads(1, CALLS, call_fib), spread_over(1));
        let (raw_two, vm_two, map_two) = (on_threads(2, CALLS, native), on_threads(2, CALLS, call_fib), spread_over(2));
        let by_rayon = time(|| rayon.install(|| (0..CALLS).into_par_iter().for_each(|_| call_fib())));
        let raw = ratio(raw_one, raw_two);
        threads.push(ratio(vm_one, vm_two) / raw);
        workers.push(ratio(map_one, map_two) / raw);
        against_rayon.push(ratio(map_two, by_rayon));
        sequential.push(ratio(call(&cheap_parallel, ITEMS), call(&cheap, ITEMS)));
    }
    println!("medians of {rounds} rounds");
    show("V-02 two OS threads calling at once: speed-up over that of two raw threads", threads, ">= 0.95");
    show("W-03 parallel_map of 64 fib(27): speed-up over that of two raw threads", workers, ">= 0.95");
    show("W-03 the same: time over that of the calls spread by rayon", against_rayon, "<= 1.15");
    show("W-03 parallel_map of 10 M cheap items on one core: time over that of map", sequential, "<= 2");
}
