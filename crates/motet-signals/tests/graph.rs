//! Signals among threads (S-01 to S-06): random graphs beside a model that computes everything from the signals, stress,
//! and what effects see while several threads set.

use motet_concurrency::{Bell, ReadyQueue, Reasons};
use motet_memory::{Frozen, Value};
use motet_signals::{Computed, Effect, Graph, Place, ReadError, Reader, Signal};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

fn int(number: i64) -> Frozen {
    Frozen::new(&Value::int(number)).unwrap()
}

fn number(value: &Frozen) -> i64 {
    value.value().as_int().unwrap()
}

/// What a computed value does: reads nodes, some of them only if an earlier one is odd.
#[derive(Clone, Debug)]
struct Formula {
    reads: Vec<usize>,
    /// From this read on, only if the sum so far is odd.
    optional_from: usize,
    modulus: i64,
}

impl Formula {
    fn compute<E>(&self, mut read: impl FnMut(usize) -> Result<i64, E>) -> Result<i64, E> {
        let mut sum = 1;
        for (at, &node) in self.reads.iter().enumerate() {
            if at >= self.optional_from && sum % 2 == 0 {
                break;
            }
            sum = sum * 3 + read(node)?;
        }
        Ok(sum.rem_euclid(self.modulus))
    }
}

/// A graph to be: signals, then computed values, each of which reads earlier nodes.
#[derive(Clone, Debug)]
struct Plan {
    signals: usize,
    formulas: Vec<Formula>,
}

impl Plan {
    /// Everything, computed from the signals.
    fn model(&self, signals: &[i64]) -> Vec<i64> {
        let mut values = signals.to_vec();
        for formula in &self.formulas {
            let value = formula.compute(|node| Ok::<_, ()>(values[node])).unwrap();
            values.push(value);
        }
        values
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    (1..5_usize, 1..14_usize).prop_flat_map(|(signals, count)| {
        let formulas: Vec<_> = (0..count)
            .map(|at| {
                let reads = prop::collection::vec(0..signals + at, 1..5);
                // Small moduli make equal values.
                (reads, 0..5_usize, prop::sample::select(vec![2_i64, 3, 1_000_003]))
                    .prop_map(|(reads, optional_from, modulus)| Formula { reads, optional_from, modulus })
            })
            .collect();
        formulas.prop_map(move |formulas| Plan { signals, formulas })
    })
}

#[derive(Clone)]
enum Node {
    Signal(Signal),
    Computed(Computed),
}

impl Node {
    fn read(&self, reader: &mut Reader<'_>) -> Result<i64, ReadError> {
        match self {
            Node::Signal(signal) => Ok(number(&reader.signal(signal))),
            Node::Computed(computed) => Ok(number(&reader.computed(computed)?)),
        }
    }

