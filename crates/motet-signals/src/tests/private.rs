//! What an evaluation computes for itself, while another one has claimed it.

use super::*;
use motet_concurrency::{Wake, Waker};

/// While a long chain is being brought up to date, its end is read by another thread, which computes it for itself.
#[test]
fn a_chain_of_any_length_is_computed_privately() {
    // ThreadSanitizer keeps no more than 65,536 calls of a thread, and writes over other memory beyond them.
    const LENGTH: i64 = if cfg!(sanitized) { 5_000 } else { 20_000 };
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(0));
    let end: Arc<std::sync::OnceLock<Computed>> = Arc::default();
    let (source, late) = (signal.clone(), Arc::downgrade(&end));
    let looks = AtomicBool::new(true);
    let first = graph.computed(move |reader| {
        let value = reader.signal(&source);
        if number(&value) == 1 && looks.swap(false, Ordering::Relaxed) {
            let end = late.upgrade().expect("the test holds it").get().expect("it is set before the signal").clone();
            let seen = std::thread::spawn(move || number(&end.peek().unwrap())).join().unwrap();
            assert_eq!(seen, LENGTH + 1);
        }
        Ok(value)
    });
    let last = row(&graph, first, LENGTH);
    assert!(end.set(last.clone()).is_ok());
    let (seen, effect) = watch(&mut place, last);
    place.set(&signal, int(1));
    seen.check(LENGTH + 1, 2);
    drop((effect, end, signal, place));
    check_empty(&graph);
}

/// A place that is woken when an effect of it has to run; it counts how often.
#[derive(Default)]
struct Rings(AtomicUsize);

