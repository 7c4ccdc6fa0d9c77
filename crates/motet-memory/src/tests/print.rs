//! Values as text, in both notations.

use super::*;

#[test]
fn both_notations() {
    with_heap(|heap| {
        let class = heap.class(Symbol::intern("Point"), &Value::NULL);
        let point = heap.instance(&class);
        for (name, value) in [("x", Value::int(1)), ("y", Value::float(2.0))] {
            point.as_instance().unwrap().set(Symbol::intern(name), value, heap).unwrap();
        }
        let map = heap.map(0);
        map.as_map().unwrap().set(heap.string("k"), ints(heap, [1]), heap).unwrap();
        map.as_map().unwrap().set(Value::int(2), Value::NULL, heap).unwrap();
        let props = record(heap, [("p", Value::int(1)), ("q", Value::int(2))]);
        let head = Value::symbol(Symbol::intern("head"));
        let node = heap.node(head.clone(), props, heap.list(vec![heap.string("a"), ints(heap, [2])]));
        let empty_node = heap.node(head.clone(), Value::NULL, heap.list(vec![]));
        let cases = [
            (Value::NULL, "null", "nil"),
            (Value::TRUE, "true", "true"),
            (Value::int(-7), "-7", "-7"),
            (heap.list(vec![]), "[]", "[]"),
            (heap.list(vec![Value::int(1), heap.string("a\"b\n")]), r#"[1, "a\"b\n"]"#, r#"[1 "a\"b\n"]"#),
            (heap.record(0), "{}", "{}"),
            (record(heap, [("a", Value::int(1)), ("b", ints(heap, [2, 3]))]), "{a: 1, b: [2, 3]}", "{^a 1 ^b [2 3]}"),
            (record(heap, [("a-b", Value::int(1))]), "{\"a-b\": 1}", "{^a-b 1}"),
            (point, "Point(x: 1, y: 2.0)", "(Point ^x 1 ^y 2.0)"),
            (heap.instance(&class), "Point()", "(Point)"),
            (map, "dict(\"k\": [1], 2: null)", "(dict \"k\" [1] 2 nil)"),
            (heap.map(0), "dict()", "(dict)"),
            (node, "(`head ^p 1 ^q 2 \"a\" [2])", "(head ^p 1 ^q 2 \"a\" [2])"),
            (empty_node, "(`head)", "(head)"),
            (heap.range(Some(1), Some(10), 1, false), "1..10", "(1 .. 10)"),
            (heap.range(Some(1), None, 2, true), "1..= by 2", "(1 ..= 2)"),
            (heap.complex(0.0, 3.0), "3i", "3i"),
            (heap.complex(2.0, -0.5), "2 - 0.5i", "2 - 0.5i"),
            (heap.closure(function("area", &[]), []), "<fn area>", "<fn area>"),
            (heap.closure(function("", &[]), []), "<fn>", "<fn>"),
            (class, "<class Point>", "<class Point>"),
            (heap.bytes(*b"\x00\xff"), "<bytes 00 ff>", "<bytes 00 ff>"),
            (holder(heap, vec![]), "<holder>", "<holder>"),
            (heap.cell(Value::int(1), true), "1", "1"),
        ];
        for (value, in_soc, in_gene) in &cases {
            assert_eq!((soc(value).as_str(), gene(value).as_str()), (*in_soc, *in_gene));
        }
        let text = heap.string("bare");
        assert_eq!(print_value(&text, &PrintOptions::display(Notation::Soc)), "bare");
    });
}

#[test]
fn floats_print_with_as_many_digits_as_one_likes() {
    with_heap(|heap| {
        let shown = |value: &Value, digits| {
            print_value(value, &PrintOptions { precision: Some(digits), ..PrintOptions::display(Notation::Soc) })
        };
        let cases = [
            (2.0 / 3.0, 3, "0.667"),
            (2e6 / 3.0, 3, "667000.0"),
            (1e-9 / 3.0, 2, "3.3e-10"),
            (9.99, 2, "10.0"),
            (0.5, 10, "0.5"),
            (0.1 + 0.2, 16, "0.3"),
            (0.1 + 0.2, 17, "0.30000000000000004"),
            (0.1 + 0.2, u8::MAX, "0.30000000000000004"),
            (-1.26, 2, "-1.3"),
            (0.0, 1, "0.0"),
            (-0.0, 1, "-0.0"),
            (123.0, 0, "100.0"),
            (f64::MAX, 1, "1.7976931348623157e308"),
            (f64::NAN, 1, "NaN"),
            (f64::NEG_INFINITY, 1, "-Infinity"),
        ];
        for (float, digits, expected) in cases {
            assert_eq!(shown(&Value::float(float), digits), expected, "{float} with {digits} digits");
        }
        assert_eq!(shown(&heap.complex(2.0 / 3.0, -1.0 / 3.0), 2), "0.67 - 0.33i");
        assert_eq!(shown(&heap.list(vec![Value::int(1234), Value::float(1.234)]), 2), "[1234, 1.2]");
    });
}

#[test]
fn floats_read_back_as_the_same_number() {
    let cases = [
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (1e20, "100000000000000000000.0"),
        (1e21, "1e21"),
        (1.5e300, "1.5e300"),
        (0.00001, "0.00001"),
        (1e-7, "1e-7"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
        (f64::NAN, "NaN"),
    ];
    for (float, expected) in cases {
        assert_eq!(print_float(float), expected);
    }
    for float in [f64::MIN_POSITIVE, f64::MAX, 0.1 + 0.2, 5e-324] {
        assert_eq!(print_float(float).parse::<f64>().unwrap(), float);
    }
}

#[test]
fn cycles_and_depth_print() {
    with_heap(|heap| {
        let value = record(heap, [("a", Value::int(1))]);
        let list = heap.list(vec![value.clone(), value.clone()]);
        value.as_record().unwrap().set(Symbol::intern("list"), list.clone(), heap).unwrap();
        assert_eq!(soc(&value), "{a: 1, list: [{...}, {...}]}");
        assert_eq!(soc(&list), "[{a: 1, list: [...]}, {a: 1, list: [...]}]");
        let mut deep = heap.list(vec![]);
        for _ in 0..200_000 {
            deep = heap.list(vec![deep]);
        }
        assert_eq!(soc(&deep).len(), 2 * 200_001);
        let options = PrintOptions { limit: 10, ..PrintOptions::quoted(Notation::Soc) };
        assert_eq!(print_value(&ints(heap, 100..200), &options), "[100, 101,…");
    });
}
