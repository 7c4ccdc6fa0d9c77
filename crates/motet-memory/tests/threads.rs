//! Frozen values and parcels among threads. Run under ThreadSanitizer too (`./test --sanitize`).

use motet_memory::*;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const THREADS: usize = 4;

fn build(heap: &Heap) -> Value {
    let list = heap.list((0..50).map(|at| heap.string(&format!("item {at}"))).collect());
    let map = heap.map(0);
    for key in 0..50 {
        map.as_map().unwrap().set(Value::int(key), list.clone(), heap).unwrap();
    }
    let record = heap.record(2);
    let fields = record.as_record().unwrap();
    fields.set(Symbol::intern("list"), list, heap).unwrap();
    fields.set(Symbol::intern("map"), map, heap).unwrap();
    fields.set(Symbol::intern("itself"), record.clone(), heap).unwrap();
    record
}

#[test]
fn many_threads_share_a_frozen_cycle() {
    let heap = Heap::new();
    let value = build(&heap);
    freeze(&value, &heap).unwrap();
    let frozen = Frozen::new(&value).unwrap();
    drop(value);
    drop(heap);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let frozen = frozen.clone();
            scope.spawn(move || {
                let heap = Heap::new();
                let mut kept = Vec::new();
                for round in 0..200 {
                    let value = frozen.to_value();
                    let fields = value.as_record().unwrap();
                    let list = fields.get(Symbol::intern("list")).unwrap();
                    let text = list.as_list().unwrap().get(round % 50).unwrap();
                    assert_eq!(text.as_str(), Some(format!("item {}", round % 50).as_str()));
                    let map = fields.get(Symbol::intern("map")).unwrap();
                    assert!(map.as_map().unwrap().get(&Value::int(7)).unwrap().is_same(&list));
                    assert!(is_equal(&text, &heap.string(text.as_str().unwrap())));
                    hash_value(&text);
                    kept.push(heap.list(vec![text, fields.get(Symbol::intern("itself")).unwrap()]));
                }
            });
        }
        drop(frozen);
    });
}

/// What a class says about a key is noted in the key, also in one that threads share; maps that are copied or sent find it.
#[test]
fn keys_keep_the_hash_that_their_class_gave() {
    let heap = Heap::new();
    let class = heap.class(Symbol::intern("Key"), &Value::NULL);
    let key = |number| {
        let key = heap.instance(&class);
        key.as_instance().unwrap().set(Symbol::intern("number"), Value::int(number), &heap).unwrap();
        key
    };
    let (first, second) = (key(1), key(2));
    let map = heap.map(0);
    for (number, key) in [&first, &second].into_iter().enumerate() {
        key.as_instance().unwrap().set_key_hash(7);
        map.as_map().unwrap().set(key.clone(), Value::int(number as i64), &heap).unwrap();
    }
    let found = |map: &Value| {
        let map = map.as_map().unwrap();
        let mut keys = map.keys_with_hash(7);
        keys.sort_by_key(|key| map.get(key).unwrap().as_int());
        let numbers = keys.iter().map(|key| key.as_instance().unwrap().get(Symbol::intern("number")).unwrap());
        numbers.map(|number| number.as_int().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(found(&map), [1, 2]);
    assert_eq!(found(&copy(&map, &heap)), [1, 2]);
    assert!(map.as_map().unwrap().get(&key(1)).is_none());
    // More fields than fit, and fewer: the hash stays.
    for name in 0..100 {
        let fields = first.as_instance().unwrap();
        fields.set(Symbol::intern(&format!("field {name}")), Value::int(name), &heap).unwrap();
    }
    first.as_instance().unwrap().remove(Symbol::intern("field 3"), &heap).unwrap();
    assert_eq!(found(&map), [1, 2]);
    let parcel = Parcel::pack(&map, &heap).unwrap();
    thread::spawn(move || {
        let heap = Heap::new();
        assert_eq!(parcel.unpack(&heap).as_map().unwrap().keys_with_hash(7).len(), 2);
    })
    .join()
    .unwrap();
    // A frozen key that nothing was said about yet: threads say the same.
    for _ in 0..50 {
        let unknown = key(3);
        freeze(&unknown, &heap).unwrap();
        let frozen = Frozen::new(&unknown).unwrap();
        drop(unknown);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                let frozen = frozen.clone();
                scope.spawn(move || {
                    let key = frozen.to_value();
                    let fields = key.as_instance().unwrap();
                    assert!(fields.key_hash().is_none_or(|hash| hash == 9));
                    fields.set_key_hash(9);
                    assert_eq!(fields.key_hash(), Some(9));
                    assert_eq!(fields.get(Symbol::intern("number")).unwrap().as_int(), Some(3));
                });
            }
            drop(frozen);
        });
    }
}

