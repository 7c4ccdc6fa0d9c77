//! Lists, strings, records, instances and maps.

use super::*;

#[test]
fn lists_change_in_place() {
    with_heap(|heap| {
        let value = ints(heap, 1..=3);
        let list = value.as_list().unwrap();
        list.push(heap.string("x"), heap).unwrap();
        assert!(list.set(0, Value::float(1.0), heap).unwrap());
        assert!(!list.set(9, Value::NULL, heap).unwrap());
        list.insert(1, Value::TRUE, heap).unwrap();
        assert_eq!(soc(&value), "[1.0, true, 2, 3, \"x\"]");
        assert_eq!(gene(&value), "[1.0 true 2 3 \"x\"]");
        assert_eq!(list.remove(1).unwrap().unwrap().as_bool(), Some(true));
        assert_eq!(list.pop().unwrap().unwrap().as_str(), Some("x"));
        assert_eq!(list.length(), 3);
    });
}

#[test]
fn a_list_cannot_change_while_it_is_read() {
    with_heap(|heap| {
        let value = ints(heap, 1..=3);
        let list = value.as_list().unwrap();
        let items = list.items();
        assert_eq!(list.push(Value::NULL, heap), Err(WriteError::InUse));
        drop(items);
        assert_eq!(list.push(Value::NULL, heap), Ok(()));
        let inner = list.change(heap, |_| list.push(Value::NULL, heap)).unwrap();
        assert_eq!(inner, Err(WriteError::InUse));
    });
}

#[test]
fn a_million_integers_fit_17_megabytes() {
    with_heap(|heap| {
        let before = heap.allocated();
        let value = heap.list(Vec::new());
        for item in 0..1_000_000 {
            value.as_list().unwrap().push(Value::int(item), heap).unwrap();
        }
        let bytes = heap.allocated() - before;
        assert!(bytes <= 17_000_000, "{bytes}");
    });
}

#[test]
fn a_list_nested_a_million_deep_is_dropped() {
    with_heap(|heap| {
        let mut value = heap.list(Vec::new());
        for _ in 0..1_000_000 {
            value = heap.list(vec![value]);
        }
        drop(value);
    });
}

#[test]
fn strings_know_their_characters() {
    with_heap(|heap| {
        let value = heap.string("aäb€");
        let string = value.as_string().unwrap();
        assert_eq!((string.length(), string.byte_length(), string.is_ascii()), (4, 7, false));
        let characters: Vec<_> = (0..5).map(|at| string.character_at(at)).collect();
        assert_eq!(characters, [Some('a'), Some('ä'), Some('b'), Some('€'), None]);
        assert_eq!(string.slice(1, 3), Some("äb"));
        assert_eq!(string.slice(4, 4), Some(""));
        assert_eq!(string.slice(3, 5), None);
        let ascii = heap.string("hello");
        assert_eq!(ascii.as_string().unwrap().slice(1, 3), Some("el"));
        assert!(heap.character('x').is_same(&heap.string("x")), "one-character strings are made once");
    });
}

#[test]
fn appending_is_in_place_only_without_other_references() {
    with_heap(|heap| {
        let mut text = heap.string("ab");
        let other = text.clone();
        assert!(append_in_place(&mut text, "cö", heap));
        assert_eq!((text.as_str(), other.as_str()), (Some("abcö"), Some("ab")));
        assert_eq!(text.as_string().unwrap().length(), 4);
        assert!(!append_in_place(&mut Value::int(1), "x", heap));

        let before = heap.allocated();
        for _ in 0..100_000 {
            append_in_place(&mut text, "x", heap);
        }
        assert_eq!(text.as_string().unwrap().length(), 100_004);
        let bytes = heap.allocated() - before;
        assert!(bytes < 300_000, "appending is not linear: {bytes} bytes allocated");
    });
}

#[test]
fn records_of_one_construction_share_a_shape() {
    with_heap(|heap| {
        let (a, b) = (Symbol::intern("a"), Symbol::intern("b"));
        let make = || {
            let value = heap.record(2);
            value.as_record().unwrap().set(a, Value::int(1), heap).unwrap();
            value.as_record().unwrap().set(b, Value::int(2), heap).unwrap();
            value
        };
        let (first, second) = (make(), make());
        let shape = first.as_record().unwrap().shape();
        assert_eq!(shape, second.as_record().unwrap().shape());
        assert_eq!((find_slot(shape, a), find_slot(shape, b)), (Some(0), Some(1)));
        assert_eq!(soc(&first), "{a: 1, b: 2}");
        assert_eq!(gene(&first), "{^a 1 ^b 2}");
        let third = heap.record_with_shape(shape, [Value::int(1), Value::int(2)]);
        assert!(is_equal(&first, &third));
    });
}

#[test]
fn records_overflow_and_become_dictionaries() {
    with_heap(|heap| {
        let value = heap.record(2);
        let record = value.as_record().unwrap();
        let names: Vec<Symbol> = (0..200).map(|at| Symbol::intern(&format!("overflow{at}"))).collect();
        for (at, &name) in names.iter().enumerate() {
            record.set(name, Value::int(at as i64), heap).unwrap();
            assert_eq!(record.shape().is_dictionary(), at >= MAX_SLOTS, "{at}");
            assert_eq!(record.length(), at + 1);
        }
        for (at, &name) in names.iter().enumerate() {
            assert_eq!(record.get(name).unwrap().as_int(), Some(at as i64));
        }
        assert_eq!(record.remove(names[7], heap).unwrap().unwrap().as_int(), Some(7));
        let mut order = Vec::new();
        record.for_each(|name, _| order.push(name.as_symbol().unwrap()));
        let expected: Vec<_> = names.iter().copied().filter(|&name| name != names[7]).collect();
        assert_eq!(order, expected);
    });
}

