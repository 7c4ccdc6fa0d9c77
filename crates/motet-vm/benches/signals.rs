//! What signals cost, with closures: the figures of `benches/signals`, one to a line, `name value unit`. Nothing else
//! belongs on standard output; `benches/signals` puts peers beside them.
//!
//! `cargo bench -p motet-vm --bench signals`

use motet_vm::concurrency::{Bell, ReadyQueue};
use motet_vm::memory::{Frozen, Value};
use motet_vm::signals::{Computed, Effect, Graph, Place, Signal};
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

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

fn micros(started: Instant, operations: usize) -> f64 {
    started.elapsed().as_secs_f64() * 1e6 / operations as f64
}

fn updates(name: &str, sets: usize, place: &mut Place, signal: &Signal) {
    let mut next = number(&signal.peek());
    measure(name, "µs", 15, || {
        let started = Instant::now();
        for _ in 0..sets {
            next += 1;
            place.set(signal, int(next));
        }
        micros(started, sets)
    });
}

/// From a set on this thread to the effect of another, idle otherwise. Median and 99th percentile.
fn latency() {
    const SETS: usize = 2000;
    let graph = Graph::new();
    let signal = graph.signal(int(0));
    let seen = Arc::new(AtomicI64::new(-1));
    let over = Arc::new(AtomicBool::new(false));
    let bell = Bell::detached();
    let barrier = Arc::new(Barrier::new(2));
    let start = Instant::now();
    let times: Arc<Vec<AtomicUsize>> = Arc::new((0..=SETS).map(|_| AtomicUsize::new(0)).collect());
    let watcher = {
        let (graph, signal, seen, over) = (graph.clone(), signal.clone(), seen.clone(), over.clone());
        let (bell, barrier, times) = (bell.clone(), barrier.clone(), times.clone());
        std::thread::spawn(move || {
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
    let mut took: Vec<f64> = (1..=SETS)
        .map(|at| {
            // An isolated set: the other side sleeps.
            std::thread::sleep(Duration::from_micros(500));
            let set_at = start.elapsed().as_nanos() as usize;
            signal.set(int(at as i64));
            while seen.load(Ordering::Acquire) < at as i64 {
                std::hint::spin_loop();
            }
            times[at].load(Ordering::Relaxed).saturating_sub(set_at) as f64 / 1e3
        })
        .collect();
    over.store(true, Ordering::Release);
    bell.ring(motet_vm::concurrency::Reasons::READY);
    watcher.join().expect("the watcher ends");
    took.sort_by(f64::total_cmp);
    println!("latency_median\t{:.3}\tµs", took[SETS / 2]);
    println!("latency_p99\t{:.3}\tµs", took[SETS * 99 / 100]);
}

fn main() {
    if std::env::args().any(|argument| argument == "latency") {
        return latency();
    }
    {
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
    {
        let graph = Graph::new();
        let mut place = place(&graph);
        let signal = graph.signal(int(0));
        let values: Vec<Computed> = (0..1000).map(|more| of_signal(&graph, &signal, more)).collect();
        let _effects: Vec<Effect> = values.iter().map(|value| watch(&mut place, value)).collect();
        updates("fan_out_1000", 50, &mut place, &signal);
    }
    {
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
    {
        let graph = Graph::new();
        let mut place = place(&graph);
        let signal = graph.signal(int(0));
        let value = of_signal(&graph, &signal, 1);
        let _effect = watch(&mut place, &value);
        updates("set_computed_effect", 50_000, &mut place, &signal);
    }
    {
        let graph = Graph::new();
        let signal = graph.signal(int(0));
        updates("bare_set", 200_000, &mut place(&graph), &signal);
    }
    measure("create_read_100k", "ms", 7, || {
        let started = Instant::now();
        let graph = Graph::new();
        let signals: Vec<Signal> = (0..100_000).map(|at| graph.signal(int(at))).collect();
        let values: Vec<Computed> = signals.iter().map(|signal| of_signal(&graph, signal, 1)).collect();
        let mut place = place(&graph);
        let sum: i64 = values.iter().map(|value| number(&place.value(value).expect("a number"))).sum();
        black_box(sum);
        let took = started.elapsed().as_secs_f64() * 1e3;
        drop((signals, values));
        took
    });
    let before = ALLOCATED.load(Ordering::Relaxed);
    let graph = Graph::new();
    let signals: Vec<Signal> = (0..1_000_000).map(|at| graph.signal(int(at))).collect();
    let handles = signals.len() * size_of::<Signal>();
    let bytes = ALLOCATED.load(Ordering::Relaxed) - before - handles;
    println!("bytes_a_signal\t{:.1}\tbytes", bytes as f64 / signals.len() as f64);
}
