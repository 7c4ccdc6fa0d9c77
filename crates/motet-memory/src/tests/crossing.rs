//! Freezing, copying and sending.

use super::*;

fn refusal(path: &str, reason: &str) -> Refusal {
    Refusal { path: path.into(), reason: reason.into() }
}

#[test]
fn frozen_containers_refuse_changes() {
    with_heap(|heap| {
        let inner = ints(heap, [1]);
        let map = heap.map(0);
        map.as_map().unwrap().set(Value::int(1), heap.string("one"), heap).unwrap();
        let value = record(heap, [("list", inner.clone()), ("map", map.clone())]);
        freeze(&value, heap).unwrap();
        assert!(value.is_frozen() && inner.is_frozen() && map.is_frozen());
        let name = Symbol::intern("list");
        assert_eq!(inner.as_list().unwrap().push(Value::NULL, heap), Err(WriteError::Frozen));
        assert_eq!(value.as_record().unwrap().set(name, Value::NULL, heap), Err(WriteError::Frozen));
        assert_eq!(value.as_record().unwrap().remove(name, heap).err(), Some(WriteError::Frozen));
        assert_eq!(map.as_map().unwrap().remove(&Value::int(1)).err(), Some(WriteError::Frozen));
        assert_eq!(soc(&value), "{list: [1], map: dict(1: \"one\")}");
        assert_eq!(heap.candidates(), 0, "frozen objects are no candidates");
    });
}

#[test]
fn freezing_is_all_or_nothing_and_names_the_path() {
    with_heap(|heap| {
        let items = heap.list(vec![Value::NULL, record(heap, [("handle", holder(heap, vec![]))])]);
        let value = record(heap, [("items", items.clone())]);
        let expected = refusal(".items[1].handle", "a holder, which belongs to its thread");
        assert_eq!(freeze(&value, heap), Err(expected));
        assert!(!value.is_frozen() && !items.is_frozen());
        items.as_list().unwrap().push(Value::NULL, heap).unwrap();

        let generator = heap.generator(Box::new(Holder(Default::default())));
        assert_eq!(freeze(&generator, heap), Err(refusal("", "an open generator")));
        let cell = heap.cell(Value::int(1), true);
        let closure = heap.closure(function("f", &["count"]), [cell]);
        let value = heap.list(vec![closure]);
        assert_eq!(freeze(&value, heap), Err(refusal("[0]'s variable count", "a mutable variable")));
        let unbound = heap.cell(Value::MISSING, false);
        let value = heap.list(vec![heap.closure(function("g", &["h"]), [unbound])]);
        assert_eq!(freeze(&value, heap), Err(refusal("[0]'s variable h", "not yet bound")));
    });
}

#[test]
fn frozen_cycles_are_freed() {
    with_heap(|heap| {
        let before = super::super::component::live();
        let tail = ints(heap, [7]);
        let value = heap.list(vec![tail.clone()]);
        let middle = record(heap, [("back", value.clone())]);
        value.as_list().unwrap().push(middle.clone(), heap).unwrap();
        value.as_list().unwrap().push(middle.clone(), heap).unwrap();
        freeze(&value, heap).unwrap();
        assert!(super::super::component::live() > before);
        drop(value);
        assert_eq!(soc(&middle), "{back: [[7], {...}, {...}]}");
        let again = middle.clone();
        drop(middle);
        assert!(again.is_frozen());
        drop(again);
        assert_eq!(soc(&tail), "[7]");
    });
}

#[test]
fn a_frozen_cycle_that_another_refers_to() {
    with_heap(|heap| {
        let first = heap.list(vec![]);
        first.as_list().unwrap().push(first.clone(), heap).unwrap();
        let second = heap.list(vec![first.clone(), heap.string("text")]);
        second.as_list().unwrap().push(second.clone(), heap).unwrap();
        freeze(&second, heap).unwrap();
        drop(first);
        assert_eq!(soc(&second), "[[[...]], \"text\", [...]]");
    });
}

#[test]
fn a_recursive_function_freezes() {
    with_heap(|heap| {
        let cell = heap.cell(Value::MISSING, false);
        let closure = heap.closure(function("fact", &["fact"]), [cell.clone()]);
        cell.as_cell().unwrap().set(closure.clone(), heap).unwrap();
        drop(cell);
        freeze(&closure, heap).unwrap();
        assert_eq!(soc(&closure), "<fn fact>");
        assert_eq!(heap.collect(), 0);
    });
}