#[test]
fn instances_learn_how_many_slots_they_need() {
    with_heap(|heap| {
        let class = heap.class(Symbol::intern("Point"), &Value::NULL);
        let (x, y) = (Symbol::intern("x"), Symbol::intern("y"));
        let point = heap.instance(&class);
        assert_eq!(point.as_instance().unwrap().capacity(), 0);
        for name in [x, y] {
            point.as_instance().unwrap().set(name, Value::int(1), heap).unwrap();
        }
        assert_eq!(soc(&point), "Point(x: 1, y: 1)");
        assert_eq!(gene(&point), "(Point ^x 1 ^y 1)");
        let second = heap.instance(&class);
        assert_eq!(second.as_instance().unwrap().capacity(), 2);
        assert!(!is_equal(&point, &second));
        let other = heap.instance(&heap.class(Symbol::intern("Point"), &Value::NULL));
        assert_ne!(
            second.as_instance().unwrap().shape(),
            other.as_instance().unwrap().shape(),
            "a shape implies its class"
        );
    });
}

#[test]
fn maps_take_any_key_in_order() {
    with_heap(|heap| {
        let value = heap.map(0);
        let map = value.as_map().unwrap();
        let keys = [Value::int(1), heap.string("one"), ints(heap, [1, 2]), Value::float(f64::NAN), Value::NULL];
        for (at, key) in keys.iter().enumerate() {
            assert!(map.set(key.clone(), Value::int(at as i64), heap).unwrap().is_none());
        }
        assert_eq!(map.set(Value::float(1.0), Value::int(10), heap).unwrap().unwrap().as_int(), Some(0));
        assert_eq!(map.get(&ints(heap, [1, 2])).unwrap().as_int(), Some(2));
        assert_eq!(map.get(&Value::float(f64::NAN)).unwrap().as_int(), Some(3));
        assert_eq!(soc(&value), "dict(1: 10, \"one\": 1, [1, 2]: 2, NaN: 3, null: 4)");
        assert_eq!(map.remove(&heap.string("one")).unwrap().unwrap().as_int(), Some(1));
        assert_eq!(map.length(), 4);
        assert!(map.get(&heap.string("one")).is_none());
    });
}

#[test]
fn maps_find_what_is_there_while_keys_come_and_go() {
    with_heap(|heap| {
        let value = heap.map(0);
        let map = value.as_map().unwrap();
        let mut model: Vec<(i64, i64)> = Vec::new();
        let mut random = 42u64;
        for round in 0..20_000i64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Few keys at first, then many, then few again.
            let most = [7, 40, 1000, 3][(round / 5000) as usize];
            let key = (random >> 33) as i64 % most;
            let known = model.iter().position(|(other, _)| *other == key);
            if random >> 62 < 2 {
                let old = map.set(Value::int(key), Value::int(round), heap).unwrap();
                assert_eq!(old.and_then(|old| old.as_int()), known.map(|at| model[at].1));
                match known {
                    Some(at) => model[at].1 = round,
                    None => model.push((key, round)),
                }
            } else {
                let old = map.remove(&Value::int(key)).unwrap();
                assert_eq!(old.and_then(|old| old.as_int()), known.map(|at| model.remove(at).1));
            }
            assert_eq!(map.length(), model.len());
            let there = map.get(&Value::int(key)).and_then(|value| value.as_int());
            assert_eq!(there, model.iter().find(|(other, _)| *other == key).map(|entry| entry.1));
        }
        let mut entries = Vec::new();
        map.for_each(|key, value| entries.push((key.as_int().unwrap(), value.as_int().unwrap())));
        assert_eq!(entries, model);
        for (key, _) in model {
            assert!(map.contains(&Value::float(key as f64)));
        }
    });
}

#[test]
fn texts_and_integers_are_put_together() {
    with_heap(|heap| {
        let parts = [heap.string("a"), Value::int(-12), heap.string(""), heap.string("é"), Value::int(i64::MIN)];
        let text = heap.string_of_values(&parts).unwrap();
        assert_eq!(text.as_str(), Some("a-12é-9223372036854775808"));
        assert_eq!(text.as_string().unwrap().length(), 25);
        assert_eq!(heap.string_of_values(&[]).unwrap().as_str(), Some(""));
        // Of one ASCII character there is one text.
        let one = heap.string_of_values(&[heap.string(""), Value::int(7)]).unwrap();
        assert!(one.is_same(&heap.string("7")));
        assert_eq!(Str::characters_by_code()[b'7' as usize], one.payload());
        assert!(heap.string_of_values(&[Value::float(1.5)]).is_none());
        let many: Vec<Value> = (0..=MOST_PARTS as i64).map(Value::int).collect();
        assert!(heap.string_of_values(&many).is_none());
    });
}