    fn peek(&self) -> i64 {
        match self {
            Node::Signal(signal) => number(&signal.peek()),
            Node::Computed(computed) => number(&computed.peek().unwrap()),
        }
    }
}

/// What threads do between two reads: nothing, or under stress something that takes a while now and then.
type Pause = fn();

fn rest() {
    thread_local!(static RANDOM: Cell<u64> = const { Cell::new(0x9e37_79b9_7f4a_7c15) });
    RANDOM.set(shuffle(RANDOM.get()));
    match RANDOM.get() % 8 {
        0 => std::thread::yield_now(),
        1 => (0..500).for_each(|_| std::hint::spin_loop()),
        _ => {}
    }
}

/// The next of a row of random numbers.
fn shuffle(random: u64) -> u64 {
    let random = random ^ (random << 13);
    let random = random ^ (random >> 7);
    random ^ (random << 17)
}

struct Built {
    graph: Arc<Graph>,
    signals: Vec<Signal>,
    nodes: Arc<Vec<Node>>,
    runs: Vec<Arc<AtomicUsize>>,
}

fn build(plan: &Plan, pause: Pause) -> Built {
    let graph = Graph::new();
    let signals: Vec<Signal> = (0..plan.signals).map(|at| graph.signal(int(at as i64))).collect();
    let mut nodes: Vec<Node> = signals.iter().cloned().map(Node::Signal).collect();
    let mut runs = Vec::new();
    for formula in &plan.formulas {
        let (formula, earlier, count) = (formula.clone(), nodes.clone(), Arc::new(AtomicUsize::new(0)));
        runs.push(count.clone());
        nodes.push(Node::Computed(graph.computed(move |reader| {
            count.fetch_add(1, Ordering::Relaxed);
            let read = |node: usize| {
                pause();
                earlier[node].read(reader)
            };
            formula.compute(read).map(int)
        })));
    }
    Built { graph, signals, nodes: Arc::new(nodes), runs }
}

fn panicking() -> Box<dyn FnMut(ReadError) + Send> {
    Box::new(|failure| panic!("an effect failed: {failure:?}"))
}

/// An effect that reads everything and notes it.
fn watch_all(place: &mut Place, nodes: &Arc<Vec<Node>>, seen: &Arc<Mutex<Vec<Vec<i64>>>>, pause: Pause) -> Effect {
    let (nodes, seen) = (nodes.clone(), seen.clone());
    place.effect(move |reader| {
        let read = |node: &Node| {
            pause();
            node.read(reader)
        };
        let values = nodes.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        seen.lock().unwrap().push(values);
        Ok(())
    })
}

#[derive(Clone, Debug)]
enum Action {
    Set(usize, i64),
    Batch(Vec<(usize, i64)>),
    Read(usize),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        (0..5_usize, 0..4_i64).prop_map(|(signal, value)| Action::Set(signal, value)),
        prop::collection::vec((0..5_usize, 0..4_i64), 0..4).prop_map(Action::Batch),
        (0..20_usize).prop_map(Action::Read),
    ];
    prop::collection::vec(action, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// One thread: after each step everything is what the model says, an effect runs once for each change, and no function
    /// runs twice for one.
    #[test]
    fn s03_a_graph_does_what_computing_everything_does(plan in plan(), actions in actions()) {
        let built = build(&plan, || ());
        let mut place = Place::new(&built.graph, None, panicking());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let _effect = watch_all(&mut place, &built.nodes, &seen, || ());
        let mut signals: Vec<i64> = (0..plan.signals as i64).collect();
        let mut expected = vec![plan.model(&signals)];
        for action in actions {
            let before: Vec<usize> = built.runs.iter().map(|runs| runs.load(Ordering::Relaxed)).collect();
            match action {
                Action::Set(at, value) => {
                    let at = at % plan.signals;
                    signals[at] = value;
                    place.set(&built.signals[at], int(value));
                }
                Action::Batch(sets) => {
                    for (at, value) in &sets {
                        signals[at % plan.signals] = *value;
                    }
                    let (plan, built) = (&plan, &built);
                    place.batch(|batch| {
                        for (at, value) in &sets {
                            batch.set(&built.signals[at % plan.signals], int(*value));
                        }
                    });
                }
                Action::Read(at) => {
                    let at = at % built.nodes.len();
                    prop_assert_eq!(built.nodes[at].peek(), plan.model(&signals)[at]);
                }
            }
            let model = plan.model(&signals);
            if expected.last() != Some(&model) {
                expected.push(model);
            }
            prop_assert_eq!(&*seen.lock().unwrap(), &expected);
            for (runs, before) in built.runs.iter().zip(before) {
                prop_assert!(runs.load(Ordering::Relaxed) <= before + 1);
            }
        }
    }
}

/// A thread with effects of its own, which run when its bell rings.
fn serve(graph: Arc<Graph>, over: Arc<AtomicBool>, bell: Arc<Bell>, begin: impl FnOnce(&mut Place) -> Vec<Effect>) {
    let ready = ReadyQueue::new(bell.clone());
    let mut place = Place::new(&graph, Some(ready.waker(1)), panicking());
    let _effects = begin(&mut place);
    loop {
        bell.wait(None);
        bell.take();
        ready.take(&mut Vec::new());
        place.run_effects();
        if over.load(Ordering::Acquire) {
            place.run_effects();
            return;
        }
    }
}

/// Several threads set, two others watch: what an effect sees is always a state that the signals had, the effects end with the
/// last one, and so does everybody who asks.
fn check_no_mixture(plan: &Plan, seed: u64, pause: Pause) -> Result<(), String> {
    const SETTERS: u64 = 3;
    const SETS: u64 = 150;
    let built = build(plan, pause);
    // All states that the signals had. A set and its note are one step, for the test; effects run whenever they like.
    let states = Mutex::new(vec![(0..plan.signals as i64).collect::<Vec<i64>>()]);
    let over = Arc::new(AtomicBool::new(false));
    let seen: Vec<Arc<Mutex<Vec<Vec<i64>>>>> = (0..2).map(|_| Arc::default()).collect();
    let bells = [Bell::detached(), Bell::detached()];
    let set_at_random = |thread: u64| {
        let (graph, signals) = (&built.graph, &built.signals);
        let mut place = Place::new(graph, None, panicking());
        let mut random = seed ^ (thread + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for _ in 0..SETS {
            pause();
            random = shuffle(random);
            let mut states = states.lock().unwrap();
            let mut next = states.last().unwrap().clone();
            let changes: Vec<(usize, i64)> = (0..=random % 3)
                .map(|n| (random >> (8 + n * 8)) as usize % signals.len())
                .map(|at| (at, (random >> 32) as i64 % 4))
                .collect();
            for &(at, value) in &changes {
                next[at] = value;
            }
            if let [(at, value)] = changes[..] {
                signals[at].set(int(value));
            } else {
                place.batch(|batch| {
                    for &(at, value) in &changes {
                        batch.set(&signals[at], int(value));
                    }
                });
            }
            states.push(next);
        }
    };
    std::thread::scope(|scope| {
        let watchers: Vec<_> = seen
            .iter()
            .zip(&bells)
            .map(|(seen, bell)| {
                let (graph, nodes, over) = (built.graph.clone(), built.nodes.clone(), over.clone());
                let (seen, bell) = (seen.clone(), bell.clone());
                scope.spawn(move || serve(graph, over, bell, |place| vec![watch_all(place, &nodes, &seen, pause)]))
            })
            .collect();
        let setters: Vec<_> = (0..SETTERS)
            .map(|thread| {
                let set_at_random = &set_at_random;
                scope.spawn(move || set_at_random(thread))
            })
            .collect();
        for setter in setters {
            setter.join().unwrap();
        }
        over.store(true, Ordering::Release);
        bells.iter().for_each(|bell| bell.ring(Reasons::READY));
        for watcher in watchers {
            watcher.join().unwrap();
        }
    });
    let states = states.lock().unwrap();
    let last = plan.model(states.last().unwrap());
    let possible: HashSet<Vec<i64>> = states.iter().map(|signals| plan.model(signals)).collect();
    for seen in &seen {
        let seen = seen.lock().unwrap();
        if let Some(values) = seen.iter().find(|values| !possible.contains(*values)) {
            return Err(format!("{values:?} was never so"));
        }
        if seen.last() != Some(&last) {
            return Err(format!("an effect has seen {:?} last, and not {last:?}", seen.last()));
        }
    }
    let now: Vec<i64> = built.nodes.iter().map(Node::peek).collect();
    if now == last { Ok(()) } else { Err(format!("{now:?} is read, and not {last:?}")) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn s03_no_effect_sees_an_impossible_mixture(plan in plan(), seed in any::<u64>()) {
        check_no_mixture(&plan, seed, || ()).map_err(TestCaseError::fail)?;
    }
}

/// The same for a while, with threads that rest in the midst of what they do. Each other graph is one with which a mixture was
/// seen once.
#[test]
fn s03_no_effect_sees_an_impossible_mixture_under_stress() {
    let seconds = std::env::var("MOTET_STRESS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_u64);
    let end = Instant::now() + Duration::from_secs(seconds);
    let formula = |reads: &[usize], optional_from, modulus| Formula { reads: reads.to_vec(), optional_from, modulus };
    let found = Plan {
        signals: 3,
        formulas: vec![
            formula(&[1], 0, 3),
            formula(&[3, 1, 2, 2], 0, 3),
            formula(&[1, 1, 0, 1], 3, 2),
            formula(&[5, 1], 1, 2),
            formula(&[4, 6, 4, 5], 2, 1_000_003),
            formula(&[4, 3, 4, 2], 1, 1_000_003),
            formula(&[7, 4, 0], 3, 1_000_003),
            formula(&[6, 7, 2], 3, 1_000_003),
            formula(&[7, 2], 4, 2),
            formula(&[6], 1, 1_000_003),
        ],
    };
    let mut runner = TestRunner::new(ProptestConfig::default());
    let mut seed = 12_951_947_190_444_157_140;
    let mut rounds = 0;
    while Instant::now() < end {
        let random = plan().new_tree(&mut runner).expect("a plan").current();
        for plan in [&found, &random] {
            seed = shuffle(seed);
            let pause: Pause = if rounds % 4 < 2 { rest } else { || () };
            if let Err(why) = check_no_mixture(plan, seed, pause) {
                panic!("{why}, in round {rounds} with the seed {seed} and {plan:?}");
            }
            rounds += 1;
        }
    }
}

#[test]
fn s01_updates_of_100_threads_are_all_counted() {
    let graph = Graph::new();
    let signal = graph.signal(int(0));
    let barrier = Arc::new(Barrier::new(100));
    let threads: Vec<_> = (0..100)
        .map(|_| {
            let (signal, barrier) = (signal.clone(), barrier.clone());
            std::thread::spawn(move || {
                barrier.wait();
                for _ in 0..1000 {
                    signal.update(|value| int(number(value) + 1));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(number(&signal.peek()), 100_000);
}

#[test]
fn s01_updates_in_batches_are_all_counted_and_seen_together() {
    let graph = Graph::new();
    let (from, to) = (graph.signal(int(1000)), graph.signal(int(0)));
    let over = Arc::new(AtomicBool::new(false));
    let bell = Bell::detached();
    let runs = Arc::new(AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let (one, other, counted) = (from.clone(), to.clone(), runs.clone());
        let (served, stop, rung) = (graph.clone(), over.clone(), bell.clone());
        let watcher = scope.spawn(move || {
            serve(served, stop, rung, |place| {
                vec![place.effect(move |reader| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    assert_eq!(number(&reader.signal(&one)) + number(&reader.signal(&other)), 1000);
                    Ok(())
                })]
            })
        });
        let movers: Vec<_> = (0..4)
            .map(|_| {
                let (graph, from, to) = (graph.clone(), from.clone(), to.clone());
                scope.spawn(move || {
                    let mut place = Place::new(&graph, None, panicking());
                    for _ in 0..500 {
                        place.batch(|batch| {
                            batch.update(&from, |value| int(number(value) - 1));
                            batch.update(&to, |value| int(number(value) + 1));
                        });
                    }
                })
            })
            .collect();
        movers.into_iter().for_each(|mover| mover.join().unwrap());
        over.store(true, Ordering::Release);
        bell.ring(Reasons::READY);
        watcher.join().unwrap();
    });
    assert_eq!((number(&from.peek()), number(&to.peek())), (-1000, 2000));
    assert!(runs.load(Ordering::Relaxed) >= 1);
}

#[test]
fn s02_threads_make_read_and_drop_computed_values_of_one_signal() {
    let graph = Graph::new();
    let signal = graph.signal(int(1));
    let source = signal.clone();
    let shared = graph.computed(move |reader| Ok(int(number(&reader.signal(&source)) * 2)));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (graph, signal, shared) = (&graph, &signal, &shared);
            scope.spawn(move || {
                for round in 0..2000 {
                    let (source, twice) = (signal.clone(), shared.clone());
                    let own = graph.computed(move |reader| {
                        let (once, twice) = (number(&reader.signal(&source)), number(&reader.computed(&twice)?));
                        assert_eq!(once * 2, twice, "both of one moment");
                        Ok(int(once + twice))
                    });
                    assert_eq!(number(&own.peek().unwrap()) % 3, 0);
                    if round % 8 == 0 {
                        signal.update(|value| int(number(value) + 1));
                    }
                }
            });
        }
    });
    assert_eq!(number(&signal.peek()), 1001);
}
