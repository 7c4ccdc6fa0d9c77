//! What an evaluation reads belongs to one moment, also if another evaluation is in the midst of computing it (S-03). Other
//! evaluations run here inside the functions themselves, so that each test has one order of events, and not a lucky one.

use motet_memory::{Frozen, Value};
use motet_signals::{Computed, Graph, Reader, Signal};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

fn int(number: i64) -> Frozen {
    Frozen::new(&Value::int(number)).unwrap()
}

fn number(value: &Frozen) -> i64 {
    value.value().as_int().unwrap()
}

fn peek(computed: &Computed) -> i64 {
    number(&computed.peek().unwrap())
}

fn read(reader: &mut Reader<'_>, signal: &Signal) -> i64 {
    number(&reader.signal(signal))
}

/// Something that happens once.
type Event = Box<dyn FnOnce() + Send>;

/// What happens in the midst of the next runs of a function, one for each.
#[derive(Clone, Default)]
struct Midst(Arc<Mutex<VecDeque<Event>>>);

impl Midst {
    fn put(&self, happens: impl FnOnce() + Send + 'static) {
        self.0.lock().unwrap().push_back(Box::new(happens));
    }

    fn happen(&self) {
        // It is taken out first: what happens may run the function again.
        let happens = self.0.lock().unwrap().pop_front();
        happens.into_iter().for_each(|happens| happens());
    }

    fn is_over(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

/// While a value is being computed as of before a set, another evaluation computes it for itself as of after it. It reads
/// something that the first one does not read; so the next set of that is nothing to the first one, but it is to the other.
#[test]
fn s03_a_set_concerns_those_who_computed_a_value_for_themselves() {
    let graph = Graph::new();
    let (switch, number_of, midst) = (graph.signal(int(0)), graph.signal(int(10)), Midst::default());
    let (by, of, happens) = (switch.clone(), number_of.clone(), midst.clone());
    let chosen = graph.computed(move |reader| {
        let switch = read(reader, &by);
        happens.happen();
        Ok(int(if switch == 0 { 0 } else { read(reader, &of) }))
    });
    let source = chosen.clone();
    let next = graph.computed(move |reader| Ok(int(number(&reader.computed(&source)?) + 1)));

    let (set, of, seen) = (switch.clone(), number_of.clone(), next.clone());
    midst.put(move || {
        set.set(int(1));
        assert_eq!(peek(&seen), 11);
        of.set(int(20));
        assert_eq!(peek(&seen), 21, "it was computed from what the other evaluation has not read");
    });
    assert_eq!(peek(&chosen), 0, "as of before the set");
    assert!(midst.is_over());
    assert_eq!((peek(&chosen), peek(&next)), (20, 21));
}

/// The first function of a row has run as of before a set, the second one is running: another evaluation that needs the end
/// of the row has computed it as of after that set, and must be told of the next one.
#[test]
fn s03_a_set_passes_what_has_run_behind_it() {
    let graph = Graph::new();
    let (signal, factor) = (graph.signal(int(0)), graph.signal(int(10)));
    let (in_first, in_second) = (Midst::default(), Midst::default());
    let (source, happens) = (signal.clone(), in_first.clone());
    let first = graph.computed(move |reader| {
        let value = read(reader, &source);
        happens.happen();
        Ok(int(value + 1))
    });
    let happens = in_second.clone();
    let second = graph.computed(move |reader| {
        let value = number(&reader.computed(&first)?);
        happens.happen();
        // It has two sources, so the first one is published before it runs.
        Ok(int(value * read(reader, &factor)))
    });
    let source = second.clone();
    let third = graph.computed(move |reader| Ok(int(number(&reader.computed(&source)?) + 5)));
    assert_eq!(peek(&third), 15);

    signal.set(int(1));
    let (set, seen) = (signal.clone(), third.clone());
    in_first.put(move || {
        set.set(int(2));
        assert_eq!(peek(&seen), 35);
    });
    let (set, seen) = (signal.clone(), third.clone());
    // It runs first for the look in the midst of the other function, then for itself.
    in_second.put(|| ());
    in_second.put(move || {
        set.set(int(3));
        assert_eq!(peek(&seen), 45, "the first function has run as of the first set, and is marked");
    });
    assert_eq!(peek(&second), 20, "as of the first set");
    assert!(in_first.is_over() && in_second.is_over());
    assert_eq!((peek(&second), peek(&third)), (40, 45));
}