#[test]
fn a_frozen_class_is_immortal() {
    with_heap(|heap| {
        let parent = heap.class(Symbol::intern("Base"), &Value::NULL);
        let class = heap.class(Symbol::intern("Point"), &parent);
        let method = heap.closure(function("area", &[]), []);
        class.as_class().unwrap().set_method(Symbol::intern("area"), method.clone(), heap).unwrap();
        let instance = heap.instance(&class);
        freeze(&instance, heap).unwrap();
        assert!(class.is_frozen() && parent.is_frozen() && method.is_frozen());
        let set = class.as_class().unwrap().set_method(Symbol::intern("x"), Value::NULL, heap);
        assert_eq!(set, Err(WriteError::Frozen));
        assert!(class.as_class().unwrap().method(Symbol::intern("area")).is_some_and(|found| found.is_same(&method)));
    });
}

#[test]
fn a_list_nested_deep_is_frozen_copied_and_sent() {
    with_heap(|heap| {
        let mut value = heap.list(vec![]);
        for _ in 0..200_000 {
            value = heap.list(vec![value]);
        }
        let copied = copy(&value, heap);
        assert!(is_equal(&value, &copied));
        let sent = Parcel::pack(&value, heap).unwrap().unpack(heap);
        assert!(is_equal(&value, &sent));
        freeze(&value, heap).unwrap();
    });
}

#[test]
fn copies_keep_their_form() {
    with_heap(|heap| {
        let shared = ints(heap, [1]);
        let frozen = ints(heap, [2]);
        freeze(&frozen, heap).unwrap();
        let map = heap.map(0);
        map.as_map().unwrap().set(shared.clone(), frozen.clone(), heap).unwrap();
        let children = heap.list(vec![shared.clone(), map]);
        let node = heap.node(Value::symbol(Symbol::intern("n")), record(heap, [("p", shared.clone())]), children);
        let value = heap.list(vec![shared.clone(), node]);
        value.as_list().unwrap().push(value.clone(), heap).unwrap();
        let copied = copy(&value, heap);
        assert_eq!(soc(&copied), soc(&value));
        assert_eq!(soc(&copied), "[[1], (`n ^p [1] [1] dict([1]: [2])), [...]]");
        let items = copied.as_list().unwrap();
        assert!(items.get(2).unwrap().is_same(&copied));
        assert!(!items.get(0).unwrap().is_same(&shared));
        let node = items.get(1).unwrap();
        let node = node.as_node().unwrap();
        let first_child = node.children.as_list().unwrap().get(0).unwrap();
        assert!(first_child.is_same(&items.get(0).unwrap()), "a part that occurs twice is copied once");
        let map = node.children.as_list().unwrap().get(1).unwrap();
        let found = map.as_map().unwrap().get(&ints(heap, [1])).unwrap();
        assert!(!found.is_frozen() && !found.is_same(&frozen), "a copy of a frozen part can be changed");
        items.get(0).unwrap().as_list().unwrap().push(Value::NULL, heap).unwrap();
        assert_eq!(soc(&shared), "[1]");
    });
}

#[test]
fn parcels_carry_mutable_data_as_copies() {
    with_heap(|heap| {
        let value = record(heap, [("text", heap.string("long enough")), ("list", ints(heap, [1, 2]))]);
        let frozen = ints(heap, [3]);
        freeze(&frozen, heap).unwrap();
        let name = Symbol::intern("frozen");
        value.as_record().unwrap().set(name, frozen.clone(), heap).unwrap();
        let sent = Parcel::pack(&value, heap).unwrap().unpack(heap);
        assert!(is_equal(&sent, &value) && !sent.is_same(&value) && !sent.is_frozen());
        assert!(sent.as_record().unwrap().get(name).unwrap().is_same(&frozen));
    });
}

#[test]
fn functions_are_shared_or_copied_with_what_they_hold() {
    with_heap(|heap| {
        let pure = heap.closure(function("pure", &["x"]), [heap.string("text")]);
        assert!(Parcel::pack(&pure, heap).unwrap().unpack(heap).is_same(&pure));
        let list = ints(heap, [1]);
        let holding = heap.closure(function("holding", &["xs"]), [heap.cell(list.clone(), false)]);
        let sent = Parcel::pack(&holding, heap).unwrap().unpack(heap);
        assert!(!sent.is_same(&holding) && !list.is_frozen());
        let cell = sent.as_closure().unwrap().captures()[0].clone();
        assert_eq!(soc(&cell.as_cell().unwrap().get()), "[1]");
        let counting = heap.closure(function("counting", &["n"]), [heap.cell(Value::int(0), true)]);
        let value = record(heap, [("f", counting)]);
        let expected = refusal(".f's variable n", "a mutable variable");
        assert_eq!(Parcel::pack(&value, heap).err(), Some(expected));
    });
}

