//! What signals cost, with closures: the figures of `benches/signals`, one to a line, `name value unit`. Nothing else
//! belongs on standard output; `benches/signals` puts peers beside them.
//!
//! `cargo bench -p motet-signals --bench signals`

use motet_concurrency::{Bell, ReadyQueue};
use motet_memory::{Frozen, Value};
use motet_signals::{Computed, Effect, Graph, Place, Signal};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Instant;

/// Counts what is allocated.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is the system's; the count changes nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn int(number: i64) -> Frozen {
    Frozen::new(&Value::int(number)).expect("numbers are immutable")
}

fn number(value: &Frozen) -> i64 {
    value.value().as_int().expect("a number")
}

fn place(graph: &Arc<Graph>) -> Place {
    Place::new(graph, None, Box::new(|failure| panic!("{failure:?}")))
}

fn of_signal(graph: &Arc<Graph>, signal: &Signal, more: i64) -> Computed {
    let signal = signal.clone();
    graph.computed(move |reader| Ok(int(number(&reader.signal(&signal)) + more)))
}

fn of_computed(graph: &Arc<Graph>, source: &Computed, more: i64) -> Computed {
    let source = source.clone();
    graph.computed(move |reader| Ok(int(number(&reader.computed(&source)?) + more)))
}

fn watch(place: &mut Place, computed: &Computed) -> Effect {
    let computed = computed.clone();
    place.effect(move |reader| {
        black_box(reader.computed(&computed)?);
        Ok(())
    })
}

fn median(mut runs: Vec<f64>) -> f64 {
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

fn measure(name: &str, unit: &str, count: usize, mut run: impl FnMut() -> f64) {
    let figure = median((0..count).map(|_| run()).collect());
    println!("{name}\t{figure:.3}\t{unit}");
}

/// What this thread has computed for, in seconds: what else the machine does does not count.
fn processor_time() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the time is written to a place that is there.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(result, 0, "every Linux has this clock");
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn micros(started: f64, operations: usize) -> f64 {
    (processor_time() - started) * 1e6 / operations as f64
}

fn updates(name: &str, sets: usize, place: &mut Place, signal: &Signal) {
    let mut next = number(&signal.peek());
    measure(name, "µs", 15, || {
        let started = processor_time();
        for _ in 0..sets {
            next += 1;
            place.set(signal, int(next));
        }
        micros(started, sets)
    });
}

/// From a set on this thread to the effect of another that sleeps (S-05). Median and 99th percentile.
fn latency(name: &str) {
    const SETS: usize = 2000;
    let graph = Graph::new();
    let signal = graph.signal(int(0));
    let seen = Arc::new(AtomicI64::new(-1));
    let thread = Arc::new(AtomicI64::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let bell = Bell::detached();
    let barrier = Arc::new(Barrier::new(2));
    let start = Instant::now();
    let times: Arc<Vec<AtomicUsize>> = Arc::new((0..=SETS).map(|_| AtomicUsize::new(0)).collect());
    let watcher = {
        let (graph, signal, seen, over) = (graph.clone(), signal.clone(), seen.clone(), over.clone());
        let (bell, barrier, times, thread) = (bell.clone(), barrier.clone(), times.clone(), thread.clone());
        std::thread::spawn(move || {
            // SAFETY: it has no conditions.
            thread.store(unsafe { libc::gettid() }.into(), Ordering::Relaxed);
            let ready = ReadyQueue::new(bell.clone());
            let mut place = Place::new(&graph, Some(ready.waker(0)), Box::new(|failure| panic!("{failure:?}")));
            let _effect = place.effect(move |reader| {
                let value = number(&reader.signal(&signal));
                times[value as usize].store(start.elapsed().as_nanos() as usize, Ordering::Relaxed);
                seen.store(value, Ordering::Release);
                Ok(())
            });
            barrier.wait();
            while !over.load(Ordering::Acquire) {
                bell.wait(None);
                bell.take();
                ready.take(&mut Vec::new());
                place.run_effects();
            }
        })
    };
    barrier.wait();
    let state = format!("/proc/self/task/{}/stat", thread.load(Ordering::Relaxed));
    let mut took: Vec<f64> = (1..=SETS)
        .map(|at| {
            // An isolated set.
            while !is_asleep(&state) {
                std::thread::yield_now();
            }
            let set_at = start.elapsed().as_nanos() as usize;
            signal.set(int(at as i64));
            while seen.load(Ordering::Acquire) < at as i64 {
                std::hint::spin_loop();
            }
            times[at].load(Ordering::Relaxed).saturating_sub(set_at) as f64 / 1e3
        })
        .collect();
    over.store(true, Ordering::Release);
    bell.ring(motet_concurrency::Reasons::READY);
    watcher.join().expect("the watcher ends");
    took.sort_by(f64::total_cmp);
    println!("{name}_median\t{:.3}\tµs", took[SETS / 2]);
    println!("{name}_p99\t{:.3}\tµs", took[SETS * 99 / 100]);
}

/// The thread waits in the kernel. The state stands behind the name, which is in parentheses.
fn is_asleep(stat: &str) -> bool {
    let stat = std::fs::read_to_string(stat).expect("the thread lives");
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('S'))
}

/// The same while every core computes, at nice 19 as workers do.
fn latency_busy() {
    let over = AtomicBool::new(false);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ready = Barrier::new(cores + 1);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                // SAFETY: it changes the priority of the calling thread and nothing else.
                let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) };
                assert_eq!(result, 0, "every thread may become nicer");
                ready.wait();
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        ready.wait();
        latency("latency_busy");
        over.store(true, Ordering::Relaxed);
    });
}

