mod private;
mod program;

use super::*;
use motet_memory::{Frozen, Heap, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

fn int(number: i64) -> Frozen {
    Frozen::new(&Value::int(number)).unwrap()
}

fn text(text: &str) -> Frozen {
    Frozen::new(&Heap::new().string(text)).unwrap()
}

fn number(value: &Frozen) -> i64 {
    value.value().as_int().unwrap()
}

fn place(graph: &Arc<Graph>) -> Place {
    Place::new(graph, None, Box::new(|failure| panic!("an effect failed: {failure:?}")))
}

fn plus(source: &Computed, more: i64) -> impl Fn(&mut Reader<'_>) -> Result<Frozen, ReadError> + use<> {
    let source = source.clone();
    move |reader| Ok(int(number(&reader.computed(&source)?) + more))
}

/// The end of a row of values behind one, each one more than the one before it.
fn row(graph: &Arc<Graph>, first: Computed, length: i64) -> Computed {
    (0..length).fold(first, |last, _| graph.computed(plus(&last, 1)))
}

/// A place that counts the failures that it is told of, which are all of one kind.
fn place_that_counts(graph: &Arc<Graph>, is_expected: fn(&ReadError) -> bool) -> (Place, Arc<AtomicUsize>) {
    let failures = Arc::new(AtomicUsize::new(0));
    let counted = failures.clone();
    let on_error = move |failure| {
        assert!(is_expected(&failure), "{failure:?}");
        counted.fetch_add(1, Ordering::Relaxed);
    };
    (Place::new(graph, None, Box::new(on_error)), failures)
}

/// What an effect saw last, and how often it ran.
#[derive(Default)]
struct Seen {
    last: AtomicI64,
    runs: AtomicUsize,
}

impl Seen {
    fn note(&self, value: i64) {
        self.last.store(value, Ordering::Relaxed);
        self.runs.fetch_add(1, Ordering::Relaxed);
    }

    fn check(&self, last: i64, runs: usize) {
        assert_eq!((self.last.load(Ordering::Relaxed), self.runs.load(Ordering::Relaxed)), (last, runs));
    }
}

/// What an effect sees of a computed value, which it keeps.
fn watch(place: &mut Place, computed: Computed) -> (Arc<Seen>, Effect) {
    let seen = Arc::new(Seen::default());
    let noted = seen.clone();
    let effect = place.effect(move |reader| {
        noted.note(number(&reader.computed(&computed)?));
        Ok(())
    });
    (seen, effect)
}

/// Nothing is left when all handles are gone.
fn check_empty(graph: &Graph) {
    assert_eq!(graph.census(), (0, 0, true), "nodes, edges, no history");
}

#[test]
fn s01_signals_hold_values_of_all_kinds() {
    let graph = Graph::new();
    let signal = graph.signal(int(1));
    for value in [Value::NULL, Value::TRUE, Value::FALSE, Value::float(1.5), Value::int(-3)] {
        signal.set(Frozen::new(&value).unwrap());
        assert_eq!(format!("{:?}", signal.peek()), format!("{value:?}"));
    }
    signal.set(text("words"));
    assert_eq!(signal.peek().value().as_str(), Some("words"));
    signal.set(int(7));
    assert_eq!(number(&signal.peek()), 7);
    signal.update(|value| int(number(value) * 2));
    assert_eq!(number(&signal.peek()), 14);
    drop(signal);
    check_empty(&graph);
}

#[test]
fn s03_a_diamond_runs_its_join_once_and_equal_values_do_not_propagate() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(1));
    let source = signal.clone();
    let left = graph.computed(move |reader| Ok(int(number(&reader.signal(&source)) + 1)));
    let source = signal.clone();
    let right = graph.computed(move |reader| Ok(int(number(&reader.signal(&source)) * 10)));
    let source = signal.clone();
    let parity = graph.computed(move |reader| Ok(int(number(&reader.signal(&source)) % 2)));
    let (join, odd) = (Arc::new(Seen::default()), Arc::new(Seen::default()));
    let seen = join.clone();
    let join_effect = place.effect(move |reader| {
        seen.note(number(&reader.computed(&left)?) + number(&reader.computed(&right)?));
        Ok(())
    });
    let seen = odd.clone();
    let parity_effect = place.effect(move |reader| {
        seen.note(number(&reader.computed(&parity)?));
        Ok(())
    });
    join.check(12, 1);
    odd.check(1, 1);
    place.set(&signal, int(3));
    join.check(34, 2);
    odd.check(1, 1);
    place.set(&signal, int(3));
    join.check(34, 2);
    place.set(&signal, int(4));
    join.check(45, 3);
    odd.check(0, 2);
    drop((join_effect, parity_effect));
    place.set(&signal, int(5));
    join.check(45, 3);
    drop((signal, place));
    check_empty(&graph);
}

