//! Machine code of programs with several threads: what one of them has made, the others use.

#[path = "programs/running.rs"]
#[allow(dead_code, reason = "each file of tests uses some of it")]
mod running;

use motet_jit::Cranelift;
use motet_vm::Limits;
use motet_vm::jit::{Jit, When};
use running::{Said, execute, run};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs a program in all ways; gives what it printed, and what was said when it was compiled.
fn check(program: &str) -> (String, Vec<String>) {
    let said = Said::default();
    for limits in [Limits::default(), Limits { steps: Some(10_000_000), ..Limits::default() }] {
        let plain = run(program, &[], None, &limits, &said);
        for when in [When::Eager, When::Stress, When::Hot] {
            assert_eq!(plain, run(program, &[], Some(when), &limits, &said), "{when:?}: {program}");
        }
    }
    let plain = run(program, &[], None, &Limits::default(), &said);
    let said = said.lock().expect("no logger panics").clone();
    (plain.printed, said)
}

/// How often each function or loop was compiled, in the modes that compile at the second turn.
fn compiled(said: &[String]) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for line in said {
        if let Some(rest) = line.strip_prefix("compiled ") {
            let what = rest.rsplit_once(": ").map_or(rest, |(what, _)| what);
            *counts.entry(what).or_default() += 1;
        }
    }
    counts
}

const PROGRAM: &str = "class Scale {
  new(by) { self.by = by }
  of(x) { x * self.by + bias }
}
let bias = 3
fn collatz(n) {
  mut steps = 0
  mut m = n
  while (m != 1) { m = if(m % 2 == 0, m ~/ 2, 3 * m + 1) ; steps += 1 }
  steps
}
fn fib(n) { if (n < 2) { return n } ; fib(n - 1) + fib(n - 2) }
fn work(n) {
  let scale = Scale(n % 5)
  let names = [\"a\", \"bb\", \"ccc\"]
  mut total = 0
  for (i in 0..20) { total += scale.of(i) + len(names[i % 3]) }
  total + collatz(n + 1) + fib(n % 10) + abs(-n)
}
";

#[test]
fn what_a_thread_has_compiled_the_others_use() {
    let program = format!(
        "{PROGRAM}
let ns = [...0..60]
println(parallel_map(ns, work))
println(ns.map(work))
let threads = [...0..6].map(k => spawn_return(ns.map(n => work(n * k))))
for (thread in threads) {{ println(await thread) }}"
    );
    let (printed, said) = check(&program);
    let mut lines = printed.lines();
    assert_eq!(lines.next(), lines.next());
    let counts = compiled(&said);
    // Four versions in each of three modes, with limits and without; each thread by itself would make more.
    for (what, count) in &counts {
        assert!(*count <= 24, "{what} was compiled {count} times: {counts:?}");
    }
    assert!(counts.keys().any(|what| what.starts_with("collatz")), "{counts:?}");
}

#[test]
fn threads_that_make_the_same_code_at_once_agree() {
    let program = format!(
        "{PROGRAM}
let gate = channel(8)
let threads = [...0..8].map(k => spawn_return(do {{ gate.recv() ; [...0..40].map(n => work(n + k)) }}))
for (k in 0..8) {{ gate.send(k) }}
for (thread in threads) {{ println(await thread) }}
mut texts = []
let mixed = [...0..8].map(k => spawn_return(do {{
  mut any = if(k % 2 == 0, 1, 0.5)
  for (i in 0..50) {{ any = any + if(k % 3 == 0, 1, 0.25) }}
  any
}}))
for (thread in mixed) {{ println(await thread) }}"
    );
    for _ in 0..4 {
        check(&program);
    }
}

#[test]
fn threads_throw_from_code_of_others() {
    let program = "fn half(x) { x ~/ 2 }
fn walk(xs) { mut total = 0 ; for (x in xs) { total += half(x) } ; total }
println(walk([1, 2, 3, 4, 5]), walk([1, 2, 3, 4, 5]))
let thread = spawn_return(do { walk([1, 2, 3]) + walk([1, 2, 3, 4, \"x\"]) })
try { await thread } catch (e) { println(e.message, e.trace) }
await spawn_return(do { walk([1, 2, 3, null]) })";
    let (printed, _) = check(program);
    assert!(printed.contains("half"), "{printed}");
}

/// Beyond the limit nothing more is compiled, by whichever thread, and programs go on.
#[test]
fn there_is_never_more_code_than_the_limit_allows() {
    let program = format!(
        "{PROGRAM}
let threads = [...0..4].map(k => spawn_return([...0..30].map(n => work(n + k))))
for (thread in threads) {{ println(await thread) }}"
    );
    let plain = execute(&program, &[], None, &Limits::default());
    for limit in [0, 5000, 10_000, 20_000] {
        let said = Said::default();
        let log = Arc::clone(&said);
        let jit = Jit::new(Box::new(Cranelift::new().expect("tests run where there is machine code")), When::Eager)
            .with_limit(limit)
            .with_log(Box::new(move |line| log.lock().expect("no logger panics").push(line.to_owned())));
        let jit = Arc::new(jit);
        let most = Arc::new(AtomicUsize::new(0));
        let (watched, peak) = (Arc::downgrade(&jit), Arc::clone(&most));
        let watcher = std::thread::spawn(move || {
            while let Some(jit) = watched.upgrade() {
                peak.fetch_max(jit.used(), Ordering::Relaxed);
                drop(jit);
                std::thread::yield_now();
            }
        });
        assert_eq!(execute(&program, &[], Some(jit), &Limits::default()), plain, "{limit}");
        watcher.join().expect("it only looks");
        assert!(most.load(Ordering::Relaxed) <= limit, "{limit}");
        let said = said.lock().expect("no logger panics");
        assert!(said.iter().any(|line| line.contains(&format!("no more than {limit} bytes"))), "{said:?}");
    }
}
