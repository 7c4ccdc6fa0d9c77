//! Garbage cycles, of every kind of container, and what must not be taken for one.

use super::*;

#[test]
fn a_list_in_itself() {
    with_heap(|heap| {
        let value = ints(heap, []);
        value.as_list().unwrap().push(value.clone(), heap).unwrap();
        assert_eq!(heap.collect(), 0, "still referred to");
        drop(value);
        assert_eq!(heap.collect(), 1);
        assert_eq!(heap.candidates(), 1, "dead, and swept next time");
        assert_eq!(heap.collect(), 0);
        assert_eq!(heap.candidates(), 0);
    });
}

#[test]
fn a_cycle_through_every_kind() {
    with_heap(|heap| {
        let list = heap.list(vec![]);
        let map = heap.map(0);
        map.as_map().unwrap().set(list.clone(), Value::NULL, heap).unwrap();
        let cell = heap.cell(map, false);
        let closure = heap.closure(function("f", &["c"]), [cell]);
        let bound = heap.bound_method(closure, Value::NULL);
        let class = heap.class(Symbol::intern("C"), &Value::NULL);
        class.as_class().unwrap().set_static(Symbol::intern("s"), bound, heap).unwrap();
        let instance = heap.instance(&class);
        let node = heap.node(instance, Value::NULL, heap.list(vec![]));
        let foreign = holder(heap, vec![node]);
        let generator = heap.generator(Box::new(Holder(std::cell::RefCell::new(vec![foreign]))));
        let fields = record(heap, [("generator", generator)]);
        list.as_list().unwrap().push(fields, heap).unwrap();
        drop(class);
        assert_eq!(heap.collect(), 0, "the list is held");
        let length = list.as_list().unwrap().length();
        assert_eq!(length, 1, "and untouched");
        drop(list);
        assert_eq!(heap.collect(), 12);
    });
}

#[test]
fn what_garbage_refers_to_lives_if_others_do_too() {
    with_heap(|heap| {
        let kept = ints(heap, [1]);
        let cycle = heap.list(vec![kept.clone(), heap.string("leaf of garbage")]);
        cycle.as_list().unwrap().push(cycle.clone(), heap).unwrap();
        drop(cycle);
        assert_eq!(heap.collect(), 1);
        assert_eq!(soc(&kept), "[1]");
    });
}

#[test]
fn a_live_cycle_behind_a_foreign_object_lives() {
    with_heap(|heap| {
        let list = heap.list(vec![]);
        let foreign = holder(heap, vec![list.clone()]);
        list.as_list().unwrap().push(foreign.clone(), heap).unwrap();
        drop(list);
        assert_eq!(heap.collect(), 0);
        drop(foreign);
        assert_eq!(heap.collect(), 2);
    });
}

#[test]
fn a_changed_foreign_object_is_a_candidate() {
    with_heap(|heap| {
        let foreign = holder(heap, vec![]);
        foreign.as_foreign().unwrap().downcast::<Holder>().unwrap().0.borrow_mut().push(foreign.clone());
        heap.note_change(&foreign);
        drop(foreign);
        assert_eq!(heap.collect(), 1);
    });
}

/// Claims a reference that it does not have.
struct Liar(Value);

static LIAR: ForeignKind = ForeignKind::new("liar");

impl ForeignObject for Liar {
    fn kind(&self) -> &'static ForeignKind {
        &LIAR
    }
    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }
}

// SAFETY: `trace` only visits, though it visits twice.
unsafe impl HoldsValues for Liar {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.0);
        visit(&self.0);
    }
    fn surrender(&self, _: &mut dyn FnMut(Value)) {}
}

#[test]
fn a_wrong_trace_empties_containers_and_no_worse() {
    with_heap(|heap| {
        let list = ints(heap, [1, 2]);
        let liar = heap.foreign(Box::new(Liar(list.clone())));
        heap.note_change(&liar);
        let guard = list.as_list().unwrap().items();
        heap.collect();
        assert_eq!(guard.len(), 2, "what a native reads is never emptied");
        drop(guard);
        drop(liar);
        heap.collect();
        assert_eq!(soc(&list), "[1, 2]");
    });
}