#[test]
fn s03_dependencies_are_found_anew_at_each_run() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let (which, a, b) = (graph.signal(Frozen::new(&Value::TRUE).unwrap()), graph.signal(int(1)), graph.signal(int(2)));
    let (one, other, choice) = (a.clone(), b.clone(), which.clone());
    let chosen = graph.computed(move |reader| {
        let first = reader.signal(&choice).value().is_truthy();
        Ok(if first { reader.signal(&one) } else { reader.signal(&other) })
    });
    let (seen, effect) = watch(&mut place, chosen.clone());
    seen.check(1, 1);
    place.set(&b, int(3));
    seen.check(1, 1);
    place.set(&which, Frozen::new(&Value::FALSE).unwrap());
    seen.check(3, 2);
    place.set(&a, int(10));
    seen.check(3, 2);
    place.set(&b, int(4));
    seen.check(4, 3);
    drop((effect, chosen, which, a, b, place));
    check_empty(&graph);
}

#[test]
fn s03_a_batch_is_seen_as_a_whole_and_sees_itself() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let (a, b) = (graph.signal(int(1)), graph.signal(int(2)));
    let (one, other) = (a.clone(), b.clone());
    let sum = graph.computed(move |reader| Ok(int(number(&reader.signal(&one)) + number(&reader.signal(&other)))));
    let (seen, effect) = watch(&mut place, sum.clone());
    let (one, other, read) = (a.clone(), b.clone(), sum.clone());
    place.batch(move |batch| {
        batch.set(&one, int(10));
        assert_eq!(number(&one.peek()), 1, "only the batch sees it");
        assert_eq!(number(&batch.signal(&one)), 10);
        assert_eq!(number(&batch.computed(&read).unwrap()), 12);
        batch.update(&other, |value| int(number(value) + 18));
        assert_eq!(number(&batch.computed(&read).unwrap()), 30);
    });
    seen.check(30, 2);
    assert_eq!(number(&sum.peek().unwrap()), 30);
    drop((effect, sum, a, b, place));
    check_empty(&graph);
}

#[test]
fn a_chain_of_any_length_is_computed_updated_and_dropped() {
    const LENGTH: i64 = 100_000;
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(0));
    let source = signal.clone();
    let first = graph.computed(move |reader| Ok(reader.signal(&source)));
    let last = row(&graph, first, LENGTH);
    // From the end, nothing of it having been computed.
    assert_eq!(number(&last.peek().unwrap()), LENGTH);
    let (seen, effect) = watch(&mut place, last);
    place.set(&signal, int(1));
    seen.check(LENGTH + 1, 2);
    drop((effect, signal, place));
    check_empty(&graph);
}