impl Wake for Rings {
    fn wake(&self, _: u64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A graph with a place that counts its wakes, a signal of 1, and a computed value whose function the test plays.
fn played() -> (Arc<Graph>, Arc<Rings>, Arc<PlaceHold>, Signal, Computed) {
    let graph = Graph::new();
    let rings = Arc::new(Rings::default());
    let place = graph.add_place(Some(Waker::new(rings.clone(), 0)));
    let (signal, computed) = (graph.signal(int(1)), graph.computed_by(local()));
    (graph, rings, place, signal, computed)
}

fn local() -> Function {
    Function::of_driver("a function of the test")
}

/// Plays the function of a computed value that has been found out of date: reads the signal, and gives what it holds.
fn play(session: &mut Session, signal: &Signal, expected: i64, base: usize) {
    assert_eq!(session.signal(&signal.0, true).map(|value| number(&value)), Some(expected));
    assert_eq!(session.finish(Ok(int(expected)), base), Step::Done);
}

/// The value that an effect depends on is claimed by a read, which looks at a moment before a set; the effect computes it
/// privately, as of after the set. It hears of the next set at once, though the read goes on; and nothing of the end of the
/// read, whose result it does not depend on.
#[test]
fn an_effect_hears_of_what_it_has_computed_privately() {
    let (graph, rings, place, signal, computed) = played();
    let effect = graph.effect_by(&place, local());
    let session = || Session::new(graph.clone(), place.number());
    let (mut reading, mut running) = (session(), session());
    let run = |running: &mut Session, expected: i64| {
        let Reading::Run { base, slot } = running.read(&computed, true) else { panic!("it is computed privately") };
        play(running, &signal, expected, base);
        assert_eq!(running.read_done(slot).map(|value| number(&value)).ok(), Some(expected));
        assert_eq!(running.finish(Ok(int(0)), 0), Step::Done);
    };

    assert!(matches!(reading.read(&computed, true), Reading::Run { .. }), "the function is called by the test");
    signal.set(int(2));
    assert_eq!(running.first_run(&effect), Step::Run);
    run(&mut running, 2);
    assert_eq!((place.has_effects_to_run(), rings.0.load(Ordering::Relaxed)), (false, 0));
    signal.set(int(3));
    assert_eq!((place.has_effects_to_run(), rings.0.load(Ordering::Relaxed)), (true, 1));
    assert_eq!(running.next_effect(), EffectStep::Run);
    run(&mut running, 3);

    play(&mut reading, &signal, 1, 0);
    assert_eq!((running.next_effect(), rings.0.load(Ordering::Relaxed)), (EffectStep::Idle, 1));
    drop((reading, running, effect));
    drop((computed, signal, place));
    check_empty(&graph);
}

/// An effect of a place without an isolate reads what an isolate is computing: it cannot compute that for itself, and tries again
/// when that has changed.
#[test]
fn an_effect_that_cannot_compute_privately_hears_of_the_next_change() {
    let (graph, _, hold, signal, computed) = played();
    let (mut place, failures) = place_that_counts(&graph, |failure| matches!(failure, ReadError::NeedsIsolate));
    let mut reading = Session::new(graph.clone(), hold.number());
    assert!(matches!(reading.read(&computed, true), Reading::Run { .. }), "the function is called by the test");
    let (seen, effect) = watch(&mut place, computed.clone());
    assert_eq!(failures.load(Ordering::Relaxed), 1);
    play(&mut reading, &signal, 1, 0);
    signal.set(int(2));
    assert!(matches!(reading.read(&computed, true), Reading::Run { .. }));
    play(&mut reading, &signal, 2, 0);
    place.run_effects();
    seen.check(2, 1);
    drop((reading, effect, place));
    drop((computed, signal, hold));
    check_empty(&graph);
}

/// A watched value is claimed by a read of the same place, which looks at a moment before a set; it is looked at privately, as
/// of after the set. When the read ends, the value is out of date, and there is no set to come that would tell the place.
#[test]
fn a_read_that_ends_behind_a_set_wakes_its_own_place() {
    let (graph, rings, place, signal, computed) = played();
    let watcher = graph.watcher(&place, &Watchable::Computed(computed.clone()));
    let session = || Session::new(graph.clone(), place.number());
    let (mut reading, mut looking) = (session(), session());

    assert!(matches!(reading.read(&computed, true), Reading::Run { .. }), "the function is called by the test");
    signal.set(int(2));
    graph.look_soon(&watcher);
    assert_eq!(graph.take_changed(&place), [watcher.number()]);
    assert!(matches!(looking.read(&computed, false), Reading::Run { base: 0, .. }), "it is computed privately");
    play(&mut looking, &signal, 2, 0);
    assert_eq!((graph.take_changed(&place), rings.0.load(Ordering::Relaxed)), (Vec::new(), 1));

    play(&mut reading, &signal, 1, 0);
    assert_eq!((graph.take_changed(&place), rings.0.load(Ordering::Relaxed)), (vec![watcher.number()], 2));
    drop((reading, looking, watcher));
    drop((computed, signal, place));
    check_empty(&graph);
}

/// In a batch an effect sees what it has set there, also by a value that it has read before; and it settles, though it does
/// that each time it runs.
#[test]
fn s03_a_batch_in_an_effect_sees_itself() {
    let (graph, _, place, signal, computed) = played();
    let effect = graph.effect_by(&place, local());
    let mut session = Session::new(graph.clone(), place.number());
    let read = |session: &mut Session, expected: i64| {
        let given = match session.read(&computed, true) {
            Reading::Run { base, slot } => {
                play(session, &signal, expected, base);
                session.read_done(slot)
            }
            Reading::Ready(given) => given,
            _ => panic!("the value is not known and not to be computed"),
        };
        assert_eq!(given.map(|value| number(&value)).ok(), Some(expected));
    };
    let run = |session: &mut Session, before: i64| {
        read(session, before);
        session.begin_batch();
        read(session, before);
        session.set(&signal, int(5), None);
        read(session, 5);
        session.set(&signal, int(6), None);
        read(session, 6);
        assert_eq!(session.end_batch().ok(), Some(SetEnd::Quiet));
        read(session, 6);
        assert_eq!(session.finish(Ok(int(0)), 0), Step::Done);
    };

    assert_eq!(session.first_run(&effect), Step::Run);
    run(&mut session, 1);
    assert_eq!(session.next_effect(), EffectStep::Run, "it has set what it has read");
    run(&mut session, 6);
    assert_eq!(session.next_effect(), EffectStep::Idle);
    signal.set(int(7));
    assert_eq!(session.next_effect(), EffectStep::Run, "what it reads comes first");
    assert_eq!(session.signal(&signal.0, true).map(|value| number(&value)), Some(7));
    assert_eq!(session.finish(Ok(int(7)), 0), Step::Run);
    run(&mut session, 7);
    drop((session, effect));
    drop((computed, signal, place));
    check_empty(&graph);
}