#[test]
fn a_collection_while_a_native_changes_a_list() {
    with_heap(|heap| {
        let list = heap.list(vec![ints(heap, [1])]);
        list.as_list().unwrap().push(list.clone(), heap).unwrap();
        let freed = list.as_list().unwrap().change(heap, |items| {
            items.push(Value::NULL);
            heap.collect()
        });
        assert_eq!(freed, Ok(0));
        drop(list);
        assert_eq!(heap.collect(), 2);
    });
}

#[test]
fn dead_candidates_are_freed_by_the_next_collection() {
    with_heap(|heap| {
        for _ in 0..1000 {
            let list = heap.list(vec![]);
            list.as_list().unwrap().push(ints(heap, [1]), heap).unwrap();
        }
        assert_eq!(heap.candidates(), 1000);
        assert_eq!(heap.collect(), 0);
        assert_eq!(heap.candidates(), 0);
    });
}

#[test]
fn garbage_stays_bounded() {
    with_heap(|heap| {
        let live_at_start = live_objects_on_this_thread();
        let mut most = 0;
        for _ in 0..200_000 {
            let list = heap.list(vec![]);
            list.as_list().unwrap().push(list.clone(), heap).unwrap();
            if heap.should_collect() {
                heap.collect();
            }
            most = most.max(live_objects_on_this_thread() - live_at_start);
        }
        assert!(most <= 3 * 4096, "{most} objects at once");
        assert!(heap.collections() >= 200_000 / 8192);
    });
}

#[test]
fn garbage_stays_bounded_in_bytes_too() {
    with_heap(|heap| {
        let (mut live, mut most) = (0i64, 0);
        for _ in 0..1000 {
            let list = heap.list(vec![Value::NULL; 1 << 16]);
            list.as_list().unwrap().push(list.clone(), heap).unwrap();
            live += 1;
            if heap.should_collect() {
                live -= heap.collect() as i64;
            }
            most = most.max(live);
        }
        assert!(most <= 100, "{most} garbage lists of a megabyte at once");
    });
}

#[test]
fn collections_are_amortised_over_stores() {
    with_heap(|heap| {
        let root = heap.list(vec![]);
        for _ in 0..200_000 {
            let cell = heap.cell(Value::NULL, true);
            cell.as_cell().unwrap().set(ints(heap, [1]), heap).unwrap();
            root.as_list().unwrap().push(cell, heap).unwrap();
            if heap.should_collect() {
                heap.collect();
            }
        }
        // Each collection doubles the wait for the next, since everything lives.
        assert!(heap.collections() <= 8, "{}", heap.collections());
    });
}

#[test]
fn a_constructor_registers_nothing() {
    with_heap(|heap| {
        let instance = heap.instance(&heap.class(Symbol::intern("C"), &Value::NULL));
        let fields = instance.as_instance().unwrap();
        let next = transition(fields.shape(), Symbol::intern("left"));
        let child = ints(heap, [1]);
        let tag = child.tag();
        // SAFETY: the object is new, `next` adds one field to its shape, and no pointer into it is in use.
        unsafe { fields.append_slot_unchecked(0, next, child) };
        fields.note_store(tag, heap);
        assert_eq!(heap.candidates(), 0);
        let other = instance.clone();
        fields.note_store(tag, heap);
        assert_eq!(heap.candidates(), 1, "now another object may lead back to it");
        drop(other);
    });
}

#[test]
fn a_cycle_a_million_long() {
    with_heap(|heap| {
        let first = heap.list(vec![]);
        let mut last = first.clone();
        for _ in 0..300_000 {
            last = heap.list(vec![last]);
        }
        first.as_list().unwrap().push(last, heap).unwrap();
        drop(first);
        assert_eq!(heap.collect(), 300_001);
    });
}