#[test]
fn an_error_is_kept_until_what_it_came_from_changes() {
    let graph = Graph::new();
    let signal = graph.signal(int(0));
    let runs = Arc::new(AtomicUsize::new(0));
    let (source, counted) = (signal.clone(), runs.clone());
    let inverse = graph.computed(move |reader| {
        counted.fetch_add(1, Ordering::Relaxed);
        match number(&reader.signal(&source)) {
            0 => Err(ReadError::Error(text("no inverse"))),
            n => Ok(int(100 / n)),
        }
    });
    let twice = graph.computed(plus(&inverse, 0));
    for _ in 0..3 {
        assert!(matches!(twice.peek(), Err(ReadError::Error(error)) if error.value().as_str() == Some("no inverse")));
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    signal.set(int(5));
    assert_eq!(number(&twice.peek().unwrap()), 20);
    assert_eq!(runs.load(Ordering::Relaxed), 2);
    drop((signal, inverse, twice));
    check_empty(&graph);
}

#[test]
fn s04_effects_that_go_in_circles_end_with_an_error() {
    let graph = Graph::new();
    let (mut place, failures) = place_that_counts(&graph, |failure| matches!(failure, ReadError::Circle));
    let signal = graph.signal(int(0));
    let own = signal.clone();
    let effect = place.effect(move |reader| {
        let next = number(&reader.signal(&own)) + 1;
        reader.set(&own, int(next));
        Ok(())
    });
    assert_eq!(failures.load(Ordering::Relaxed), 1);
    let reached = number(&signal.peek());
    assert!((100..=110).contains(&reached), "{reached} rounds");
    // It is an error of that row, not of the effect.
    place.set(&signal, int(1000));
    assert_eq!(failures.load(Ordering::Relaxed), 2);
    drop((effect, place, signal));
    check_empty(&graph);
}

#[test]
fn an_effect_that_settles_is_no_circle() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(0));
    let own = signal.clone();
    let effect = place.effect(move |reader| {
        let now = number(&reader.signal(&own));
        if now < 50 {
            reader.set(&own, int(now + 1));
        }
        Ok(())
    });
    assert_eq!(number(&signal.peek()), 50);
    drop((effect, place, signal));
    check_empty(&graph);
}

#[test]
fn a_computed_value_that_nobody_holds_lives_as_long_as_an_effect_depends_on_it() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(1));
    let seen = Arc::new(Seen::default());
    let (own, noted) = (signal.clone(), seen.clone());
    let weak = Arc::downgrade(&graph);
    let effect = place.effect(move |reader| {
        let source = own.clone();
        let graph = weak.upgrade().unwrap();
        let twice = graph.computed(move |reader| Ok(int(number(&reader.signal(&source)) * 2)));
        noted.note(number(&reader.computed(&twice)?));
        Ok(())
    });
    seen.check(2, 1);
    place.set(&signal, int(4));
    seen.check(8, 2);
    assert_eq!(graph.census().0, 3, "the signal, the effect, and what its last run made");
    drop((effect, place, signal));
    check_empty(&graph);
}

#[test]
fn a_closure_that_panics_leaves_nothing_claimed() {
    let graph = Graph::new();
    let signal = graph.signal(int(0));
    let source = signal.clone();
    let fragile = graph.computed(move |reader| {
        let value = reader.signal(&source);
        assert!(number(&value) != 0, "zero");
        Ok(value)
    });
    let outer = graph.computed(plus(&fragile, 1));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| outer.peek().is_ok()));
    assert!(caught.is_err());
    signal.set(int(1));
    assert_eq!(number(&outer.peek().unwrap()), 2);
    drop((outer, fragile, signal));
    check_empty(&graph);
}

#[test]
fn a_place_is_told_of_an_effect_that_fails_and_the_effect_goes_on() {
    let graph = Graph::new();
    let told: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let noted = told.clone();
    let on_error = move |failure| {
        noted.lock().unwrap().push(match failure {
            ReadError::Error(error) => error.value().as_str().unwrap().to_owned(),
            other => format!("{other:?}"),
        });
    };
    let mut place = Place::new(&graph, None, Box::new(on_error));
    let signal = graph.signal(int(0));
    let source = signal.clone();
    let inverse = graph.computed(move |reader| match number(&reader.signal(&source)) {
        0 => Err(ReadError::Error(text("no inverse"))),
        n => Ok(int(100 / n)),
    });
    let (seen, effect) = watch(&mut place, inverse.clone());
    let own = signal.clone();
    let picky = place.effect(move |reader| match number(&reader.signal(&own)) {
        7 => Err(ReadError::Error(text("not seven"))),
        _ => Ok(()),
    });
    assert_eq!(told.lock().unwrap().drain(..).collect::<Vec<_>>(), ["no inverse"]);
    place.set(&signal, int(5));
    seen.check(20, 1);
    place.set(&signal, int(7));
    seen.check(14, 2);
    place.set(&signal, int(0));
    place.set(&signal, int(1));
    seen.check(100, 3);
    assert_eq!(told.lock().unwrap().drain(..).collect::<Vec<_>>(), ["not seven", "no inverse"]);
    drop((effect, picky, inverse, signal, place));
    check_empty(&graph);
}