#[test]
fn classes_are_shared_if_nothing_in_them_can_change() {
    with_heap(|heap| {
        let class = heap.class(Symbol::intern("P"), &Value::NULL);
        class.as_class().unwrap().set_static(Symbol::intern("cache"), ints(heap, []), heap).unwrap();
        let value = heap.list(vec![heap.instance(&class)]);
        let expected = refusal("[0]'s class.cache", "a mutable list");
        assert_eq!(Parcel::pack(&value, heap).err(), Some(expected));
        class.as_class().unwrap().set_static(Symbol::intern("cache"), Value::int(1), heap).unwrap();
        let sent = Parcel::pack(&value, heap).unwrap().unpack(heap);
        let instance = sent.as_list().unwrap().get(0).unwrap();
        assert!(instance.as_instance().unwrap().class_value().is_same(&class));
        assert!(!instance.is_frozen());
    });
}

#[test]
fn what_cannot_be_sent_leaves_nothing_behind() {
    with_heap(|heap| {
        let value = heap.list(vec![]);
        let list = value.as_list().unwrap();
        let map = heap.map(0);
        map.as_map().unwrap().set(Value::int(1), value.clone(), heap).unwrap();
        for item in [map, value.clone(), ints(heap, [1]), holder(heap, vec![value.clone()])] {
            list.push(item, heap).unwrap();
        }
        let expected = refusal("[3]", "a holder: it belongs to its thread");
        assert_eq!(Parcel::pack(&value, heap).err(), Some(expected));
    });
}

#[test]
fn cyclic_parcels_are_freed_wherever_they_end() {
    with_heap(|heap| {
        let value = heap.list(vec![ints(heap, [1])]);
        value.as_list().unwrap().push(value.clone(), heap).unwrap();
        drop(Parcel::pack(&value, heap).unwrap());
        let receiver = Heap::new();
        let sent = Parcel::pack(&value, heap).unwrap().unpack(&receiver);
        assert_eq!(soc(&sent), "[[1], [...]]");
        drop(sent);
        assert_eq!(receiver.collect(), 2);
    });
}

#[test]
fn shared_foreign_objects_travel_by_reference() {
    with_heap(|heap| {
        let token = heap.shared_foreign(Arc::new(Token));
        let value = heap.list(vec![token.clone()]);
        let sent = Parcel::pack(&value, heap).unwrap().unpack(heap);
        assert!(sent.as_list().unwrap().get(0).unwrap().is_same(&token));
        freeze(&value, heap).unwrap();
        assert!(Frozen::new(&token).is_some());
        heap.note_change(&token);
        assert_eq!(heap.candidates(), 0);
    });
}

#[test]
fn only_immutable_values_become_frozen_handles() {
    with_heap(|heap| {
        assert!(Frozen::new(&Value::int(1)).is_some());
        assert!(Frozen::new(&heap.string("some text")).is_some());
        let list = ints(heap, [1]);
        assert!(Frozen::new(&list).is_none());
        freeze(&list, heap).unwrap();
        assert!(Frozen::new(&list).is_some());
        assert_eq!(Frozen::string("made nowhere").value().as_str(), Some("made nowhere"));
    });
}

#[test]
fn a_shared_string_is_not_changed_in_place() {
    with_heap(|heap| {
        let mut text = heap.string("shared");
        let frozen = Frozen::new(&text).unwrap();
        append_in_place(&mut text, "!", heap);
        assert_eq!((text.as_str(), frozen.value().as_str()), (Some("shared!"), Some("shared")));
    });
}

#[test]
fn reachable_bytes_follow_what_lives() {
    with_heap(|heap| {
        let list = ints(heap, 0..1000);
        let value = heap.list(vec![list.clone(), list]);
        let bytes = reachable_bytes([&value]);
        assert!((16_000..17_000).contains(&bytes), "{bytes}");
        freeze(&value.as_list().unwrap().get(0).unwrap(), heap).unwrap();
        assert_eq!(reachable_bytes([&value]), bytes, "freezing frees nothing");
        value.as_list().unwrap().pop().unwrap();
        value.as_list().unwrap().pop().unwrap();
        assert!(reachable_bytes([&value]) < 200);
    });
}
