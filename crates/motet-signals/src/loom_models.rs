//! All interleavings of the marking protocol with small graphs.

use super::*;
use motet_concurrency::sync::model_bounded;
use motet_concurrency::{Bell, Reasons, Waker};
use motet_memory::{Frozen, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

fn int(number: i64) -> Frozen {
    Frozen::new(&Value::int(number)).unwrap()
}

fn number(value: &Frozen) -> i64 {
    value.value().as_int().unwrap()
}

fn panicking() -> Box<dyn FnMut(ReadError) + Send> {
    Box::new(|failure| panic!("an effect failed: {failure:?}"))
}

/// What depends on a source: one more than it, and ten times that.
fn chain_of(graph: &Arc<Graph>, signal: &Signal) -> (Computed, Computed) {
    let source = signal.clone();
    let next = graph.computed(move |reader| Ok(int(number(&reader.signal(&source)) + 1)));
    let read = next.clone();
    let tenfold = graph.computed(move |reader| Ok(int(number(&reader.computed(&read)?) * 10)));
    (next, tenfold)
}

/// A graph with a signal of 0, and one more than it.
fn signal_and_next() -> (Arc<Graph>, Signal, Computed) {
    let graph = Graph::new();
    let signal = graph.signal(int(0));
    let (next, _) = chain_of(&graph, &signal);
    (graph, signal, next)
}

/// An effect that notes what a computed value is.
fn noting(place: &mut Place, computed: &Computed) -> (Effect, Arc<AtomicI64>) {
    let seen = Arc::new(AtomicI64::new(0));
    let (noted, read) = (seen.clone(), computed.clone());
    let effect = place.effect(move |reader| {
        noted.store(number(&reader.computed(&read)?), Ordering::Relaxed);
        Ok(())
    });
    (effect, seen)
}

/// A read without the lock gives a value that was set.
#[test]
fn loom_a_number_is_read_whole() {
    loom::model(|| {
        let signal = Graph::new().signal(int(1));
        let other = signal.clone();
        let writer = loom::thread::spawn(move || {
            other.set(Frozen::new(&Value::float(2.5)).unwrap());
        });
        let value = signal.0.peek_value();
        assert!(value.as_int() == Some(1) || value.as_float() == Some(2.5));
        writer.join().unwrap();
        assert_eq!(signal.0.peek_value().as_float(), Some(2.5));
    });
}

/// A set while a value is being computed is not lost, and is not mixed with what was before.
#[test]
fn loom_a_set_during_a_pull_is_not_lost() {
    model_bounded(|| {
        let graph = Graph::new();
        let signal = graph.signal(int(1));
        let source = signal.clone();
        let twice = graph.computed(move |reader| Ok(int(number(&reader.signal(&source)) * 2)));
        let (source, read) = (signal.clone(), twice.clone());
        let sum = graph.computed(move |reader| {
            let (once, twice) = (number(&reader.signal(&source)), number(&reader.computed(&read)?));
            assert_eq!(twice, once * 2, "both of one moment");
            Ok(int(once + twice))
        });
        assert_eq!(number(&sum.peek().unwrap()), 3);
        let setter = loom::thread::spawn(move || signal.set(int(2)));
        let read = sum.clone();
        let reader = loom::thread::spawn(move || {
            let seen = number(&read.peek().unwrap());
            assert!(seen == 3 || seen == 6);
        });
        setter.join().unwrap();
        reader.join().unwrap();
        assert_eq!(number(&sum.peek().unwrap()), 6);
    });
}

/// Two threads that need a value at once both get it, and an effect sees the last set.
#[test]
fn loom_effects_see_the_last_of_two_sets() {
    model_bounded(|| {
        let (graph, signal, next) = signal_and_next();
        let mut place = Place::new(&graph, None, panicking());
        let (effect, seen) = noting(&mut place, &next);
        let other = signal.clone();
        let setter = loom::thread::spawn(move || other.set(int(10)));
        place.run_effects();
        let now = number(&next.peek().unwrap());
        assert!(now == 1 || now == 11);
        setter.join().unwrap();
        place.run_effects();
        assert_eq!(seen.load(Ordering::Relaxed), 11);
        drop((effect, place, next, signal));
        assert_eq!(graph.census(), (0, 0, true));
    });
}

/// What has run and is not published yet is computed again by each evaluation that needs it, as of one moment.
#[test]
fn loom_what_is_not_published_yet_is_not_missed() {
    model_bounded(|| {
        let graph = Graph::new();
        let signal = graph.signal(int(0));
        let (next, tenfold) = chain_of(&graph, &signal);
        let mut place = Place::new(&graph, None, panicking());
        let (effect, seen) = noting(&mut place, &tenfold);
        let (source, read) = (signal.clone(), next.clone());
        let both = graph.computed(move |reader| {
            let (once, next) = (number(&reader.signal(&source)), number(&reader.computed(&read)?));
            assert_eq!(next, once + 1, "both of one moment");
            Ok(int(once + next))
        });
        let read = both.clone();
        let reader = loom::thread::spawn(move || {
            let sum = number(&read.peek().unwrap());
            assert!(sum == 1 || sum == 3);
        });
        place.set(&signal, int(1));
        assert_eq!(seen.load(Ordering::Relaxed), 20);
        reader.join().unwrap();
        assert_eq!(number(&both.peek().unwrap()), 3);
        drop((effect, place, next, tenfold, both, signal));
        assert_eq!(graph.census(), (0, 0, true));
    });
}

/// A set while something has run and is not published yet makes it run again.
#[test]
fn loom_a_set_before_publishing_is_not_lost() {
    model_bounded(|| {
        let graph = Graph::new();
        let signal = graph.signal(int(0));
        let (next, tenfold) = chain_of(&graph, &signal);
        let mut place = Place::new(&graph, None, panicking());
        let (effect, seen) = noting(&mut place, &tenfold);
        let other = signal.clone();
        let setter = loom::thread::spawn(move || other.set(int(5)));
        place.set(&signal, int(1));
        setter.join().unwrap();
        place.run_effects();
        let last = number(&signal.peek());
        assert!(last == 1 || last == 5);
        assert_eq!(seen.load(Ordering::Relaxed), (last + 1) * 10);
        assert_eq!(number(&next.peek().unwrap()), last + 1);
        drop((effect, place, next, tenfold, signal));
        assert_eq!(graph.census(), (0, 0, true));
    });
}

/// While a thread computes a value, another one computes it for itself as of a later moment, at which it reads something else:
/// what it has computed from that is told of a set of it.
#[test]
fn loom_what_was_computed_privately_is_followed() {
    model_bounded(|| {
        let graph = Graph::new();
        let (switch, choice) = (graph.signal(int(0)), graph.signal(int(10)));
        let (by, of) = (switch.clone(), choice.clone());
        let chosen = graph.computed(move |reader| {
            let is_on = number(&reader.signal(&by)) != 0;
            Ok(if is_on { reader.signal(&of) } else { int(0) })
        });
        let read = chosen.clone();
        let next = graph.computed(move |reader| Ok(int(number(&reader.computed(&read)?) + 1)));
        let (by, of, last) = (switch.clone(), choice.clone(), next.clone());
        let other = loom::thread::spawn(move || {
            by.set(int(1));
            assert_eq!(number(&last.peek().unwrap()), 11);
            of.set(int(20));
            assert_eq!(number(&last.peek().unwrap()), 21);
        });
        assert!([0, 10, 20].contains(&number(&chosen.peek().unwrap())));
        other.join().unwrap();
        assert_eq!(number(&next.peek().unwrap()), 21);
        drop((switch, choice, chosen, next));
        assert_eq!(graph.census(), (0, 0, true));
    });
}

/// A thread has brought the first of a row of values up to date, as of before a set, and computes the second. Another thread,
/// which has computed the end of the row as of after that set, is told of the next one.
#[test]
fn loom_a_set_passes_what_is_marked_behind_it() {
    model_bounded(|| {
        let graph = Graph::new();
        let (signal, zero) = (graph.signal(int(0)), graph.signal(int(0)));
        let (next, _) = chain_of(&graph, &signal);
        // Two sources: so the first one is published before this runs.
        let more = zero.clone();
        let tenfold = graph.computed(move |reader| {
            let next = number(&reader.computed(&next)?);
            Ok(int(next * 10 + number(&reader.signal(&more))))
        });
        let read = tenfold.clone();
        let last = graph.computed(move |reader| Ok(int(number(&reader.computed(&read)?) + 1)));
        assert_eq!(number(&last.peek().unwrap()), 11);
        signal.set(int(1));
        let (set, seen) = (signal.clone(), last.clone());
        let other = loom::thread::spawn(move || {
            set.set(int(2));
            assert_eq!(number(&seen.peek().unwrap()), 31);
            set.set(int(3));
            assert_eq!(number(&seen.peek().unwrap()), 41);
        });
        assert!([20, 30, 40].contains(&number(&tenfold.peek().unwrap())));
        other.join().unwrap();
        assert_eq!(number(&last.peek().unwrap()), 41);
        drop((signal, zero, tenfold, last));
        assert_eq!(graph.census(), (0, 0, true));
    });
}

/// Handles that are dropped while others set leave nothing behind.
#[test]
fn loom_dropping_while_another_sets() {
    model_bounded(|| {
        let (graph, signal, next) = signal_and_next();
        assert_eq!(number(&next.peek().unwrap()), 1);
        let other = signal.clone();
        let setter = loom::thread::spawn(move || other.set(int(1)));
        let read = next.clone();
        let reader = loom::thread::spawn(move || drop(read.peek()));
        drop(next);
        setter.join().unwrap();
        reader.join().unwrap();
        assert_eq!(number(&signal.peek()), 1);
        drop(signal);
        assert_eq!(graph.census(), (0, 0, true));
    });
}

/// Who watches a computed value sees the last set: by the look that it was woken for, or by one that follows.
#[test]
fn loom_s05_a_watcher_sees_the_last_set() {
    model_bounded(|| {
        let (graph, signal, next) = signal_and_next();
        let bell = Bell::detached();
        let place = graph.add_place(Some(Waker::new(Arc::new(EffectBell(bell.clone())), 0)));
        let watcher = graph.watcher(&place, &Watchable::Computed(next.clone()));
        graph.look_soon(&watcher);
        let other = signal.clone();
        let setter = loom::thread::spawn(move || {
            other.set(int(1));
            other.set(int(2));
        });
        let mut seen = 0;
        while seen != 3 {
            assert!(bell.wait(None));
            assert_eq!(bell.take(), Reasons::EFFECT);
            for number_of_watcher in graph.take_changed(&place) {
                assert_eq!(number_of_watcher, watcher.number());
                seen = number(&next.peek().unwrap());
            }
        }
        setter.join().unwrap();
        drop((watcher, place, next, signal));
        assert_eq!(graph.census(), (0, 0, true));
    });
}
