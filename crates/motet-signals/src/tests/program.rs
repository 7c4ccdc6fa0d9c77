//! What drivers of machine code ask for.

use super::*;
use slab::NONE;

/// A value that is given up half way is computed by who reads it next; its watchers see what they should.
#[test]
fn a_look_claims_only_where_it_may() {
    let graph = Graph::new();
    let mut place = place(&graph);
    let signal = graph.signal(int(1));
    let source = signal.clone();
    let first = graph.computed(move |reader| Ok(reader.signal(&source)));
    let last = row(&graph, first, 3);
    let mut session = Session::new(graph.clone(), NONE);
    let mut step_by_step = |may_finish: bool| {
        assert!(matches!(session.look(last.body(), false), Looked::Unknown));
        let Looked::Run { base, slot } = session.look(last.body(), true) else { panic!("it is out of date") };
        if !may_finish {
            session.abandon(base, AfterAll::Again);
            return None;
        }
        while session.run_native(base) == Step::Run {}
        let given = number(&session.read_done(slot).unwrap());
        assert!(matches!(session.look(last.body(), false), Looked::Ready(Ok(value)) if number(&value) == given));
        Some(given)
    };
    assert_eq!(step_by_step(false), None);
    assert_eq!(step_by_step(true), Some(4));
    let (seen, effect) = watch(&mut place, last.clone());
    signal.set(int(5));
    assert_eq!(step_by_step(false), None);
    assert_eq!(step_by_step(true), Some(8));
    place.run_effects();
    seen.check(8, 2);
    drop(session);
    drop((effect, last, signal, place));
    check_empty(&graph);
}

#[test]
fn objects_of_different_nodes_have_different_stamps() {
    use motet_memory::{ForeignObject, STAMPS};
    let graphs = [Graph::new(), Graph::new()];
    let signals: Vec<Signal> = (0..10).map(|at| graphs[at % 2].signal(int(0))).collect();
    let computed: Vec<Computed> = (0..10).map(|at| graphs[at % 2].computed(|_| Ok(int(0)))).collect();
    let mut stamps: Vec<u32> = signals.iter().map(|signal| signal.0.stamp()).collect();
    stamps.extend(computed.iter().map(|computed| computed.body().stamp()));
    assert!(stamps.iter().all(|stamp| STAMPS.contains(stamp)));
    stamps.sort_unstable();
    stamps.dedup();
    assert_eq!(stamps.len(), 20);
}