/// A thread that has no isolate cannot compute what a program's function computes: it is told once for each change.
#[test]
fn an_effect_that_needs_an_isolate_fails_once_for_each_change() {
    let graph = Graph::new();
    let (mut place, failures) = place_that_counts(&graph, |failure| matches!(failure, ReadError::NeedsIsolate));
    let signal = graph.signal(int(0));
    let program = graph.computed_by(Function::Script(int(0)));
    let outer = graph.computed(plus(&program, 1));
    let (own, read) = (signal.clone(), outer.clone());
    let effect = place.effect(move |reader| {
        reader.signal(&own);
        reader.computed(&read)?;
        Ok(())
    });
    assert_eq!(failures.load(Ordering::Relaxed), 1);
    place.set(&signal, int(1));
    assert_eq!(failures.load(Ordering::Relaxed), 2);
    assert!(matches!(outer.peek(), Err(ReadError::NeedsIsolate)));
    drop((effect, outer, program, signal, place));
    check_empty(&graph);
}

#[test]
fn what_depends_on_itself_is_an_error() {
    let graph = Graph::new();
    let own: Arc<std::sync::OnceLock<Computed>> = Arc::default();
    let later = Arc::downgrade(&own);
    let circle = graph.computed(move |reader| {
        let own = later.upgrade().expect("the test holds it");
        reader.computed(own.get().expect("set before it is read"))
    });
    assert!(own.set(circle.clone()).is_ok());
    assert!(circle.peek().is_err());
    drop((own, circle));
    check_empty(&graph);
}

#[test]
fn many_sources_are_found_again() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signals: Vec<Signal> = (0..500).map(|n| graph.signal(int(n))).collect();
    let (read, seen) = (signals.clone(), Arc::new(Seen::default()));
    let noted = seen.clone();
    let effect = place.effect(move |reader| {
        let mut sum = 0;
        for _ in 0..3 {
            for (at, signal) in read.iter().enumerate() {
                // In another order each time.
                let other = &read[at * 7 % read.len()];
                sum += number(&reader.signal(signal)) + number(&reader.signal(other));
            }
        }
        noted.note(sum);
        Ok(())
    });
    let all: i64 = (0..500).sum();
    seen.check(all * 6, 1);
    assert_eq!(graph.census().1, 500, "one edge for each signal");
    place.set(&signals[499], int(500));
    seen.check((all + 1) * 6, 2);
    drop((effect, place, signals));
    check_empty(&graph);
}

/// What has run is published a little later; but if another evaluation needs it before, the next runs are published at
/// once.
#[test]
fn what_somebody_waited_for_in_vain_is_published_at_once_from_then_on() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(0));
    let runs = Arc::new(AtomicUsize::new(0));
    let (source, counted) = (signal.clone(), runs.clone());
    let first = graph.computed(move |reader| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(reader.signal(&source))
    });
    let (read, other) = (first.clone(), first.clone());
    let second = graph.computed(move |reader| {
        let value = reader.computed(&read)?;
        let other = other.clone();
        let seen = std::thread::spawn(move || number(&other.peek().unwrap())).join().unwrap();
        assert_eq!(seen, number(&value));
        Ok(value)
    });
    let (seen, effect) = watch(&mut place, second);
    assert_eq!(runs.swap(0, Ordering::Relaxed), 1);
    let runs_of_updates: Vec<usize> = (1..=18)
        .map(|update| {
            place.set(&signal, int(update));
            runs.swap(0, Ordering::Relaxed)
        })
        .collect();
    let mut expected = vec![1; 18];
    (expected[0], expected[16]) = (2, 2);
    assert_eq!(runs_of_updates, expected, "the other thread computes it for itself where it is 2");
    seen.check(18, 19);
    drop((effect, first, signal, place));
    check_empty(&graph);
}