#[test]
fn parcels_are_unpacked_elsewhere() {
    let waiting: Mutex<Vec<Parcel>> = Mutex::new(Vec::new());
    let received = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let heap = Heap::new();
                let value = build(&heap);
                for _ in 0..50 {
                    let parcel = Parcel::pack(&value, &heap).unwrap();
                    waiting.lock().push(parcel);
                }
            });
            scope.spawn(|| {
                let heap = Heap::new();
                while received.load(Ordering::Relaxed) < 100 {
                    let Some(parcel) = waiting.lock().pop() else {
                        thread::yield_now();
                        continue;
                    };
                    received.fetch_add(1, Ordering::Relaxed);
                    let value = parcel.unpack(&heap);
                    let list = value.as_record().unwrap().get(Symbol::intern("list")).unwrap();
                    list.as_list().unwrap().push(Value::int(1), &heap).unwrap();
                    assert_eq!(list.as_list().unwrap().length(), 51);
                    drop((value, list));
                    heap.collect();
                }
            });
        }
    });
}

/// Threads make the same names at the same time, as symbols and as texts, and hand one another what has them.
#[test]
fn names_made_of_text_mean_the_same_on_all_threads() {
    const ROUNDS: usize = 200;
    // The first are few enough to become symbols, the last are too long.
    let name = |number: usize| match number % 4 {
        0 => format!("long {} {number}", "name ".repeat(20)),
        _ => format!("short {number}"),
    };
    let waiting: Vec<Mutex<Vec<(Parcel, Frozen)>>> = (0..THREADS).map(|_| Mutex::default()).collect();
    let make = |round: usize, heap: &Heap| {
        let record = heap.record(0);
        let fields = record.as_record().unwrap();
        for number in round..round + 6 {
            let symbol = heap.symbol(&name(number + 1000));
            fields.set_named(FieldName::new(&name(number), heap), symbol, heap).unwrap();
        }
        record
    };
    thread::scope(|scope| {
        for at in 0..THREADS {
            let (waiting, make) = (&waiting, &make);
            scope.spawn(move || {
                let heap = Heap::new();
                for round in 0..ROUNDS {
                    let record = make(round, &heap);
                    let frozen = make(round, &heap);
                    freeze(&frozen, &heap).unwrap();
                    let parcel = Parcel::pack(&record, &heap).unwrap();
                    waiting[(at + 1) % THREADS].lock().push((parcel, Frozen::new(&frozen).unwrap()));
                    drop(frozen);
                    let Some((parcel, frozen)) = waiting[at].lock().pop() else { continue };
                    let (received, frozen) = (parcel.unpack(&heap), frozen.to_value());
                    assert!(is_equal(&received, &frozen));
                    assert_eq!(hash_value(&received), hash_value(&frozen));
                    // They were made of the same texts, in whatever way each thread keeps them.
                    let first = received.as_record().unwrap().next(0).unwrap().0;
                    let number: usize = first.as_str().rsplit(' ').next().unwrap().parse().unwrap();
                    assert!(is_equal(&received, &make(number, &heap)));
                    for number in number..number + 6 {
                        let field = frozen.as_record().unwrap().get(&*name(number)).unwrap();
                        assert_eq!(field.symbol_text(), Some(&*name(number + 1000)));
                        received.as_record().unwrap().remove(&*name(number), &heap).unwrap();
                    }
                    assert_eq!(received.as_record().unwrap().length(), 0);
                }
            });
        }
    });
}

#[test]
fn shapes_and_symbols_agree_on_all_threads() {
    let results: Mutex<Vec<Vec<(Symbol, ShapeId)>>> = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut shape = ShapeId::EMPTY;
                let mut path = Vec::new();
                for at in 0..40 {
                    let name = Symbol::intern(&format!("agreed{at}"));
                    // A second transition from the same shape, which another thread may add first.
                    transition(shape, Symbol::intern(&format!("other{at}")));
                    shape = transition(shape, name);
                    assert_eq!(find_slot(shape, name), Some(at));
                    path.push((name, shape));
                }
                results.lock().push(path);
            });
        }
    });
    let results = results.into_inner();
    assert_eq!(results.len(), THREADS);
    assert!(results.iter().all(|path| *path == results[0]));
}

#[test]
fn instances_of_a_shared_class() {
    let heap = Heap::new();
    let class = heap.class(Symbol::intern("Shared"), &Value::NULL);
    freeze(&class, &heap).unwrap();
    let class = Frozen::new(&class).unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let heap = Heap::new();
                for _ in 0..100 {
                    let instance = heap.instance(class.value());
                    instance.as_instance().unwrap().set(Symbol::intern("x"), Value::int(1), &heap).unwrap();
                    assert_eq!(instance.as_instance().unwrap().class().unwrap().name().as_str(), "Shared");
                }
            });
        }
    });
    assert_eq!(class.value().as_class().unwrap().learnt_slots(), 1);
}

#[test]
fn a_frozen_component_dies_once_whoever_is_last() {
    for _ in 0..200 {
        let heap = Heap::new();
        let value = heap.list(vec![heap.string("part of a cycle")]);
        value.as_list().unwrap().push(value.clone(), &heap).unwrap();
        freeze(&value, &heap).unwrap();
        let handles: Vec<Frozen> = (0..THREADS).map(|_| Frozen::new(&value).unwrap()).collect();
        drop(value);
        thread::scope(|scope| {
            for handle in handles {
                scope.spawn(move || {
                    let copy = handle.clone();
                    drop(handle);
                    assert!(copy.value().as_list().unwrap().get(1).unwrap().is_same(copy.value()));
                });
            }
        });
    }
}