fn chain() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(0));
    let mut last = of_signal(&graph, &signal, 1);
    for _ in 1..1000 {
        last = of_computed(&graph, &last, 1);
    }
    let _effect = watch(&mut place, &last);
    updates("chain_1000", 50, &mut place, &signal);
}

fn fan_out() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(0));
    let values: Vec<Computed> = (0..1000).map(|more| of_signal(&graph, &signal, more)).collect();
    let _effects: Vec<Effect> = values.iter().map(|value| watch(&mut place, value)).collect();
    updates("fan_out_1000", 50, &mut place, &signal);
}

fn diamond() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(0));
    let values: Vec<Computed> = (0..5).map(|_| of_signal(&graph, &signal, 1)).collect();
    let sum = graph.computed(move |reader| {
        let mut sum = 0;
        for value in &values {
            sum += number(&reader.computed(value)?);
        }
        Ok(int(sum))
    });
    let _effect = watch(&mut place, &sum);
    updates("diamond_5", 5000, &mut place, &signal);
}

fn set_computed_effect() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(0));
    let value = of_signal(&graph, &signal, 1);
    let _effect = watch(&mut place, &value);
    updates("set_computed_effect", 50_000, &mut place, &signal);
}

fn bare_set() {
    let graph = Graph::new();
    let signal = graph.signal(int(0));
    updates("bare_set", 200_000, &mut place(&graph), &signal);
}

fn create() {
    measure("create_read_100k", "ms", 7, || {
        let started = processor_time();
        let graph = Graph::new();
        let signals: Vec<Signal> = (0..100_000).map(|at| graph.signal(int(at))).collect();
        let values: Vec<Computed> = signals.iter().map(|signal| of_signal(&graph, signal, 1)).collect();
        let mut place = place(&graph);
        let sum: i64 = values.iter().map(|value| number(&place.value(value).expect("a number"))).sum();
        black_box(sum);
        let took = (processor_time() - started) * 1e3;
        drop((signals, values));
        took
    });
}

fn bytes() {
    let before = ALLOCATED.load(Ordering::Relaxed);
    let graph = Graph::new();
    let signals: Vec<Signal> = (0..1_000_000).map(|at| graph.signal(int(at))).collect();
    let handles = signals.len() * size_of::<Signal>();
    let bytes = ALLOCATED.load(Ordering::Relaxed) - before - handles;
    println!("bytes_a_signal\t{:.1}\tbytes", bytes as f64 / signals.len() as f64);
}

/// Names on the command line choose among the figures.
fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let figures: [(&str, fn()); 7] = [
        ("chain_1000", chain),
        ("fan_out_1000", fan_out),
        ("diamond_5", diamond),
        ("set_computed_effect", set_computed_effect),
        ("bare_set", bare_set),
        ("create_read_100k", create),
        ("bytes_a_signal", bytes),
    ];
    for (name, figure) in figures {
        if chosen.is_empty() || chosen.iter().any(|one| one == name) {
            figure();
        }
    }
    if chosen.iter().any(|one| one == "latency") {
        latency("latency_idle");
        latency_busy();
    }
}