#[test]
fn values_outlive_their_heap() {
    let before = live_objects_on_this_thread();
    let heap = Heap::new();
    let value = heap.list(vec![]);
    value.as_list().unwrap().push(ints(&heap, [1]), &heap).unwrap();
    drop(heap);
    assert_eq!(soc(&value), "[[1]]");
    drop(value);
    assert_eq!(live_objects_on_this_thread(), before);
}

#[test]
fn a_chain_of_foreign_objects_is_dropped() {
    with_heap(|heap| {
        let mut value = Value::NULL;
        for _ in 0..300_000 {
            value = holder(heap, vec![value]);
        }
        drop(value);
    });
}

/// When it is dropped, stores into a list, freezes another and collects.
struct Busy {
    heap: std::rc::Rc<Heap>,
    list: Value,
}

static BUSY: ForeignKind = ForeignKind::new("busy");

impl ForeignObject for Busy {
    fn kind(&self) -> &'static ForeignKind {
        &BUSY
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let item = ints(&self.heap, [1]);
        item.as_list().unwrap().push(self.list.clone(), &self.heap).unwrap();
        self.list.as_list().unwrap().push(item, &self.heap).unwrap();
        let other = self.heap.list(vec![]);
        other.as_list().unwrap().push(other.clone(), &self.heap).unwrap();
        freeze(&other, &self.heap).unwrap();
        self.heap.collect();
    }
}

#[test]
fn foreign_code_may_store_freeze_and_collect_while_it_is_dropped() {
    let before = live_objects_on_this_thread();
    let heap = std::rc::Rc::new(Heap::new());
    let list = heap.list(vec![]);
    let busy = || heap.foreign(Box::new(Busy { heap: heap.clone(), list: list.clone() }));
    // One dies by its count, inside a candidate; one as a candidate in the buffer; one in a garbage cycle.
    let container = heap.list(vec![]);
    container.as_list().unwrap().push(busy(), &heap).unwrap();
    drop(container);
    assert_eq!(list.as_list().unwrap().length(), 1);
    let candidate = busy();
    heap.note_change(&candidate);
    drop(candidate);
    assert_eq!(list.as_list().unwrap().length(), 1, "its memory waits in the buffer");
    let cycle = heap.list(vec![busy()]);
    cycle.as_list().unwrap().push(cycle.clone(), &heap).unwrap();
    drop(cycle);
    heap.collect();
    assert_eq!(list.as_list().unwrap().length(), 3);
    drop(list);
    heap.collect();
    heap.collect();
    assert_eq!(std::rc::Rc::strong_count(&heap), 1);
    drop(heap);
    assert_eq!(live_objects_on_this_thread(), before);
}

/// Any thread may use it, so it says nothing of the values in it: they go with it.
struct Shell(#[expect(dead_code, reason = "it is only dropped")] std::sync::Mutex<Parcel>);

static SHELL: ForeignKind = ForeignKind::new("shell");

impl ForeignObject for Shell {
    fn kind(&self) -> &'static ForeignKind {
        &SHELL
    }
}

#[test]
fn a_chain_through_destructors_of_rust_is_dropped_with_its_cycles() {
    with_heap(|heap| {
        let mut value = Value::NULL;
        for _ in 0..100_000 {
            // The list holds itself, and so does a second one that only the first holds.
            let (list, inner) = (heap.list(vec![value]), heap.list(vec![]));
            inner.as_list().unwrap().push(inner.clone(), heap).unwrap();
            list.as_list().unwrap().push(inner, heap).unwrap();
            list.as_list().unwrap().push(list.clone(), heap).unwrap();
            value = heap.shared_foreign(Arc::new(Shell(std::sync::Mutex::new(Parcel::pack(&list, heap).unwrap()))));
            drop(list);
            if heap.should_collect() {
                heap.collect();
            }
        }
        drop(value);
    });
}
