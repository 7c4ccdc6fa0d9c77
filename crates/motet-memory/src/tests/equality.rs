//! `==`, `<` and hashes.

use super::*;
use std::cmp::Ordering;

#[test]
fn equal_values_have_equal_hashes() {
    with_heap(|heap| {
        let complex = |re, im| heap.complex(re, im);
        let two_53 = (1i64 << 53) as f64;
        let map = |pairs: &[(i64, i64)]| {
            let value = heap.map(0);
            for &(key, item) in pairs {
                value.as_map().unwrap().set(Value::int(key), Value::int(item), heap).unwrap();
            }
            value
        };
        let a = |first| heap.list(vec![first, heap.string("x")]);
        let bytes = |content: &[u8]| heap.bytes(content);
        let symbol = |name| Value::symbol(Symbol::intern(name));
        let equal = [
            (Value::int(1), Value::float(1.0)),
            (Value::float(0.0), Value::float(-0.0)),
            (complex(2.0, 0.0), Value::int(2)),
            (complex(2.5, 0.0), Value::float(2.5)),
            (complex(1.0, 2.0), complex(1.0, 2.0)),
            (heap.string("ab"), heap.string("ab")),
            (bytes(b"ab"), bytes(b"ab")),
            (a(Value::int(1)), a(Value::float(1.0))),
            (map(&[(1, 2), (3, 4)]), map(&[(3, 4), (1, 2)])),
            (
                record(heap, [("a", Value::int(1)), ("b", Value::NULL)]),
                record(heap, [("b", Value::NULL), ("a", Value::float(1.0))]),
            ),
            (heap.range(Some(1), Some(2), 1, false), heap.range(Some(1), Some(2), 1, false)),
            (
                heap.node(symbol("h"), Value::NULL, ints(heap, [1])),
                heap.node(symbol("h"), Value::NULL, ints(heap, [1])),
            ),
            (
                heap.node(symbol("h"), Value::NULL, ints(heap, [1])),
                heap.node(symbol("h"), heap.record(0), ints(heap, [1])),
            ),
            (symbol("s"), symbol("s")),
        ];
        for (left, right) in &equal {
            assert!(is_equal(left, right) && is_equal(right, left), "{left:?} == {right:?}");
            assert_eq!(hash_value(left), hash_value(right), "{left:?} and {right:?}");
        }
        let different = [
            (Value::int((1 << 53) + 1), Value::float(two_53)),
            (Value::int(i64::MAX), Value::float(i64::MAX as f64)),
            (Value::float(f64::NAN), Value::float(f64::NAN)),
            (Value::NULL, Value::FALSE),
            (heap.string("ab"), symbol("ab")),
            (ints(heap, [1]), ints(heap, [1, 2])),
            (map(&[(1, 2)]), map(&[(1, 3)])),
            (record(heap, [("a", Value::int(1))]), record(heap, [("b", Value::int(1))])),
            (complex(2.0, 1.0), Value::int(2)),
            (
                heap.node(symbol("h"), Value::NULL, ints(heap, [1])),
                heap.node(symbol("h"), record(heap, [("a", Value::NULL)]), ints(heap, [1])),
            ),
            (holder(heap, vec![]), holder(heap, vec![])),
            (heap.cell(Value::NULL, true), heap.cell(Value::NULL, true)),
        ];
        for (left, right) in &different {
            assert!(!is_equal(left, right) && !is_equal(right, left), "{left:?} != {right:?}");
        }
    });
}

#[test]
fn cyclic_values_compare_and_hash() {
    with_heap(|heap| {
        let cyclic = |last: i64| {
            let value = heap.list(vec![Value::int(last)]);
            value.as_list().unwrap().push(value.clone(), heap).unwrap();
            value
        };
        let (a, b, c) = (cyclic(1), cyclic(1), cyclic(2));
        assert!(is_equal(&a, &b));
        assert!(!is_equal(&a, &c));
        assert_eq!(hash_value(&a), hash_value(&b));
        let unrolled = heap.list(vec![Value::int(1), a.clone()]);
        assert!(is_equal(&a, &unrolled));
        assert_eq!(hash_value(&a), hash_value(&unrolled));
        let only_itself = |value: Value| {
            value.as_list().unwrap().set(0, value.clone(), heap).unwrap();
            value
        };
        let (x, y) = (only_itself(ints(heap, [0])), only_itself(ints(heap, [0])));
        assert_eq!(compare(&x, &y), None, "endless lists have no order");
        let map = heap.map(0);
        map.as_map().unwrap().set(map.clone(), map.clone(), heap).unwrap();
        assert!(is_equal(&map, &map.clone()));
        hash_value(&map);
    });
}

#[test]
fn parts_that_occur_often_are_compared_once() {
    with_heap(|heap| {
        let build = || {
            let mut value = ints(heap, [1]);
            for _ in 0..200 {
                value = heap.list(vec![value.clone(), value]);
            }
            value
        };
        assert!(is_equal(&build(), &build()), "2 to the 200th pairs otherwise");
        hash_value(&build());
    });
}

#[test]
fn keys_nested_in_keys_do_not_exhaust_the_stack() {
    with_heap(|heap| {
        let build = || {
            let mut value = heap.map(0);
            for _ in 0..10_000 {
                let next = heap.map(0);
                next.as_map().unwrap().set(value, Value::NULL, heap).unwrap();
                value = next;
            }
            value
        };
        let (a, b) = (build(), build());
        assert!(is_equal(&a, &a.clone()));
        assert!(!is_equal(&a, &b), "keys this deep are compared by identity");
        let copied = copy(&a, heap);
        assert_eq!(copied.as_map().unwrap().length(), 1);
    });
}

#[test]
fn order() {
    with_heap(|heap| {
        let cases = [
            (Value::int(1), Value::float(1.5), Some(Ordering::Less)),
            (Value::float(2.0), Value::int(1), Some(Ordering::Greater)),
            (heap.string("a"), heap.string("ab"), Some(Ordering::Less)),
            (ints(heap, [1, 2]), ints(heap, [1, 3]), Some(Ordering::Less)),
            (ints(heap, [1, 2]), ints(heap, [1]), Some(Ordering::Greater)),
            (
                heap.list(vec![ints(heap, [1]), Value::int(2)]),
                heap.list(vec![ints(heap, [1]), Value::int(1)]),
                Some(Ordering::Greater),
            ),
            (Value::int(1), heap.string("1"), None),
            (Value::float(f64::NAN), Value::int(1), None),
        ];
        for (left, right, expected) in cases {
            assert_eq!(compare(&left, &right), expected, "{left:?} <=> {right:?}");
        }
    });
}
