//! Symbols and names of fields that are made of text.

use super::*;

/// Too long to become a symbol.
fn long(number: usize) -> String {
    format!("{} {number}", "long".repeat(20))
}

fn set(record: &Value, name: &str, value: Value, heap: &Heap) {
    record.as_fields().unwrap().set_named(FieldName::new(name, heap), value, heap).unwrap();
}

#[test]
fn symbols_of_unknown_names_are_objects_that_equal_symbols() {
    with_heap(|heap| {
        let made = heap.symbol("made of text");
        let other = heap.symbol("made of other text");
        assert_eq!(made.tag(), Tag::MadeSymbol);
        assert!(is_equal(&made, &heap.symbol("made of text")) && !is_equal(&made, &other));
        // Code mentions the name only now.
        let symbol = Value::symbol(Symbol::intern("made of text"));
        assert!(heap.symbol("made of text").is_same(&symbol));
        for (a, b) in [(&made, &symbol), (&symbol, &made)] {
            assert!(is_equal(a, b) && !is_equal(a, &other));
            assert_eq!(hash_value(a), hash_value(b));
            assert_eq!(compare(a, b), Some(std::cmp::Ordering::Equal));
            assert_eq!((soc(a), gene(a), type_name(a)), (soc(b), gene(b), type_name(b)));
        }
        assert!(!is_equal(&made, &heap.string("made of text")));
        assert_ne!(hash_value(&made), hash_value(&heap.string("made of text")));
        let map = heap.map(0);
        map.as_map().unwrap().set(made, Value::int(1), heap).unwrap();
        assert_eq!(map.as_map().unwrap().get(&symbol).unwrap().as_int(), Some(1));
    });
}

#[test]
fn a_text_and_a_symbol_are_one_key() {
    with_heap(|heap| {
        let record = heap.record(0);
        set(&record, &long(1), Value::int(1), heap);
        assert!(record.as_record().unwrap().shape().is_dictionary());
        let symbol = Symbol::intern(&long(1));
        let fields = record.as_record().unwrap();
        assert_eq!(fields.get(symbol).unwrap().as_int(), Some(1));
        fields.set(symbol, Value::int(2), heap).unwrap();
        assert_eq!((fields.length(), fields.get(long(1).as_str()).unwrap().as_int()), (1, Some(2)));
        // A symbol's key, asked for by texts of all kinds.
        fields.set(Symbol::intern("code"), Value::int(3), heap).unwrap();
        let (text, made) = (heap.string("code"), heap.symbol(&long(2)));
        assert_eq!(fields.get(FieldKey::of(&text).unwrap()).unwrap().as_int(), Some(3));
        fields.set_named(FieldName::of(&made).unwrap(), Value::int(4), heap).unwrap();
        assert_eq!(fields.get(long(2).as_str()).unwrap().as_int(), Some(4));
        let mut order = Vec::new();
        fields.for_each(|name, _| order.push(name.as_str().to_owned()));
        assert_eq!(order, [long(1), "code".into(), long(2)]);
        // The same fields by shape and by table are equal.
        let other = heap.record(0);
        set(&other, "code", Value::int(3), heap);
        set(&other, &long(2), Value::int(4), heap);
        set(&other, &long(1), Value::int(2), heap);
        assert!(is_equal(&record, &other));
        assert_eq!(hash_value(&record), hash_value(&other));
        let code = |value: Value| {
            let record = heap.record(0);
            record.as_record().unwrap().set(Symbol::intern("code"), value, heap).unwrap();
            record
        };
        other.as_record().unwrap().remove(long(1).as_str(), heap).unwrap();
        other.as_record().unwrap().remove(symbol, heap).unwrap();
        other.as_record().unwrap().remove(&FieldName::of(&made).unwrap(), heap).unwrap();
        assert!(is_equal(&other, &code(Value::int(3))));
        assert_eq!(hash_value(&other), hash_value(&code(Value::int(3))));
    });
}

#[test]
fn keys_of_a_table_belong_to_what_holds_it() {
    with_heap(|heap| {
        let key = heap.string(&long(3));
        let record = heap.record(0);
        record.as_record().unwrap().set_named(FieldName::of(&key).unwrap(), Value::int(1), heap).unwrap();
        let of = |value: &Value| value.as_record().unwrap().next(0).unwrap().0.to_string_value(heap);
        assert!(of(&record).is_same(&key), "a string that is a key is not copied");
        let copied = copy(&record, heap);
        assert!(of(&copied).is_same(&key));
        // What leaves the isolate has keys that threads may share.
        assert!(key.is_counted_here());
        let parcel = Parcel::pack(&record, heap).unwrap();
        assert!(!key.is_counted_here());
        let other = heap.string(&long(4));
        let frozen = heap.record(0);
        frozen.as_record().unwrap().set_named(FieldName::of(&other).unwrap(), record.clone(), heap).unwrap();
        freeze(&frozen, heap).unwrap();
        assert!(!other.is_counted_here() && frozen.is_frozen());
        let frozen = Frozen::new(&frozen).unwrap();
        {
            let heap = Heap::new();
            let record = parcel.unpack(&heap);
            let fields = record.as_record().unwrap();
            assert_eq!(fields.get(long(3).as_str()).unwrap().as_int(), Some(1));
            fields.set_named(FieldName::new(&long(5), &heap), frozen.to_value(), &heap).unwrap();
            assert_eq!(soc(&record), format!("{{\"{}\": 1, \"{}\": {}}}", long(3), long(5), soc(frozen.value())));
        }
    });
}

#[test]
fn a_cycle_through_a_table_is_freed() {
    with_heap(|heap| {
        let record = heap.record(0);
        set(&record, &long(6), record.clone(), heap);
        set(&record, &long(7), heap.symbol(&long(8)), heap);
        let frozen = heap.record(0);
        set(&frozen, &long(6), frozen.clone(), heap);
        freeze(&frozen, heap).unwrap();
        drop((record, frozen));
        heap.collect();
    });
}

#[test]
fn data_makes_few_symbols_and_shapes() {
    with_heap(|heap| {
        let (symbols, shapes) = (symbol::count(), shape::count());
        for number in 0..30_000 {
            let record = heap.record(0);
            let fields = record.as_record().unwrap();
            for part in ["first", "second"] {
                set(&record, &format!("{part} {number}"), Value::int(number), heap);
            }
            assert_eq!(fields.get(&*format!("second {number}")).unwrap().as_int(), Some(number));
            assert!(!fields.contains("a key that is not there") && fields.length() == 2);
            drop(heap.symbol(&format!("symbol {number}")));
        }
        assert!(symbol::count() - symbols <= 4096, "{}", symbol::count() - symbols);
        // Each shape that leads to a dictionary may need one for it.
        assert!(shape::count() - shapes <= 4097, "{}", shape::count() - shapes);
        // Rows of data whose keys have been met go on sharing a shape.
        let row = || {
            let record = heap.record(0);
            set(&record, "first 0", Value::NULL, heap);
            set(&record, "second 0", Value::NULL, heap);
            record.as_record().unwrap().shape()
        };
        assert_eq!(row(), row());
    });
}
